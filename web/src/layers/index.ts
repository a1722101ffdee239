import { area } from './area';
import { bridge } from './bridge';
import { building } from './building';
import { cityobject } from './cityobject';
import type { LayerDef } from './def';
import { dike } from './dike';
import { node } from './node';
import { reach } from './reach';
import { river } from './river';
import { road } from './road';
import { section } from './section';
import { segment } from './segment';
import { station } from './station';
import { work } from './work';

/** All nouns, from the bottom of the map to its top. */
export const layers: readonly LayerDef[] = [
  area, cityobject, building, segment, road, bridge, river, reach, section, dike, node, work, station,
];

export const layerIds: readonly string[] = layers.map((layer) => layer.id);
export const defaultLayers: string[] = layers.filter((layer) => layer.visible).map((layer) => layer.id);

/** Our own layers from the bottom of the map to its top, then users'. */
export function inOrder(layers: readonly string[]): string[] {
  return [...layerIds.filter((id) => layers.includes(id)), ...layers.filter((id) => !layerIds.includes(id))];
}
