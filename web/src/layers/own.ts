import type { LayerSpecification } from 'maplibre-gl';
import { layerIds } from '.';
import { dashes, only, opacity } from './def';

/** Colours of users' own layers, by turns; none is that of a status. */
const colors = ['#8e3f97', '#00707a', '#9c5a00', '#3f5fbf', '#a8325e', '#4d7326'];

export function ownColor(id: string): string {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) % 9973;
  return colors[sum % colors.length] as string;
}

/** The map's source of a layer. Users name their layers as they like, so those get a name that nothing else of the map has. */
export function sourceOf(layer: string): string {
  return layerIds.includes(layer) ? layer : `own:${layer}`;
}

/** The layer of a source of tiles; undefined for a source that the page fills. */
export function layerOf(source: string): string | undefined {
  return source.startsWith('own:') ? source.slice(4) : layerIds.includes(source) ? source : undefined;
}

/** How a layer looks of which nothing is known but its features. */
export function ownLayers(id: string): LayerSpecification[] {
  const source = sourceOf(id);
  const color = ownColor(id);
  const common = { source, 'source-layer': id };
  return [
    { id: `${source}-fill`, type: 'fill', ...common, filter: only('Polygon'), paint: { 'fill-color': color, 'fill-opacity': opacity(0.25, 0.15) } },
    {
      id: `${source}-line`, type: 'line', ...common, filter: ['!=', ['geometry-type'], 'Point'],
      paint: { 'line-color': color, 'line-width': ['interpolate', ['linear'], ['zoom'], 8, 1, 15, 3], 'line-dasharray': dashes, 'line-opacity': opacity(0.95, 0.7) },
    },
    {
      id: `${source}-point`, type: 'circle', ...common, filter: only('Point'),
      paint: {
        'circle-color': '#ffffff', 'circle-stroke-color': color,
        'circle-radius': ['interpolate', ['linear'], ['zoom'], 8, 1, 13, 4.5], 'circle-stroke-width': ['interpolate', ['linear'], ['zoom'], 8, 1, 13, 2],
        'circle-stroke-opacity': opacity(1, 0.6), 'circle-opacity': opacity(1, 0.5),
      },
    },
  ];
}
