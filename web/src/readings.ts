import type { History, Point } from './types';

/** One reading, or the last of a bucket, in seconds as plots want them. */
export interface Reading { time: number; value: number; flags: string[]; corrected: boolean }

/** How many raw readings are looked at for one picture. */
export const MAX_READINGS = 10_000;

export function toReadings(points: readonly Point[] | null | undefined): Reading[] {
  const readings: Reading[] = [];
  for (const { time, value, last, quality, corrected } of points ?? []) {
    const seconds = Date.parse(time) / 1000;
    const number = value ?? last;
    if (!Number.isFinite(seconds) || number === null || number === undefined) continue;
    const flags = quality ?? [];
    readings.push({ time: seconds, value: number, flags, corrected: corrected === true || flags.includes('operator') });
  }
  return readings.sort((a, b) => a.time - b.time);
}

/** Whether a reading is marked on the picture. */
export function marked(reading: Reading): boolean {
  return reading.corrected || reading.flags.length > 0;
}

export interface Tally { flagged: number; corrected: number; flags: [flag: string, count: number][] }

/** What the legend says: how many are marked, and with which flags. */
export function tally(readings: readonly Reading[]): Tally {
  const flags = new Map<string, number>();
  let flagged = 0;
  let corrected = 0;
  for (const reading of readings) {
    if (reading.corrected) corrected++;
    if (reading.flags.length) flagged++;
    for (const flag of reading.flags) flags.set(flag, (flags.get(flag) ?? 0) + 1);
  }
  return { flagged, corrected, flags: [...flags].sort((a, b) => b[1] - a[1]) };
}

/** The place of the reading nearest to a time; -1 when there is none. */
export function nearest(readings: readonly Reading[], time: number): number {
  let low = 0;
  let high = readings.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((readings[middle] as Reading).time < time) low = middle + 1;
    else high = middle;
  }
  const after = readings[low];
  const before = readings[low - 1];
  if (!after || !before) return after ? low : low - 1;
  return time - before.time <= after.time - time ? low - 1 : low;
}

/** Where a key leads from a reading; undefined for keys that lead nowhere. */
export function step(readings: readonly Reading[], at: number, key: string): number | undefined {
  const end = readings.length - 1;
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return Math.max(0, at - 1);
    case 'ArrowRight':
    case 'ArrowUp':
      return Math.min(end, at + 1);
    case 'Home':
      return 0;
    case 'End':
      return end;
    case 'PageUp': {
      const found = readings.slice(0, Math.max(0, at)).findLastIndex(marked);
      return found < 0 ? at : found;
    }
    case 'PageDown': {
      const found = readings.findIndex((reading, place) => place > at && marked(reading));
      return found < 0 ? at : found;
    }
    default:
      return undefined;
  }
}

/** Follows the pages of a raw series until it ends, or is long enough. */
export async function wholeSeries(first: History, follow: (next: string) => Promise<History>): Promise<{ points: Point[]; partial: boolean }> {
  const points = [...(first.points ?? [])];
  let next = first.next;
  while (next && points.length < MAX_READINGS) {
    const page = await follow(next);
    if (!page.points?.length) return { points, partial: false };
    points.push(...page.points);
    next = page.next;
  }
  return { points: points.slice(0, MAX_READINGS), partial: !!next || points.length > MAX_READINGS };
}
