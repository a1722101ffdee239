import { expect, test } from 'vitest';
import { hasRain, missing, toBars, totalOf, type Rain } from '../src/rain';

const hour = (at: number): string => new Date(at * 3600e3).toISOString();
const span = (at: number, mm: number | null, complete = true) => ({ from: hour(at), to: hour(at + 1), mm, complete });
const rain: Rain = {
  thing: 'station:A', unit: 'mm', from: hour(0), to: hour(4), every: 'PT1H',
  amounts: [span(1, 0), span(0, 2.5), span(2, null, false), span(3, 1, false)],
  gaps: [{ from: hour(2), to: hour(3) }, { from: hour(3), to: hour(3.5) }, { from: hour(5), to: hour(6) }],
};

test('bars stand in the middle of their span; what is unknown has none, and what is known in part is apart', () => {
  expect(toBars(rain)).toEqual({
    time: [1800, 5400, 9000, 12600], whole: [2.5, 0, null, null], part: [null, null, null, 1],
    spans: [[0, 3600], [3600, 7200], [7200, 10800], [10800, 14400]], from: 0, to: 14400,
  });
  const cut = { ...rain, from: hour(0.5), to: hour(2.25), amounts: [{ ...span(0, 1), from: hour(0.5) }, span(1, 1), { ...span(2, 1), to: hour(2.25) }] };
  expect(toBars(cut)).toMatchObject({ time: [1800, 5400, 9000], from: 0, to: 10800 });
  expect(toBars({ ...rain, amounts: null }).time).toEqual([]);
});

test('the total is told or counted, and absent when nothing was measured', () => {
  expect(totalOf(rain)).toBe(3.5);
  expect(totalOf({ ...rain, total: 4 })).toBe(4);
  expect(totalOf({ ...rain, total: 0, amounts: [span(0, null)] })).toBeUndefined();
});

test('gaps that touch are one', () => {
  expect(missing(rain)).toEqual([[7200, 12600], [18000, 21600]]);
  expect(missing({ ...rain, gaps: null })).toEqual([]);
});

test('which things have rain', () => {
  expect(hasRain([{ id: 'A', property: 'rainfall_total', unit: 'mm' }])).toBe(true);
  expect([hasRain([{ id: 'A', property: 'level', unit: 'm' }]), hasRain(null)]).toEqual([false, false]);
});
