import { dashes, opacity, type LayerDef } from './def';

/** The segments that routes are made of. */
export const segment: LayerDef = {
  id: 'segment',
  titleKey: 'layer.segment',
  legend: { shape: 'line', color: '#c4a98f' },
  visible: false,
  layers: [
    {
      id: 'segment-line', type: 'line', source: 'segment', 'source-layer': 'segment',
      paint: { 'line-color': '#c4a98f', 'line-width': 3, 'line-dasharray': dashes, 'line-opacity': opacity(0.9, 0.5) },
    },
  ],
};
