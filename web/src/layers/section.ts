import { dashes, only, opacity, type LayerDef } from './def';

/** Surveyed or assumed cross-sections of rivers. */
export const section: LayerDef = {
  id: 'section',
  titleKey: 'layer.section',
  legend: { shape: 'line', color: '#355f5b' },
  visible: false,
  layers: [
    {
      id: 'section-line', type: 'line', source: 'section', 'source-layer': 'section', filter: only('LineString'),
      paint: { 'line-color': '#355f5b', 'line-width': 2, 'line-dasharray': dashes, 'line-opacity': opacity(0.9, 0.5) },
    },
    {
      id: 'section-point', type: 'circle', source: 'section', 'source-layer': 'section', filter: only('Point'),
      paint: { 'circle-color': '#355f5b', 'circle-radius': 3, 'circle-opacity': opacity(0.9, 0.5) },
    },
  ],
};
