import { expect, test } from 'vitest';
import { bounds, pointFeatures } from '../src/map/features';
import { LEVELS, type Geometry, type State } from '../src/types';
import { iconName, polygon } from '../src/map/icons';
import { levelColor, levelShape } from '../src/status';

test('the extent of any geometry', () => {
  expect(bounds({ type: 'Point', coordinates: [1, 2] })).toEqual([1, 2, 1, 2]);
  expect(bounds({ type: 'MultiLineString', coordinates: [[[0, 5], [3, 1]], [[-1, 2], [0, 0]]] })).toEqual([-1, 0, 3, 5]);
  expect(bounds({ type: 'GeometryCollection', geometries: [{ type: 'Point', coordinates: [4, 4] }] })).toEqual([4, 4, 4, 4]);
  expect(bounds({ type: 'LineString', coordinates: [] })).toBeUndefined();
});

test('stations and works become symbols, lines do not', () => {
  const of = (kind: string, geometry: Geometry) => {
    const properties: State = {
      thing: `${kind}:A`, gid: 7, kind, code: 'A', name: { zh: '甲' }, at: '', status: { level: 'warning', data: 'stale' },
      values: [{ datastream: 'A.level', property: 'level', value: 3.42, unit: 'm', time: '2026-07-18T00:00:00Z' }],
    };
    return [properties.thing, { type: 'Feature' as const, geometry, properties }] as const;
  };
  const states = new Map([
    of('station', { type: 'Point', coordinates: [1, 2] }),
    of('work', { type: 'LineString', coordinates: [[0, 0], [2, 4]] }),
    of('river', { type: 'LineString', coordinates: [[0, 0], [1, 1]] }),
  ]);
  const { features } = pointFeatures(states, 'zh', Date.parse('2026-07-18T00:05:00Z'));
  expect(features.map((one) => one.properties?.thing)).toEqual(['station:A', 'work:A']);
  expect(features[0]?.properties).toMatchObject({ icon: 'station-warning-stale', label: '3.42 m · 5 分钟', title: '甲' });
  expect(features[1]?.geometry).toEqual({ type: 'Point', coordinates: [1, 2] });
});

test('no two levels share a colour or a shape', () => {
  expect(new Set(Object.values(levelColor)).size).toBe(LEVELS.length);
  expect(new Set(Object.values(levelShape)).size).toBe(LEVELS.length);
  expect(iconName('work', 'low', 'faulty')).toBe('work-low-faulty');
  expect(polygon('star', 10)).toHaveLength(10);
});
