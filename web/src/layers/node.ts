import { opacity, type LayerDef } from './def';

/** Nodes of the water network. */
export const node: LayerDef = {
  id: 'node',
  titleKey: 'layer.node',
  legend: { shape: 'point', color: '#3d5a73' },
  visible: false,
  layers: [
    {
      id: 'node-point', type: 'circle', source: 'node', 'source-layer': 'node',
      paint: {
        'circle-color': '#ffffff', 'circle-radius': 3, 'circle-stroke-color': '#3d5a73', 'circle-stroke-width': 1.4,
        'circle-stroke-opacity': opacity(1, 0.5),
      },
    },
  ],
};
