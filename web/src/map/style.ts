import type { LayerSpecification, SourceSpecification, StyleSpecification } from 'maplibre-gl';
import { layers } from '../layers';
import { cellLayers } from '../layers/cells';
import { tilesUrl } from '../layers/def';

const empty = { type: 'FeatureCollection' as const, features: [] };

/** The whole style: a source per layer of the server, and three sources that the page fills itself. */
export function makeStyle(visible: readonly string[]): StyleSpecification {
  const sources: Record<string, SourceSpecification> = {};
  for (const layer of layers) sources[layer.id] = { type: 'vector', url: tilesUrl(layer) };
  sources.states = { type: 'geojson', data: empty };
  sources.cells = { type: 'geojson', data: empty };
  sources.selected = { type: 'geojson', data: empty };

  const drawn: LayerSpecification[] = layers.flatMap((layer) =>
    layer.layers.map((spec) => withVisibility(spec, visible.includes(layer.id))),
  );
  const symbols = drawn.filter((layer) => layer.type === 'symbol');
  const ground = drawn.filter((layer) => layer.type !== 'symbol');
  return {
    version: 8,
    sources,
    layers: [
      { id: 'background', type: 'background', paint: { 'background-color': '#eef1f2' } },
      ...ground,
      ...cellLayers,
      ...selected,
      ...symbols,
    ],
  };
}

function withVisibility(layer: LayerSpecification, visible: boolean): LayerSpecification {
  return { ...layer, layout: { ...layer.layout, visibility: visible ? 'visible' : 'none' } } as LayerSpecification;
}

const highlight = '#111111';

/** The ring or outline around the thing whose panel is open. */
const selected: LayerSpecification[] = [
  {
    id: 'selected-line', type: 'line', source: 'selected', filter: ['!=', ['geometry-type'], 'Point'],
    layout: { 'line-join': 'round' },
    paint: { 'line-color': highlight, 'line-width': 2, 'line-gap-width': 8, 'line-opacity': 0.75 },
  },
  {
    id: 'selected-point', type: 'circle', source: 'selected', filter: ['==', ['geometry-type'], 'Point'],
    paint: {
      'circle-radius': 17, 'circle-opacity': 0, 'circle-stroke-color': highlight, 'circle-stroke-width': 2.5,
      'circle-stroke-opacity': 0.8,
    },
  },
];
