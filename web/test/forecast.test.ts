import { expect, test } from 'vitest';
import { aheadStates, drawable, ends, join, peak, sliderSpan, type Ahead } from '../src/forecast';
import type { StateFeature } from '../src/types';

const ahead: Ahead = {
  thing: 'station:A', quantity: 'level', unit: 'm', datum: 'wusong', first: '2026-07-18T01:00:00Z', interval_s: 900, values: [2, 3, 2.5], low: [2, 2.8, 2.1], high: [2, 3.3, 2.9],
};
const one = Date.parse(ahead.first) / 1000;

test('a forecast lies beside what was observed, on one axis of time', () => {
  const joined = join({ time: [one - 900, one], last: [1.9, 2.05], min: [1.8, 2], max: [2, 2.1] }, ahead);
  expect(joined.time).toEqual([one - 900, one, one + 900, one + 1800]);
  expect(joined.last).toEqual([1.9, 2.05, null, null]);
  expect(joined.ahead).toEqual([null, 2, 3, 2.5]);
  expect(joined.low).toEqual([null, 2, 2.8, 2.1]);
  expect(joined.high).toEqual([null, 2, 3.3, 2.9]);
  expect(join({ time: [one], last: [1], min: [1], max: [1] }, undefined).ahead).toEqual([null]);
});

test('a forecast is drawn only above the datum and in the unit of what was observed', () => {
  expect(drawable(ahead, { unit: 'm', datum: 'wusong' })).toBe(true);
  expect(drawable(ahead, { unit: 'm', datum: 'unknown' })).toBe(false);
  expect(drawable(ahead, { unit: 'm3/s' })).toBe(false);
  expect(drawable(undefined, { unit: 'm' })).toBe(false);
  expect(drawable({ ...ahead, unit: 'm3/s', datum: undefined }, { unit: 'm3/s' })).toBe(true);
});

test('the peak has its spread and its time', () => {
  expect(peak(ahead)).toEqual({ value: 3, low: 2.8, high: 3.3, time: (one + 900) * 1000 });
  expect(peak({ ...ahead, values: [] })).toBeUndefined();
  expect(ends(ahead)).toBe((one + 1800) * 1000);
});

test('the page shows what a forecast says, and nothing of what it does not', () => {
  const feature = (thing: string): [string, StateFeature] => [thing, {
    type: 'Feature', geometry: { type: 'Point', coordinates: [0, 0] },
    properties: { thing, gid: 1, kind: 'station', code: thing, name: {}, at: '', status: { level: 'normal', data: 'stale' }, values: [] },
  }];
  const states = aheadStates(new Map([feature('station:A'), feature('work:B')]),
    { run: 1, time: ahead.first, things: { 'station:A': { gid: 1, kind: 'station', level: 5.4, datum: 'wusong', status: 'warning' }, 'river:C': { gid: 2, kind: 'river', status: 'normal' } } });
  expect([...states.keys()]).toEqual(['station:A', 'work:B']);
  expect(states.get('station:A')?.properties).toMatchObject({ at: ahead.first, status: { level: 'warning', data: 'fresh' }, values: [{ property: 'level', value: 5.4, datum: 'wusong' }] });
  expect(states.get('work:B')?.properties.status.level).toBe('unknown');
});

test('the slider goes from a day ago to the horizon, and to now where there is no forecast', () => {
  const now = Date.parse('2026-07-18T01:07:00Z');
  expect(sliderSpan(now, Date.parse('2026-07-20T01:00:00Z'))).toEqual({ from: Date.parse('2026-07-17T01:00:00Z'), to: Date.parse('2026-07-20T01:00:00Z') });
  expect(sliderSpan(now, undefined).to).toBe(Date.parse('2026-07-18T01:00:00Z'));
});
