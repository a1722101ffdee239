import type { Api } from '../api';
import { itemsPath, type BBox, type Collection } from '../collections';
import type { Schema } from '../columns';
import type { Geometry } from '../types';

export interface Feature { type: 'Feature'; id: number; geometry: Geometry | null; properties: Record<string, unknown> }
/** A feature with the version that it was read in. */
export interface Held { feature: Feature; tag: string }

/** What a feature was before a change; null before it was made. */
export interface Past { version: number; changed: string; by: string; by_name?: string; operation: string; before: Omit<Feature, 'id'> | null }

export interface Stats { count: number; length_m: number; area_m2: number; sum: number | null; min: number | null; max: number | null }

/** What a feature is to become. What is undefined stays as it is. */
export interface Change { geometry?: Geometry | null; properties?: Record<string, unknown> }

/** The features of layers, as OGC API Features has them: read, drawn, changed, measured. */
export class Features {
  constructor(private readonly api: Api) {}

  layers = (): Promise<Collection[]> => this.api.collections();
  schema = (layer: string): Promise<Schema> => this.api.schema(layer);
  within = async (layer: string, bbox: BBox, limit: number): Promise<Feature[]> =>
    (await this.api.get<{ features: Feature[] }>(itemsPath({ layer, bbox, limit }))).features;
  stats = async (layer: string, geometry: Geometry, property: string): Promise<Stats> => {
    const query = property ? `?${new URLSearchParams({ property })}` : '';
    return ((await this.api.send('POST', `${at(layer)}/stats${query}`, { within: geometry })) as { groups: [Stats] }).groups[0];
  };

  read = (layer: string, gid: number): Promise<Held> => this.held('GET', `${at(layer)}/items/${gid}`);
  create = (layer: string, { geometry = null, properties = {} }: Change): Promise<Held> =>
    this.held('POST', `${at(layer)}/items`, { type: 'Feature', geometry, properties });
  change = (layer: string, gid: number, change: Change, tag: string): Promise<Held> => this.held('PATCH', `${at(layer)}/items/${gid}`, change, tag);
  remove = async (layer: string, gid: number, tag: string): Promise<void> => {
    await this.api.tagged('DELETE', `${at(layer)}/items/${gid}`, undefined, tag);
  };
  /** Changes of a feature, the last first; those before one, for the next page. */
  history = async (layer: string, gid: number, before?: number): Promise<{ changes: Past[]; more: boolean }> => {
    const query = before ? `?${new URLSearchParams({ before: String(before) })}` : '';
    const { changes, next } = await this.api.get<{ changes: Past[]; next?: string }>(`${at(layer)}/items/${gid}/history${query}`);
    return { changes, more: next !== undefined };
  };
  /** Makes a feature what it was before a change; one that is gone comes back. */
  restore = (layer: string, gid: number, version: number, tag?: string): Promise<Held> =>
    this.held('POST', `${at(layer)}/items/${gid}/history/${version}/restore`, undefined, tag);

  private async held(method: string, path: string, body?: unknown, match?: string): Promise<Held> {
    const { value, tag } = await this.api.tagged<Feature>(method, path, body, match);
    return { feature: value, tag };
  }
}

function at(layer: string): string {
  return `/ogc/collections/${encodeURIComponent(layer)}`;
}
