import { aheadStates } from './forecast';
import type { MapHooks } from './map/hooks';
import type { Api } from './api';
import { fromCollection, STATE_KINDS, type States } from './states';

/** What the shown time needs of the page. */
interface Page { api: Api; present: States; hooks?: MapHooks; try<T>(request: () => Promise<T>): Promise<T | undefined> }

/** The time that the page shows instead of now: past states as they were, later ones as the latest forecast has them. */
export class ShownTime {
  at = $state<number>();
  states = $state.raw<States>();
  private asked = 0;

  constructor(private readonly page: Page) {}

  now(): void {
    this.asked++;
    this.at = this.states = undefined;
    this.page.hooks?.states('all');
  }

  async show(time: number): Promise<void> {
    const mine = ++this.asked;
    const { api, present } = this.page;
    const states = await this.page.try(async () =>
      time <= Date.now() ? fromCollection(await api.states(STATE_KINDS, time)).states : aheadStates(present, await api.forecastAt(time)));
    if (mine !== this.asked || !states) return;
    this.at = time;
    this.states = states;
    this.page.hooks?.states('all');
  }
}
