import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';

/** From afar a cell is smaller than the symbols on it, so its edge grows there until it can be told. */
const width = (extra: number): ExpressionSpecification =>
  ['interpolate', ['linear'], ['zoom'], 7, 10 + extra, 9, 8 + extra, 11, 2 + extra, 12, 1 + extra];

/** Cells are no noun of the server's tiles: the page fills their source, and each brings its own colour. */
export const cellLayers: LayerSpecification[] = [
  {
    id: 'cells-case', type: 'line', source: 'cells', layout: { 'line-join': 'round' },
    paint: { 'line-color': '#12325c', 'line-width': width(2) },
  },
  {
    id: 'cells-line', type: 'line', source: 'cells', layout: { 'line-join': 'round' },
    paint: { 'line-color': ['get', 'color'], 'line-width': width(0) },
  },
  {
    id: 'cells-fill', type: 'fill', source: 'cells',
    paint: { 'fill-color': ['get', 'color'], 'fill-opacity': ['interpolate', ['linear'], ['zoom'], 10, 1, 12, 0.7] },
  },
];
