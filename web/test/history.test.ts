import { expect, test } from 'vitest';
import { comparable, hasReadings, preferred, span, toSeries } from '../src/history';
import { valueRange } from '../src/panels/plot';
import type { Datastream, History, Threshold } from '../src/types';

const history: History = {
  datastream: 'A.level', property: 'level', unit: 'm', from: '2026-07-18T00:00:00Z', to: '2026-07-18T04:00:00Z',
  points: [
    { time: '2026-07-18T00:00:00Z', count: 2, min: 1, max: 3, last: 2 },
    { time: '2026-07-18T03:00:00Z', value: 5 },
  ],
  gaps: [{ from: '2026-07-18T01:00:00Z', to: '2026-07-18T02:00:00Z' }],
};

test('a gap is a hole in the line', () => {
  const series = toSeries(history);
  expect(series.last).toEqual([2, null, 5]);
  expect(series.min).toEqual([1, null, 5]);
  expect(series.time[1]).toBe(Date.parse('2026-07-18T01:30:00Z') / 1000);
});

test('the bucket of the reading that ends a gap does not hide it', () => {
  const points = ['00:00', '00:10', '01:50', '02:00'].map((time) => ({ time: `2026-07-18T${time}:00Z`, count: 1, last: 1 }));
  const gaps = [{ from: '2026-07-18T00:14:00Z', to: '2026-07-18T01:57:00Z' }];
  expect(toSeries({ ...history, points, gaps }).last).toEqual([1, 1, null, 1, 1]);
});

test('buckets without readings are holes as well', () => {
  expect(toSeries({ ...history, points: [{ time: '2026-07-18T00:00:00Z', count: 0 }], gaps: null }).last).toEqual([null]);
  expect(hasReadings({ ...history, points: [] })).toBe(false);
  expect(hasReadings(history)).toBe(true);
});

test('the span falls back to the last reading', () => {
  const now = Date.parse('2026-07-18T00:00:00Z');
  expect(span('24h', now, now - 3600e3)).toMatchObject({ to: new Date(now), fallback: false });
  const old = now - 10 * 86400e3;
  const around = span('24h', now, old);
  expect(around.fallback).toBe(true);
  expect(around.from.getTime()).toBeLessThan(old);
  expect(around.to.getTime()).toBeGreaterThan(old);
  expect(around.to.getTime() - around.from.getTime()).toBe(86400e3);
});

test('only thresholds in the datum of the datastream are drawn', () => {
  const datastream: Datastream = { id: 'A.level', property: 'level', unit: 'm', datum: 'wusong' };
  const threshold: Threshold = { datastream: 'A.level', type: 'warning', value: 4, datum: 'wusong' };
  const others: Threshold[] = [
    { ...threshold, datum: '1985-national' }, { ...threshold, datum: undefined }, { ...threshold, datastream: 'B.level' },
  ];
  expect(comparable([threshold, ...others], datastream, '2026-07-18')).toEqual([threshold]);
});

test('a level is preferred, and one without sides', () => {
  const of = (id: string, property: string, role?: string): Datastream => ({ id, property, role, unit: 'm' });
  expect(preferred([of('r', 'rainfall'), of('i', 'level', 'inner'), of('l', 'level')])?.id).toBe('l');
  expect(preferred([of('r', 'rainfall'), of('i', 'level', 'inner')])?.id).toBe('i');
  expect(preferred([])).toBeUndefined();
});

test('a far threshold does not squeeze the readings flat', () => {
  const [low, high] = valueRange(2, 3, [3.5, 90]);
  expect(high).toBeGreaterThan(3.5);
  expect(high).toBeLessThan(4);
  expect(low).toBeLessThan(2);
});
