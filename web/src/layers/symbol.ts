import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import { severity } from '../status';
import { labelPaint, opacity } from './def';

/** The layers of a noun that is a symbol: a dot from the tiles, and over it the symbol of its status. */
export function symbolLayers(kind: 'station' | 'work', color: string): LayerSpecification[] {
  return [
    {
      id: `${kind}-point`, type: 'circle', source: kind, 'source-layer': kind,
      paint: {
        'circle-color': color, 'circle-radius': 3, 'circle-opacity': opacity(0.9, 0.35),
        'circle-stroke-color': color, 'circle-stroke-width': 1, 'circle-stroke-opacity': 0.9,
      },
    },
    // Two layers, so that warnings lie on top of the rest and their labels find room first.
    statusSymbols(`${kind}-state`, ['all', ['==', ['get', 'kind'], kind], ['<', ['get', 'severity'], alarm]]),
    statusSymbols(`${kind}-alarm`, ['all', ['==', ['get', 'kind'], kind], ['>=', ['get', 'severity'], alarm]]),
  ];
}

const alarm = severity('warning');

function statusSymbols(id: string, filter: ExpressionSpecification): LayerSpecification {
  return {
      id, type: 'symbol', source: 'states', filter,
      layout: {
        'icon-image': ['get', 'icon'],
        'icon-size': ['interpolate', ['linear'], ['zoom'], 7, 0.7, 12, 1],
        'icon-allow-overlap': true,
        'icon-ignore-placement': false,
        'symbol-sort-key': ['get', 'rank'],
        'text-field': [
          'step', ['zoom'],
          ['case', ['>=', ['get', 'severity'], alarm], ['get', 'label'], ''],
          8, ['get', 'label'],
          10, ['format', ['get', 'title'], { 'font-scale': 1 }, '\n', {}, ['get', 'label'], { 'font-scale': 0.95 }],
        ],
        'text-size': 12,
        'text-anchor': 'left',
        'text-justify': 'left',
        'text-offset': [1.2, 0],
        'text-optional': true,
      },
      paint: { ...labelPaint, 'text-color': ['case', ['==', ['get', 'data'], 'fresh'], '#15222e', '#4d5863'] },
  };
}
