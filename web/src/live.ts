import type { Alert } from './alerts';
import type { State } from './types';

export type Connection = 'connecting' | 'live' | 'reconnecting';

export interface Listener {
  connection(state: Connection): void;
  opened(again: boolean, missed: boolean): void;
  state(state: State): void;
  tiles(layer: string, cover: string[]): void;
  alert(alert: Alert): void;
  reset(): void;
}

/** Follows the server's events. The browser reconnects; where it gives up we start over. */
export class Live {
  private source?: EventSource;
  private retry?: ReturnType<typeof setTimeout>;
  private opened = false;
  private lost = false;

  constructor(private readonly listener: Listener) {}

  /** Begins, or begins again. Anew says that what happened meanwhile must be fetched once the stream is open. */
  start(anew = false): void {
    this.stop();
    this.lost ||= anew;
    this.listener.connection(this.opened ? 'reconnecting' : 'connecting');
    const source = new EventSource('/twin/events');
    this.source = source;
    source.onopen = () => {
      this.listener.connection('live');
      this.listener.opened(this.opened, this.lost);
      this.opened = true;
      this.lost = false;
    };
    source.onerror = () => {
      this.listener.connection('reconnecting');
      if (source.readyState !== EventSource.CLOSED || this.source !== source) return;
      // A fresh source does not know where the old one stopped, so what it missed must be fetched.
      this.lost = true;
      this.retry = setTimeout(() => this.start(), 3000);
    };
    source.addEventListener('state', (event) => this.read<State>(event, (state) => this.listener.state(state)));
    source.addEventListener('tiles', (event) =>
      this.read<{ layer: string; cover?: string[] }>(event, (data) => this.listener.tiles(data.layer, data.cover ?? [])),
    );
    source.addEventListener('alert', (event) => this.read<Alert>(event, (alert) => this.listener.alert(alert)));
    source.addEventListener('reset', () => this.listener.reset());
  }

  stop(): void {
    clearTimeout(this.retry);
    this.source?.close();
    this.source = undefined;
  }

  private read<T>(event: Event, use: (data: T) => void): void {
    let data: T;
    try {
      data = JSON.parse((event as MessageEvent<string>).data) as T;
    } catch {
      return;
    }
    use(data);
  }
}
