import { dashes, labelLayout, labelPaint, opacity, type LayerDef } from './def';

/** Administrative areas: outlines, and names set back from everything else. */
export const area: LayerDef = {
  id: 'area',
  titleKey: 'layer.area',
  legend: { shape: 'area', color: '#7a6f8f' },
  visible: true,
  labels: true,
  layers: [
    { id: 'area-fill', type: 'fill', source: 'area', 'source-layer': 'area', paint: { 'fill-color': '#fbfaf7', 'fill-opacity': 0.55 } },
    {
      id: 'area-line', type: 'line', source: 'area', 'source-layer': 'area',
      paint: {
        'line-color': '#7a6f8f', 'line-dasharray': dashes, 'line-opacity': opacity(0.8, 0.55),
        'line-width': ['match', ['get', 'level'], ['country', 'province', 'city'], 1.8, 'county', 1.2, 0.7],
      },
    },
    {
      id: 'area-label', type: 'symbol', source: 'area', 'source-layer': 'area_label', maxzoom: 12,
      layout: { ...labelLayout, 'text-size': 13, 'symbol-sort-key': 100 },
      paint: { ...labelPaint, 'text-color': '#5d5371' },
    },
  ],
};
