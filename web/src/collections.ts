/** What OGC API Features says of layers, as the browser reads it. */

export type BBox = [number, number, number, number];

export interface Collection {
  /** Whether whoever asks may edit its features. */
  editable?: boolean;
  id: string; title: string; description?: string; attribution?: string; extent?: { spatial: { bbox: BBox[] } };
}

export interface Row { id: number; geometry: GeoJSON.Geometry | null; properties: Record<string, unknown> | null }

export interface Features {
  numberMatched?: number; numberReturned: number; features: Row[]; links?: { rel: string; href: string }[]; notes?: string[];
  /** How the server understood the filter, in the text form of CQL2. */
  filter?: string;
}

export interface ExportFormat {
  name: string; title: { zh: string; en: string }; extension: string; streamed: boolean; features?: number; losses: { zh: string; en: string }[];
}

export interface ItemsQuery {
  layer: string; filter?: string; bbox?: BBox; limit?: number; after?: string; sortby?: string; format?: string; bom?: boolean;
  /** Values that properties must have. */
  equal?: Record<string, string>;
}

/** The address of features, on the server that the page came from. */
export function itemsPath({ layer, filter, bbox, limit, after, sortby, format, bom, equal }: ItemsQuery): string {
  const query = new URLSearchParams(equal);
  if (filter) query.set('filter', filter);
  if (bbox) query.set('bbox', bbox.map((side) => side.toFixed(6)).join(','));
  if (limit !== undefined) query.set('limit', String(limit));
  if (after) query.set('after', after);
  if (sortby) query.set('sortby', sortby);
  if (format) query.set('f', format);
  if (bom) query.set('bom', 'true');
  return `/ogc/collections/${encodeURIComponent(layer)}/items?${query}`;
}

/** Where the list goes on: after which feature the next page begins, as the server says it. */
export function nextAfter(page: Features): string | undefined {
  const next = page.links?.find((link) => link.rel === 'next');
  return (next && new URL(next.href, 'http://here/').searchParams.get('after')) || undefined;
}

/** A box as the server takes it: within the world, and across the antimeridian from west to east. */
export function boxOf([west, south, east, north]: BBox): BBox {
  const turn = (lon: number): number => ((((lon + 180) % 360) + 360) % 360) - 180;
  const whole = east - west >= 360;
  const clamp = (lat: number): number => Math.max(-90, Math.min(90, lat));
  return [whole ? -180 : turn(west), clamp(south), whole ? 180 : turn(east), clamp(north)];
}
