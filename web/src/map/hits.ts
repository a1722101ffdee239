import type { Map as GlMap, MapGeoJSONFeature, PointLike } from 'maplibre-gl';
import { layerOf } from '../layers/own';

/** What a click may mean: a thing of the twin, or a feature of a layer of users' own. */
export interface Hit { key: string; layer: string; gid: number; thing?: string }

/** What is within a finger's reach: symbols first, then what is on top, areas last. */
export function hitsAt(map: GlMap, point: { x: number; y: number }): Hit[] {
  const box: [PointLike, PointLike] = [[point.x - 5, point.y - 5], [point.x + 5, point.y + 5]];
  const order = (hit: MapGeoJSONFeature): number => (hit.layer.source === 'states' ? 0 : hit.layer.source === 'area' ? 2 : 1);
  const hits = map.queryRenderedFeatures(box).sort((a, b) => order(a) - order(b)).map(hitOf).filter((hit) => hit !== undefined);
  return [...new Map(hits.map((hit) => [hit.key, hit])).values()];
}

function hitOf({ source, id: gid, properties }: MapGeoJSONFeature): Hit | undefined {
  const { thing, kind, id } = properties as { thing?: string; kind?: string; id?: string };
  const layer = source === 'states' ? kind : layerOf(source);
  if (!layer || typeof gid !== 'number') return undefined;
  if (source.startsWith('own:')) return { key: `${layer} ${gid}`, layer, gid };
  const key = thing ?? id;
  return key === undefined ? undefined : { key, layer, gid, thing: key };
}
