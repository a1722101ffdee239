import { dashes, statusColor, statusWidth, uncertain, type LayerDef } from './def';

/** Reaches: the part of a river whose status a station tells. */
export const reach: LayerDef = {
  id: 'reach',
  titleKey: 'layer.reach',
  legend: { shape: 'line', color: '#2f7fb8' },
  visible: true,
  status: true,
  layers: [
    {
      id: 'reach-line', type: 'line', source: 'reach', 'source-layer': 'reach',
      layout: { 'line-join': 'round' },
      paint: {
        'line-color': statusColor('#2f7fb8'), 'line-width': statusWidth(1.8),
        'line-dasharray': dashes,
        // A reach of which nothing is known does not hide the status of its river.
        'line-opacity': ['case', ['in', ['coalesce', ['feature-state', 'level'], 'unknown'], ['literal', ['unknown']]], 0.3, uncertain, 0.7, 1],
      },
    },
  ],
};
