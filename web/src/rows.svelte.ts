import { boxOf, nextAfter, type BBox, type Features, type ItemsQuery, type Row } from './collections';
import { sorted } from './columns';
import type { Store } from './state.svelte';

/** Rows on a page, and the most that are fetched as a whole and sorted here, as the language has it; more are sorted by the server. */
export const PAGE = 50;
const WHOLE = 1000;

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
  private next = $state<string>();
  /** After what the pages up to this one begin. */
  private cursors = $state.raw<string[]>(['']);
  private index = $state(0);
  /** Whether the pages were turned one by one from the first, so that rows can be counted. */
  private counted = $state(true);
  private request = 0;
  private query: ItemsQuery = { layer: '' };

  constructor(private readonly store: Store) {}

  readonly shown = $derived(this.ordered ? this.ordered.slice(this.index * PAGE, (this.index + 1) * PAGE) : this.page);
  readonly hasNext = $derived(this.ordered ? (this.index + 1) * PAGE < this.ordered.length : this.next !== undefined);
  readonly hasPrevious = $derived(this.ordered ? this.index > 0 : this.cursors.length > 1);
  /** The number of the first row that is shown, counted from 1, where it is known. */
  readonly first = $derived(this.ordered ? this.index * PAGE + 1 : this.counted ? (this.cursors.length - 1) * PAGE + 1 : undefined);

  /** Begins anew with what is asked for; an order that was chosen is kept where it can be. */
  async begin(layer: string, filter: string | undefined, bbox: BBox | undefined): Promise<void> {
    if (layer !== this.query.layer) this.sorting = undefined;
    this.query = { layer, filter, bbox: bbox && boxOf(bbox) };
    const found = await this.ask(this.sorting ? WHOLE : PAGE, '');
    if (found === 'overtaken') return;
    this.ordered = undefined;
    this.matched = found?.numberMatched;
    this.index = 0;
    this.cursors = [''];
    this.counted = true;
    if (this.sorting && found) await this.arrange(found, this.sorting);
    else {
      this.page = found?.features ?? [];
      this.next = found && nextAfter(found);
    }
  }

  /** Orders rows, of which a part was found: here where that is all, else by the server. */
  private async arrange(found: Features, sorting: Sorting): Promise<void> {
    this.sorting = sorting;
    this.index = 0;
    if (nextAfter(found) === undefined) this.ordered = sorted(found.features, sorting.column, sorting.descending, this.store.lang);
    else {
      this.ordered = undefined;
      this.cursors = [''];
      this.counted = true;
      await this.load('');
    }
  }

  /** Asks for features; what was asked before and comes later is overtaken. */
  private async ask(limit: number, after: string, sortby?: string): Promise<Features | undefined | 'overtaken'> {
    const mine = ++this.request;
    this.busy = true;
    const found = await this.store.try(() => this.store.api.items({ ...this.query, limit, after, sortby }));
    if (mine !== this.request) return 'overtaken';
    this.busy = false;
    this.failed = !found;
    return found;
  }

  private async load(after: string): Promise<boolean> {
    const order = this.sorting && (this.sorting.descending ? '-' : '') + this.sorting.column;
    const found = await this.ask(PAGE, after, order);
    if (found === 'overtaken') return false;
    this.page = found?.features ?? [];
    this.next = found && nextAfter(found);
    return true;
  }

  /** Asks for the same page again, and for how many rows there are now. */
  async renew(): Promise<void> {
    const { index } = this;
    if (this.ordered || this.cursors.length === 1) {
      await this.begin(this.query.layer, this.query.filter, this.query.bbox);
      this.index = this.ordered && index * PAGE < (this.matched ?? 0) ? index : 0;
      return;
    }
    if (!(await this.load(this.cursors.at(-1) ?? ''))) return;
    const first = await this.store.try(() => this.store.api.items({ ...this.query, limit: 1 }));
    if (first) this.matched = first.numberMatched;
  }

  /** Orders the rows by a column, all of them. */
  async sort(column: string): Promise<void> {
    const descending = this.sorting?.column === column && !this.sorting.descending;
    const held = this.ordered ?? (this.next === undefined && this.cursors.length === 1 ? this.page : undefined);
    const found = held ? { features: held, numberReturned: held.length } : await this.ask(WHOLE, '');
    if (found && found !== 'overtaken') await this.arrange(found, { column, descending });
  }

  async turn(forward: boolean): Promise<void> {
    if (this.ordered) {
      this.index += forward ? 1 : -1;
      return;
    }
    if (forward && this.next !== undefined) this.cursors = [...this.cursors, this.next];
    else if (!forward) this.cursors = this.cursors.slice(0, -1);
    if (this.cursors.length === 1) this.counted = true;
    await this.load(this.cursors.at(-1) ?? '');
  }

  /** Turns to the page that holds a feature, and says whether it is among the rows. */
  async find(gid: number): Promise<boolean> {
    if (this.ordered) {
      const at = this.ordered.findIndex((row) => row.id === gid);
      if (at >= 0) this.index = Math.floor(at / PAGE);
      return at >= 0;
    }
    if (this.page.some((row) => row.id === gid)) return true;
    if (this.sorting) return false; // the server does not say on which page it stands
    const before = String(gid - 1);
    const found = await this.store.try(() => this.store.api.items({ ...this.query, limit: 1, after: before }));
    if (found?.features[0]?.id !== gid) return false;
    this.cursors = [...this.cursors, before];
    this.counted = false;
    return this.load(before);
  }
}
