import { boxOf, nextAfter, type BBox, type Features, type ItemsQuery, type Row } from './collections';
import { sorted } from './columns';
import type { Store } from './state.svelte';

/** Rows on a page, and the most that are fetched as a whole to be sorted, for the server gives them by number only. */
export const PAGE = 50;
export const WHOLE = 1000;

export interface Sorting { column: string; descending: boolean }

/** The rows of a layer's table: a page of those that its filter, and the map where that is wanted, let through. */
export class Rows {
  matched = $state.raw<number>();
  sorting = $state.raw<Sorting>();
  busy = $state(false);
  failed = $state(false);
  private page = $state.raw<Row[]>([]);
  /** All rows in the order that was asked for. */
  private ordered = $state.raw<Row[]>();
  private next = $state<number>();
  /** The numbers after which the pages up to this one begin. */
  private cursors = $state.raw<number[]>([0]);
  private index = $state(0);
  /** Whether the pages were turned one by one from the first, so that rows can be counted. */
  private counted = $state(true);
  private request = 0;
  private query: ItemsQuery = { layer: '' };

  constructor(private readonly store: Store) {}

  readonly sortable = $derived(this.matched !== undefined && this.matched <= WHOLE);
  readonly shown = $derived(this.ordered ? this.ordered.slice(this.index * PAGE, (this.index + 1) * PAGE) : this.page);
  readonly hasNext = $derived(this.ordered ? (this.index + 1) * PAGE < this.ordered.length : this.next !== undefined);
  readonly hasPrevious = $derived(this.ordered ? this.index > 0 : this.cursors.length > 1);
  /** The number of the first row that is shown, counted from 1, where it is known. */
  readonly first = $derived(this.ordered ? this.index * PAGE + 1 : this.counted ? (this.cursors.length - 1) * PAGE + 1 : undefined);

  /** Begins anew with what is asked for; an order that was chosen is kept where it can be. */
  async begin(layer: string, filter: string | undefined, bbox: BBox | undefined): Promise<void> {
    if (layer !== this.query.layer) this.sorting = undefined;
    this.query = { layer, filter, bbox: bbox && boxOf(bbox) };
    const found = await this.ask(this.sorting ? WHOLE : PAGE, 0);
    if (found === 'overtaken') return;
    const all = this.sorting && found && nextAfter(found) === undefined ? found.features : undefined;
    if (this.sorting && all) this.ordered = sorted(all, this.sorting.column, this.sorting.descending, this.store.lang);
    else this.sorting = this.ordered = undefined;
    this.page = found?.features.slice(0, PAGE) ?? [];
    this.next = found && (found.features.length > PAGE ? this.page.at(-1)?.id : nextAfter(found));
    this.matched = found?.numberMatched;
    this.index = 0;
    this.cursors = [0];
    this.counted = true;
  }

  /** Asks for features; what was asked before and comes later is overtaken. */
  private async ask(limit: number, after: number): Promise<Features | undefined | 'overtaken'> {
    const mine = ++this.request;
    this.busy = true;
    const found = await this.store.try(() => this.store.api.items({ ...this.query, limit, after }));
    if (mine !== this.request) return 'overtaken';
    this.busy = false;
    this.failed = !found;
    return found;
  }

  private async load(after: number): Promise<boolean> {
    const found = await this.ask(PAGE, after);
    if (found === 'overtaken') return false;
    this.page = found?.features ?? [];
    this.next = found && nextAfter(found);
    return true;
  }

  /** Asks for the same page again, and for how many rows there are now. */
  async renew(): Promise<void> {
    const { index } = this;
    if (this.sorting || this.cursors.length === 1) {
      await this.begin(this.query.layer, this.query.filter, this.query.bbox);
      this.index = this.sorting && index * PAGE < (this.matched ?? 0) ? index : 0;
      return;
    }
    if (!(await this.load(this.cursors.at(-1) ?? 0))) return;
    const first = await this.store.try(() => this.store.api.items({ ...this.query, limit: 1 }));
    if (first) this.matched = first.numberMatched;
  }

  /** Orders the rows by a column, all of them. */
  async sort(column: string): Promise<void> {
    const descending = this.sorting?.column === column && !this.sorting.descending;
    let all = this.ordered;
    if (!all) {
      const found = await this.ask(WHOLE, 0);
      if (!found || found === 'overtaken' || nextAfter(found)) return;
      all = found.features;
    }
    this.sorting = { column, descending };
    this.ordered = sorted(all, column, descending, this.store.lang);
    this.index = 0;
  }

  async turn(forward: boolean): Promise<void> {
    if (this.ordered) {
      this.index += forward ? 1 : -1;
      return;
    }
    if (forward && this.next !== undefined) this.cursors = [...this.cursors, this.next];
    else if (!forward) this.cursors = this.cursors.slice(0, -1);
    if (this.cursors.length === 1) this.counted = true;
    await this.load(this.cursors.at(-1) ?? 0);
  }

  /** Turns to the page that holds a feature, and says whether it is among the rows. */
  async find(gid: number): Promise<boolean> {
    if (this.ordered) {
      const at = this.ordered.findIndex((row) => row.id === gid);
      if (at >= 0) this.index = Math.floor(at / PAGE);
      return at >= 0;
    }
    if (this.page.some((row) => row.id === gid)) return true;
    const found = await this.store.try(() => this.store.api.items({ ...this.query, limit: 1, after: gid - 1 }));
    if (found?.features[0]?.id !== gid) return false;
    this.cursors = [...this.cursors, gid - 1];
    this.counted = false;
    return this.load(gid - 1);
  }
}
