import { dashes, only, opacity, type LayerDef } from './def';

/** City objects that are neither buildings nor roads nor water works. */
export const cityobject: LayerDef = {
  id: 'cityobject',
  titleKey: 'layer.cityobject',
  legend: { shape: 'area', color: '#8fa87a' },
  visible: false,
  layers: [
    {
      id: 'cityobject-fill', type: 'fill', source: 'cityobject', 'source-layer': 'cityobject', filter: only('Polygon'),
      paint: { 'fill-color': '#8fa87a', 'fill-opacity': opacity(0.45, 0.25) },
    },
    {
      id: 'cityobject-line', type: 'line', source: 'cityobject', 'source-layer': 'cityobject',
      filter: ['!=', ['geometry-type'], 'Point'],
      paint: { 'line-color': '#5f7a48', 'line-width': 1, 'line-dasharray': dashes, 'line-opacity': opacity(0.9, 0.5) },
    },
    {
      id: 'cityobject-point', type: 'circle', source: 'cityobject', 'source-layer': 'cityobject', filter: only('Point'),
      paint: { 'circle-color': '#5f7a48', 'circle-radius': 3, 'circle-opacity': opacity(0.9, 0.4) },
    },
  ],
};
