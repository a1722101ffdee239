import type { LayerSpecification } from 'maplibre-gl';

/** Cells are no noun of the server's tiles: the page fills their source, and each brings its own colour. */
export const cellLayers: LayerSpecification[] = [
  {
    id: 'cells-fill', type: 'fill', source: 'cells',
    paint: { 'fill-color': ['get', 'color'], 'fill-opacity': 0.7 },
  },
  {
    id: 'cells-line', type: 'line', source: 'cells',
    paint: { 'line-color': '#12325c', 'line-width': 1, 'line-opacity': 0.8 },
  },
];
