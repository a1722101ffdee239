import { expect, test } from 'vitest';
import { byHour, colorOf, datumsOf, HOUR, lastHours, makeRamp, measured, rampColors, resolutionFor, statisticOf, type CellFeature } from '../src/cells';
import type { State } from '../src/types';

const cell = (h3: string, bucket: string, last: number, datum?: string): CellFeature => ({
  type: 'Feature', geometry: { type: 'Polygon', coordinates: [] },
  properties: { h3, bucket, datum, count: 1, min: last, max: last, sum: last, last, last_time: bucket },
});

test('a ramp has round steps that hold every value', () => {
  const ramp = makeRamp([1.93, 2.4, 3.31]);
  expect(ramp?.breaks).toEqual([1.5, 2, 2.5, 3, 3.5]);
  expect(ramp?.colors[0]).toBe(rampColors[0]);
  expect(ramp?.colors.at(-1)).toBe(rampColors.at(-1));
  for (const values of [[0, 60], [0.7, 1.95], [-3, 3], [0, 0.001], [99.99, 100.01], [12345, 12345.6]]) {
    const { breaks, colors } = makeRamp(values) ?? { breaks: [], colors: [] };
    expect(colors.length).toBeLessThanOrEqual(rampColors.length);
    expect(breaks).toHaveLength(colors.length + 1);
    expect(breaks[0]).toBeLessThanOrEqual(values[0] as number);
    expect(breaks.at(-1)).toBeGreaterThanOrEqual(values[1] as number);
  }
});

test('one value, no value and nonsense', () => {
  expect(makeRamp([])).toBeUndefined();
  expect(makeRamp([NaN])).toBeUndefined();
  expect(makeRamp([2])?.colors).toHaveLength(1);
  expect(makeRamp([0])?.breaks).toEqual([0, 1]);
});

test('a value has the colour of its class', () => {
  const ramp = { breaks: [0, 1, 2], colors: ['a', 'b'], decimals: 0 };
  expect([-1, 0, 0.99, 1, 2, 9].map((value) => colorOf(ramp, value))).toEqual(['a', 'a', 'a', 'b', 'b', 'b']);
});

test('levels above different datums are kept apart', () => {
  const at = '2026-07-18T01:00:00Z';
  const cells = [cell('a', at, 1, 'wusong'), cell('a', at, 3, '1985-national'), cell('b', at, 2, 'wusong'), cell('b', '2026-07-18T02:00:00Z', 2, 'wusong')];
  expect(datumsOf(cells)).toEqual(['wusong', '1985-national']);
  const hours = byHour(cells, 'wusong');
  expect(hours.get(Date.parse(at))?.map((one) => one.properties.last)).toEqual([1, 2]);
  expect(hours.size).toBe(2);
  expect(byHour(cells, '').size).toBe(0);
});

test('hours, resolutions and statistics', () => {
  const hours = lastHours(Date.parse('2026-07-18T05:59:00Z'));
  expect(hours).toHaveLength(48);
  expect(hours.at(-1)).toBe(Date.parse('2026-07-18T05:00:00Z'));
  expect((hours[1] as number) - (hours[0] as number)).toBe(HOUR);
  expect([undefined, 9.9, 10, 11.9, 12].map(resolutionFor)).toEqual([7, 7, 8, 8, 9]);
  expect(['rainfall', 'rainfall_hour', 'rainfall_total', 'level'].map(statisticOf)).toEqual(['sum', 'max', 'last', 'last']);
});

test('what is measured, levels first', () => {
  const of = (...values: [string, string][]): State => ({
    thing: 'x', gid: 1, kind: 'station', code: 'x', name: {}, at: '', status: { level: 'normal', data: 'fresh' },
    values: values.map(([property, unit]) => ({ datastream: property, property, unit, value: 1 })),
  });
  expect([...measured([of(['discharge', 'm3/s']), of(['level', 'm'], ['discharge', 'm3/s'])])]).toEqual([['level', 'm'], ['discharge', 'm3/s']]);
});
