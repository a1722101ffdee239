import { dashes, labelPaint, opacity, type LayerDef } from './def';

/** Routes by their level; the number of the route is its label. */
export const road: LayerDef = {
  id: 'road',
  titleKey: 'layer.road',
  legend: { shape: 'line', color: '#b06a3b' },
  visible: true,
  layers: [
    {
      id: 'road-line', type: 'line', source: 'road', 'source-layer': 'road',
      layout: { 'line-cap': 'butt', 'line-join': 'round' },
      paint: {
        'line-color': ['match', ['coalesce', ['get', 'level'], 'other'], 'national', '#a4471b', 'provincial', '#b06a3b', '#a89484'],
        'line-width': [
          'interpolate', ['linear'], ['zoom'],
          7, ['match', ['coalesce', ['get', 'level'], 'other'], 'national', 1.4, 'provincial', 1, 0.5],
          15, ['match', ['coalesce', ['get', 'level'], 'other'], 'national', 6, 'provincial', 5, 3],
        ],
        'line-dasharray': dashes,
        'line-opacity': opacity(0.85, 0.5),
      },
    },
    {
      id: 'road-number', type: 'symbol', source: 'road', 'source-layer': 'road', minzoom: 9,
      layout: { 'text-field': ['coalesce', ['get', 'number'], ''], 'text-size': 11, 'symbol-placement': 'line', 'symbol-spacing': 400 },
      paint: { ...labelPaint, 'text-color': '#7a3d14' },
    },
  ],
};
