import { expect, test } from 'vitest';
import { applyStates, fromCollection, noStates } from '../src/states';
import { alarming, bySeverity, dataOf, levelOf, severity } from '../src/status';
import type { Level, State, StateFeature } from '../src/types';

function state(thing: string, level: Level, at = '2026-07-18T00:00:00Z', kind = 'station'): State {
  return { thing, gid: 1, kind, code: thing, name: { zh: thing }, at, status: { level, data: 'fresh' }, values: [] };
}
function feature(properties: State): StateFeature {
  return { type: 'Feature', id: properties.gid, geometry: { type: 'Point', coordinates: [0, 0] }, properties };
}

test('a newer state replaces an older one and keeps its place', () => {
  const { states } = fromCollection({ type: 'FeatureCollection', features: [feature(state('station:A', 'normal'))] });
  const applied = applyStates(states, [state('station:A', 'warning', '2026-07-18T00:00:05Z')]);
  expect(applied.changed).toHaveLength(1);
  expect(applied.states.get('station:A')?.properties.status.level).toBe('warning');
  expect(applied.states.get('station:A')?.geometry).toEqual({ type: 'Point', coordinates: [0, 0] });
  expect(states.get('station:A')?.properties.status.level).toBe('normal');
});

test('an older state changes nothing', () => {
  const { states } = fromCollection({ type: 'FeatureCollection', features: [feature(state('station:A', 'normal'))] });
  const applied = applyStates(states, [state('station:A', 'warning', '2026-07-17T23:59:59Z')]);
  expect(applied.changed).toEqual([]);
  expect(applied.states).toBe(states);
});

test('things not known yet are named', () => {
  expect(applyStates(noStates, [state('station:B', 'low')]).strangers).toEqual(['station:B']);
});

test('events that came while the answer was under way are laid over it', () => {
  const later = state('station:A', 'record', '2026-07-18T00:00:01Z');
  const { states } = fromCollection({ type: 'FeatureCollection', features: [feature(state('station:A', 'normal'))] }, [later]);
  expect(states.get('station:A')?.properties.status.level).toBe('record');
});

test('severity orders the list and decides what is said aloud', () => {
  const list = [state('a', 'normal'), state('b', 'record'), state('c', 'unknown'), state('d', 'warning')].sort(bySeverity);
  expect(list.map((one) => one.thing)).toEqual(['b', 'd', 'a', 'c']);
  expect(alarming('warning')).toBe(true);
  expect(alarming('rising')).toBe(false);
  expect(severity('never heard of')).toBe(0);
  expect(levelOf(undefined)).toBe('unknown');
  expect(dataOf({ data: 'stale' })).toBe('stale');
});
