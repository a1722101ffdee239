import { dashes, labelLayout, labelPaint, opacity, statusColor, statusWidth, type LayerDef } from './def';

/** Rivers: a band of water, and over it a line in the colour of the river's status. */
export const river: LayerDef = {
  id: 'river',
  titleKey: 'layer.river',
  legend: { shape: 'line', color: '#4f8fc4' },
  visible: true,
  status: true,
  layers: [
    {
      id: 'river-water', type: 'line', source: 'river', 'source-layer': 'river',
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: {
        'line-color': '#a9cdea', 'line-opacity': opacity(0.9, 0.55),
        'line-width': [
          'interpolate', ['linear'], ['zoom'],
          6, ['match', ['coalesce', ['get', 'rank'], ''], 'basin-mainstream', 6, 'regional-backbone', 4, 3],
          14, ['match', ['coalesce', ['get', 'rank'], ''], 'basin-mainstream', 26, 'regional-backbone', 18, 12],
        ],
      },
    },
    {
      id: 'river-line', type: 'line', source: 'river', 'source-layer': 'river',
      layout: { 'line-join': 'round' },
      paint: {
        'line-color': statusColor('#4f8fc4'), 'line-width': statusWidth(2.6),
        'line-dasharray': dashes, 'line-opacity': opacity(0.95, 0.65),
      },
    },
    {
      id: 'river-label', type: 'symbol', source: 'river', 'source-layer': 'river',
      layout: { ...labelLayout, 'symbol-placement': 'line', 'symbol-spacing': 320, 'text-letter-spacing': 0.1 },
      paint: { ...labelPaint, 'text-color': '#1c4f80' },
    },
  ],
};
