import { only, opacity, type LayerDef } from './def';

/** Bridges and culverts. */
export const bridge: LayerDef = {
  id: 'bridge',
  titleKey: 'layer.bridge',
  legend: { shape: 'point', color: '#6b4a2f' },
  visible: false,
  layers: [
    {
      id: 'bridge-line', type: 'line', source: 'bridge', 'source-layer': 'bridge', filter: only('LineString'),
      paint: { 'line-color': '#6b4a2f', 'line-width': 3, 'line-opacity': opacity(0.9, 0.5) },
    },
    {
      id: 'bridge-point', type: 'circle', source: 'bridge', 'source-layer': 'bridge', filter: only('Point'),
      paint: {
        'circle-color': '#ffffff', 'circle-radius': 4, 'circle-stroke-color': '#6b4a2f', 'circle-stroke-width': 2,
        'circle-stroke-opacity': opacity(1, 0.5), 'circle-opacity': opacity(1, 0.4),
      },
    },
  ],
};
