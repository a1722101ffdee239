import type { ExpressionSpecification } from 'maplibre-gl';
import { Problem } from './api';
import { nextAfter, type BBox, type Collection, type Row } from './collections';
import { columnsOf, type Column } from './columns';
import { gidFilter, parse, tileFilter } from './cql';
import { layerIds, layers } from './layers';
import type { Store } from './state.svelte';

/** The features that a filter may name one by one: those of one answer of the server. */
export const MOST = 10_000;

/** What became of a layer's filter. */
export interface Filtered {
  text: string;
  busy: boolean;
  /** How the map draws it; nothing is drawn while that is not known. */
  drawn?: ExpressionSpecification;
  /** By attributes in the tiles, or feature by feature. */
  how?: 'tiles' | 'features';
  /** How many features are drawn where there are more than can be named. */
  most?: number;
  matched?: number;
  understood?: string;
  notes?: string[];
  error?: string;
}

/** What is known of a layer from one of its features: how many there are, and of what shape. */
export interface Summary { count?: number; shape?: string }

/** A feature that is selected, on the map or in the table. */
export interface Picked { layer: string; gid: number; geometry?: GeoJSON.Geometry | null; from: 'map' | 'table' }

/** The layers, their filters, and the table that is open. */
export class LayerTree {
  collections = $state.raw<Collection[]>([]);
  filters = $state.raw<Record<string, Filtered>>({});
  summaries = $state.raw<Record<string, Summary>>({});
  /** Counts the changes of a layer's features. */
  versions = $state.raw<Record<string, number>>({});
  table = $state<string>();
  exporting = $state<string>();
  picked = $state.raw<Picked>();
  bounds = $state.raw<BBox>();

  /** Users' own layers, and any that this page does not know how to draw better. */
  readonly own = $derived(this.collections.filter((one) => !layerIds.includes(one.id)));

  private columns: Record<string, Promise<Column[]> | undefined> = {};
  private asked: string[] = [];
  private touched: string[] = [];
  private touching?: ReturnType<typeof setTimeout>;
  private listing = 0;
  private known: string[] = [];

  constructor(private readonly store: Store, private readonly changed: () => void) {}

  /** Reads the list of layers. Those of users' own that were not there before are shown if they may be. */
  async list(show = !this.store.layersSaid): Promise<void> {
    const mine = ++this.listing;
    const found = await this.store.try(() => this.store.api.collections());
    if (!found || mine !== this.listing) return;
    for (const { id } of found) {
      if (show && !layerIds.includes(id) && !this.known.includes(id)) this.store.setLayer(id, true);
      this.known.push(id);
    }
    this.collections = found;
  }

  /** Forgets what another reader was told, and asks again. */
  renew(): void {
    this.columns = {};
    this.asked = [];
    this.summaries = {};
    this.picked = undefined;
    void this.list();
    for (const [id, { text }] of Object.entries(this.filters)) void this.ask(id, text);
    this.versions = Object.fromEntries([...this.collections.map((one) => one.id), ...layerIds].map((id) => [id, (this.versions[id] ?? 0) + 1]));
  }

  /** Asks in another language for what the server says in words. */
  speak(): void {
    void this.list();
    for (const [id, { text, error }] of Object.entries(this.filters)) if (error !== undefined) void this.ask(id, text);
  }

  /** Features of a layer changed: what was asked of them is asked again, a moment later and once for all that changes meanwhile. */
  touch(layer: string): void {
    if (layerIds.includes(layer.replace(/_status$/, '')) && layer.endsWith('_status')) return;
    if (!this.touched.includes(layer)) this.touched.push(layer);
    this.touching ??= setTimeout(() => {
      this.touching = undefined;
      const ids = this.touched.splice(0);
      this.asked = this.asked.filter((id) => !ids.includes(id));
      for (const id of ids) {
        this.columns[id] = undefined;
        this.versions = { ...this.versions, [id]: (this.versions[id] ?? 0) + 1 };
        const filter = this.filters[id];
        if (filter) void this.ask(id, filter.text);
      }
      if (ids.some((id) => !layerIds.includes(id))) void this.list(true);
    }, 1000);
  }

  titleOf(id: string): string {
    const def = layers.find((layer) => layer.id === id);
    return def ? this.store.t(def.titleKey) : (this.collections.find((one) => one.id === id)?.title ?? id);
  }

  /** The properties by which features can be asked for. */
  columnsOf(id: string): Promise<Column[]> {
    const known = this.columns[id];
    if (known) return known;
    const asked = this.store.api.queryables(id).then(columnsOf);
    this.columns[id] = asked;
    asked.catch(() => (this.columns[id] = undefined));
    return asked;
  }

  /** Learns how many features a layer has, once. */
  async summarize(id: string): Promise<void> {
    if (this.asked.includes(id)) return;
    this.asked.push(id);
    const page = await this.quiet(() => this.store.api.items({ layer: id, limit: 1 }));
    if (page) this.summaries = { ...this.summaries, [id]: { count: page.numberMatched, shape: page.features[0]?.geometry?.type } };
    else this.asked = this.asked.filter((one) => one !== id);
  }

  private async quiet<T>(request: () => Promise<T>): Promise<T | undefined> {
    try {
      return await request();
    } catch {
      return undefined;
    }
  }

  /** Filters a layer, or no longer; gives what the server refuses in its own words, and leaves the layer then as it was. */
  async filter(id: string, text: string): Promise<string | undefined> {
    try {
      const rest = Object.fromEntries(Object.entries(this.filters).filter(([one]) => one !== id));
      this.filters = text.trim() === '' ? rest : { ...this.filters, [id]: await this.understand(id, text.trim()) };
      this.changed();
      return undefined;
    } catch (error) {
      return this.wordsOf(error);
    }
  }

  /** Takes over the filters of an address. */
  go(filters: Record<string, string>): void {
    const before = this.filters;
    this.filters = Object.fromEntries(Object.entries(filters).map(([id, text]) => [id, before[id]?.text === text ? before[id] : { text, busy: true }]));
    for (const [id, text] of Object.entries(filters)) if (before[id]?.text !== text) void this.ask(id, text);
  }

  /** Asks the server again for what a layer is filtered by. */
  private async ask(id: string, text: string): Promise<void> {
    this.filters = { ...this.filters, [id]: { ...(this.filters[id]?.text === text ? this.filters[id] : undefined), text, busy: true } };
    let now: Filtered;
    try {
      now = await this.understand(id, text);
    } catch (error) {
      now = { text, busy: false, error: this.wordsOf(error) };
    }
    if (this.filters[id]?.text === text) this.filters = { ...this.filters, [id]: now };
  }

  /** What a filter means to the server, and how the map draws it. */
  private async understand(id: string, text: string): Promise<Filtered> {
    const tiles = await this.inTiles(id, text);
    const page = await this.store.api.items({ layer: id, filter: text, limit: tiles ? 1 : MOST });
    const gids = page.features.map((row) => row.id);
    return {
      text, busy: false, matched: page.numberMatched, understood: page.filter, notes: page.notes,
      how: tiles ? 'tiles' : 'features', drawn: tiles ?? gidFilter(gids), most: !tiles && nextAfter(page) ? gids.length : undefined,
    };
  }

  private wordsOf(error: unknown): string {
    return error instanceof Problem ? error.message : this.store.t('app.unreachable');
  }

  /** The filter over attributes in tiles, where they tell for certain; stations and works are drawn from their states, which have none. */
  private async inTiles(id: string, text: string): Promise<ExpressionSpecification | undefined> {
    const conditions = parse(text);
    const elsewhere = layers.find((layer) => layer.id === id)?.layers.some((one) => !('source' in one) || one.source !== id);
    return conditions && !elsewhere ? tileFilter(conditions, await this.columnsOf(id)) : undefined;
  }

  pick(picked: Picked | undefined): void {
    this.picked = picked;
  }

  /** Selects a feature that was clicked on the map, and fetches its geometry where no thing's panel shows it. */
  async pickOnMap(layer: string, gid: number, fetch: boolean): Promise<void> {
    this.picked = { layer, gid, from: 'map' };
    if (!fetch) return;
    const found = await this.store.try(() => this.store.api.item(layer, gid));
    if (found && this.picked.layer === layer && this.picked.gid === gid) this.picked = { ...this.picked, geometry: found.geometry };
  }

  pickRow(layer: string, row: Row): void {
    this.picked = { layer, gid: row.id, geometry: row.geometry, from: 'table' };
  }

  openTable(layer: string | undefined): void {
    this.table = layer;
    if (!layer) this.picked = undefined;
    this.changed();
  }
}
