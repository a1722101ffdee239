import { expect, test, vi } from 'vitest';
import { marked, MAX_READINGS, nearest, step, tally, toReadings, wholeSeries } from '../src/readings';
import type { History, Point } from '../src/types';

const points: Point[] = [
  { time: '2026-07-18T00:20:00Z', value: 3, quality: ['rate', 'late'] },
  { time: '2026-07-18T00:00:00Z', value: 1 },
  { time: '2026-07-18T00:10:00Z', value: 2, corrected: true },
  { time: '2026-07-18T00:30:00Z', value: 4, quality: ['operator'] },
  { time: '2026-07-18T00:40:00Z', value: null },
];

test('readings are in order, and know their flags and corrections', () => {
  const readings = toReadings(points);
  expect(readings.map((one) => one.value)).toEqual([1, 2, 3, 4]);
  expect(readings.map(marked)).toEqual([false, true, true, true]);
  expect(tally(readings)).toEqual({ flagged: 2, corrected: 2, flags: [['rate', 1], ['late', 1], ['operator', 1]] });
  expect(toReadings([{ time: '2026-07-18T00:00:00Z', count: 2, last: 5 }, { time: 'x', value: 1 }])).toHaveLength(1);
  expect(toReadings(null)).toEqual([]);
});

test('the nearest reading to a time', () => {
  const readings = toReadings(points);
  const [first] = readings;
  const at = (minutes: number) => nearest(readings, (first?.time ?? 0) + minutes * 60);
  expect([-5, 4, 6, 14, 99].map(at)).toEqual([0, 0, 1, 1, 3]);
  expect(nearest([], 0)).toBe(-1);
});

test('keys go from reading to reading, and to marked ones', () => {
  const readings = toReadings(points);
  expect(step(readings, 0, 'ArrowLeft')).toBe(0);
  expect(step(readings, 4, 'ArrowLeft')).toBe(3);
  expect(step(readings, 3, 'ArrowRight')).toBe(3);
  expect(step(readings, 1, 'PageDown')).toBe(2);
  expect(step(readings, 1, 'PageUp')).toBe(1);
  expect(step(readings, 4, 'PageUp')).toBe(3);
  expect([step(readings, 2, 'Home'), step(readings, 2, 'End'), step(readings, 2, 'Tab')]).toEqual([0, 3, undefined]);
});

test('a raw series is followed from page to page, within bounds', async () => {
  const page = (count: number, next?: string): History => ({
    datastream: 'A', property: 'level', unit: 'm', from: '', to: '', points: Array.from({ length: count }, () => ({ time: '' })), next,
  });
  const follow = vi.fn((next: string) => Promise.resolve(next === '/2' ? page(3, '/3') : page(MAX_READINGS, '/4')));
  expect(await wholeSeries(page(2), follow)).toMatchObject({ partial: false });
  const whole = await wholeSeries(page(2, '/2'), follow);
  expect(follow.mock.calls).toEqual([['/2'], ['/3']]);
  expect(whole.points).toHaveLength(MAX_READINGS);
  expect(whole.partial).toBe(true);
});
