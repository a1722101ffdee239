import { dashes, labelLayout, labelPaint, opacity, type LayerDef } from './def';

/** Buildings, raised to their height; heights that were not measured or stated are paler. */
export const building: LayerDef = {
  id: 'building',
  titleKey: 'layer.building',
  legend: { shape: 'area', color: '#b7a99a' },
  visible: true,
  labels: true,
  layers: [
    {
      id: 'building-extrusion', type: 'fill-extrusion', source: 'building', 'source-layer': 'building',
      paint: {
        'fill-extrusion-color': [
          'match', ['coalesce', ['get', 'height_status'], 'assumed'], ['measured', 'stated'], '#b7a99a', '#d8d0c7',
        ],
        'fill-extrusion-height': ['+', ['coalesce', ['get', 'base_m'], 0], ['coalesce', ['get', 'height_m'], ['*', 3, ['coalesce', ['get', 'storeys'], 1]]]],
        'fill-extrusion-base': ['coalesce', ['get', 'base_m'], 0],
        'fill-extrusion-opacity': 0.8,
      },
    },
    {
      id: 'building-line', type: 'line', source: 'building', 'source-layer': 'building', minzoom: 15,
      paint: {
        'line-color': '#7d6f60', 'line-width': 0.8, 'line-opacity': opacity(0.9, 0.5),
        'line-dasharray': dashes,
      },
    },
    {
      id: 'building-label', type: 'symbol', source: 'building', 'source-layer': 'building_label', minzoom: 16,
      layout: { ...labelLayout, 'text-size': 11, 'symbol-sort-key': 200 },
      paint: { ...labelPaint, 'text-color': '#5d5145' },
    },
  ],
};
