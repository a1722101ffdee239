import { expect, test } from 'vitest';
import { hasRain, missing, toBars, totalOf, type Rain } from '../src/rain';

const hour = (at: number): string => new Date(at * 3600e3).toISOString();
const rain: Rain = {
  thing: 'station:A', unit: 'mm', every: 'PT1H',
  points: [{ time: hour(1), value: 0 }, { time: hour(0), value: 2.5 }, { time: hour(2), value: null }, { time: hour(3), value: 1 }],
  gaps: [{ from: hour(2.5), to: hour(3) }, { from: hour(5), to: hour(6) }],
};

test('bars stand in the middle of their interval, and nothing measured is no bar', () => {
  expect(toBars(rain, 3600)).toEqual({ time: [1800, 5400, 9000, 12600], value: [2.5, 0, null, 1] });
});

test('the total is told or counted, and absent when nothing was measured', () => {
  expect(totalOf(rain)).toBe(3.5);
  expect(totalOf({ ...rain, total: 4 })).toBe(4);
  expect(totalOf({ ...rain, points: [{ time: hour(0), value: null }] })).toBeUndefined();
});

test('what was not measured is joined to spans', () => {
  expect(missing(rain, 3600)).toEqual([[7200, 10800], [18000, 21600]]);
});

test('which things have rain', () => {
  expect(hasRain([{ id: 'A', property: 'rainfall_total', unit: 'mm' }])).toBe(true);
  expect([hasRain([{ id: 'A', property: 'level', unit: 'm' }]), hasRain(null)]).toEqual([false, false]);
});
