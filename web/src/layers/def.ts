import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import type { Key } from '../i18n/zh';
import { levelColor } from '../status';
import type { Lang } from '../types';

/** How a layer looks in the legend. */
export interface Swatch { shape: 'line' | 'area' | 'point' | 'symbol'; color: string; dashed?: boolean }

/** One noun on the map: its title, its place in the legend and the style layers that draw it. */
export interface LayerDef {
  id: string;
  titleKey: Key;
  legend: Swatch;
  visible: boolean;
  layers: LayerSpecification[];
  /** Whether the names of its polygons stand at the server's places for labels. */
  labels?: boolean;
  /** Whether its status comes with /twin/state and colours it. */
  status?: boolean;
}

/** The description of the tiles that draw a layer: of the layer, and of the places of its labels. */
export function tilesUrl(layer: Pick<LayerDef, 'id' | 'labels'>): string {
  return `/tiles/${layer.id}${layer.labels ? `,${layer.id}_label` : ''}.json`;
}

/** Geometry that is not a survey: drawn dashed and translucent. */
export const uncertain: ExpressionSpecification = [
  'in', ['coalesce', ['get', 'geometry_status'], 'unknown'], ['literal', ['schematic', 'synthetic', 'assumed']],
];

/** Dashes where the geometry is uncertain. */
export const dashes: ExpressionSpecification = ['case', uncertain, ['literal', [3, 2]], ['literal', [1, 0]]];

/** One opacity for what is certain, a lower one for what is not. */
export function opacity(certain: number, doubtful: number): ExpressionSpecification {
  return ['case', uncertain, doubtful, certain];
}

/** The colour of the status kept in the feature state, or another where there is none. */
export function statusColor(otherwise: string): ExpressionSpecification {
  const pairs = Object.entries(levelColor).flat();
  return ['match', ['coalesce', ['feature-state', 'level'], ''], ...pairs, otherwise] as unknown as ExpressionSpecification;
}

/** Severe statuses are drawn wider, so that colour is not the only sign. */
export function statusWidth(base: number): ExpressionSpecification {
  const wider: ExpressionSpecification = [
    'match', ['coalesce', ['feature-state', 'level'], ''], ['warning', 'guaranteed', 'record'], 1.8, 1,
  ];
  return ['interpolate', ['linear'], ['zoom'], 6, ['*', base * 0.6, wider], 14, ['*', base * 1.6, wider]];
}

export function nameField(lang: Lang): ExpressionSpecification {
  const [first, second] = lang === 'zh' ? ['name_zh', 'name_en'] : ['name_en', 'name_zh'];
  return ['coalesce', ['get', first as string], ['get', second as string], ''];
}

/** Filter for points, lines or polygons of a layer that mixes them. */
export function only(type: 'Point' | 'LineString' | 'Polygon'): ExpressionSpecification {
  return ['==', ['geometry-type'], type];
}

export const labelLayout = {
  'text-field': nameField('zh'),
  'text-size': 12,
  'text-max-width': 12,
} as const;

export const labelPaint = { 'text-color': '#22303c', 'text-halo-color': '#ffffff', 'text-halo-width': 1.4 } as const;
