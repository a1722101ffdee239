import { layerIds } from '.';

/** The map's source of a layer. Users name their layers as they like, so those get a name that nothing else of the map has. */
export function sourceOf(layer: string): string {
  return layerIds.includes(layer) ? layer : `own:${layer}`;
}
