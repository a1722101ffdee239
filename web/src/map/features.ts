import { label } from '../format';
import { nameOf } from '../i18n';
import type { States } from '../states';
import { dataOf, levelOf, severity } from '../status';
import type { Geometry, Lang } from '../types';
import { iconName } from './icons';

/** Stations and works as points that carry their symbol and label. */
export function pointFeatures(states: States, lang: Lang, now: number): GeoJSON.FeatureCollection {
  const features: GeoJSON.Feature[] = [];
  for (const { properties: state, geometry } of states.values()) {
    if ((state.kind !== 'station' && state.kind !== 'work') || !geometry) continue;
    const place = middle(geometry);
    if (!place) continue;
    const level = levelOf(state.status);
    const data = dataOf(state.status);
    features.push({
      type: 'Feature',
      id: state.gid,
      geometry: place,
      properties: {
        thing: state.thing,
        kind: state.kind,
        level,
        data,
        severity: severity(level),
        // The map places low keys first, and what comes first wins room for its label.
        rank: -severity(level) * 2 - (state.kind === 'station' ? 1 : 0),
        icon: iconName(state.kind, level, data),
        label: label(lang, state.values, now),
        title: nameOf(lang, state),
      },
    });
  }
  return { type: 'FeatureCollection', features };
}

/** Where the symbol of a thing stands: at its point, or in the middle of its extent. */
function middle(geometry: Geometry): GeoJSON.Point | undefined {
  if (geometry.type === 'Point') return geometry;
  const box = bounds(geometry);
  return box && { type: 'Point', coordinates: [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2] };
}

/** The box around a geometry: west, south, east, north. */
export function bounds(geometry: Geometry): [number, number, number, number] | undefined {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  const walk = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    const [x, y] = part as unknown[];
    if (typeof x === 'number' && typeof y === 'number') {
      box[0] = Math.min(box[0], x);
      box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x);
      box[3] = Math.max(box[3], y);
    } else part.forEach(walk);
  };
  if (geometry.type === 'GeometryCollection') {
    for (const inner of geometry.geometries) {
      const one = bounds(inner);
      if (one) walk([[one[0], one[1]], [one[2], one[3]]]);
    }
  } else walk(geometry.coordinates);
  return Number.isFinite(box[0]) ? box : undefined;
}
