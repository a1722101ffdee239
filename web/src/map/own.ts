import type { ExpressionSpecification, FilterSpecification, Map as GlMap } from 'maplibre-gl';
import { layers } from '../layers';
import { ownLayers, sourceOf } from '../layers/own';
import type { Store } from '../state.svelte';
import type { LayerTree } from '../tree.svelte';

/** Adds users' own layers that the map does not have yet, below everything that is written, and takes away those that are no more. */
export function showOwn(map: GlMap, store: Store): void {
  const own = store.tree.own.map((one) => one.id);
  const style = map.getStyle();
  for (const source of Object.keys(style.sources)) {
    if (!source.startsWith('own:') || own.includes(source.slice(4))) continue;
    for (const { id } of ownLayers(source.slice(4))) if (map.getLayer(id)) map.removeLayer(id);
    map.removeSource(source);
  }
  const above = style.layers.find((layer) => layer.id === 'cells-case')?.id;
  let added = false;
  for (const id of own) {
    const drawn = ownLayers(id);
    if (!map.getSource(sourceOf(id))) map.addSource(sourceOf(id), { type: 'vector', url: `/tiles/${id}.json` });
    for (const layer of drawn) {
      if (!map.getLayer(layer.id)) {
        map.addLayer(layer, above);
        added = true;
      }
      map.setLayoutProperty(layer.id, 'visibility', store.layers.includes(id) ? 'visible' : 'none');
    }
  }
  if (added) showFilters(map, store.tree);
}

/** Draws of filtered layers only what their filters let through; nothing while that is not known. */
export function showFilters(map: GlMap, tree: LayerTree): void {
  for (const { id, layers: drawn } of [...layers, ...tree.own.map(({ id }) => ({ id, layers: ownLayers(id) }))]) {
    const filtered = tree.filters[id];
    const only = filtered && (filtered.drawn ?? (['boolean', false] as ExpressionSpecification));
    for (const layer of drawn) {
      if (!map.getLayer(layer.id)) continue;
      const plain = 'filter' in layer ? layer.filter : undefined;
      map.setFilter(layer.id, (plain && only ? ['all', plain, only] : (only ?? plain)) as FilterSpecification | undefined);
    }
  }
}
