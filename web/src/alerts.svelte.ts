import { applyAlerts, noAlerts, worsened, worstFirst, type Alert, type Held } from './alerts';
import type { Store } from './state.svelte';

/** The warnings that are not over. */
export class AlertList {
  private held = $state.raw<Held>(noAlerts);
  /** Where the server tells of no warnings there is no list. */
  known = $state(false);
  readonly sorted = $derived([...this.held.values()].sort(worstFirst));
  private meanwhile?: Alert[];
  private generation = 0;

  constructor(private readonly store: Store) {}

  /** Fetches them anew. Events that arrive meanwhile are laid over the answer. */
  async load(): Promise<void> {
    const generation = ++this.generation;
    this.meanwhile = [];
    const found = await this.store.try(() => this.store.api.alerts());
    if (generation !== this.generation) return;
    const meanwhile = this.meanwhile;
    this.meanwhile = undefined;
    if (!found) return;
    this.known = true;
    this.held = applyAlerts(noAlerts, [...found, ...meanwhile]);
  }

  heard(alert: Alert): void {
    this.store.lastEvent = Date.now();
    this.meanwhile?.push(alert);
    if (worsened(this.held, alert)) {
      const { store } = this;
      store.announcement = store.t('announce.alert', {
        name: store.nameOf({ name: alert.name, code: alert.code }), title: alert.title[store.lang], severity: store.word('severity', alert.severity),
      });
    }
    this.held = applyAlerts(this.held, [alert]);
  }

  /** Says that somebody has seen it. */
  async acknowledge(alert: Alert, note: string): Promise<boolean> {
    const after = await this.store.try(() => this.store.api.acknowledge(alert.id, note));
    if (!after) return false;
    this.heard(after);
    return true;
  }
}
