import { dashes, opacity, type LayerDef } from './def';

/** Dikes and sea walls. */
export const dike: LayerDef = {
  id: 'dike',
  titleKey: 'layer.dike',
  legend: { shape: 'line', color: '#5b4b8a' },
  visible: true,
  layers: [
    {
      id: 'dike-line', type: 'line', source: 'dike', 'source-layer': 'dike',
      paint: { 'line-color': '#5b4b8a', 'line-width': 2.4, 'line-dasharray': dashes, 'line-opacity': opacity(0.9, 0.55) },
    },
  ],
};
