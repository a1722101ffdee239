import { inForce } from './format';
import type { Datastream, History, Threshold } from './types';

export type RangeName = '24h' | '7d' | '30d';
export const RANGES: Record<RangeName, { seconds: number; every: string; everySeconds: number }> = {
  '24h': { seconds: 86400, every: 'PT10M', everySeconds: 600 },
  '7d': { seconds: 7 * 86400, every: 'PT1H', everySeconds: 3600 },
  '30d': { seconds: 30 * 86400, every: 'PT6H', everySeconds: 21600 },
};

/** Columns as uPlot wants them; null is a gap. */
export interface Series {
  time: number[];
  last: (number | null)[];
  min: (number | null)[];
  max: (number | null)[];
}

/** Turns an answer into columns, with a null inside every gap so that no line is drawn across it. */
export function toSeries(history: History): Series {
  interface Row { time: number; last: number | null; min: number | null; max: number | null }
  const rows: Row[] = [];
  for (const point of history.points ?? []) {
    const time = Date.parse(point.time) / 1000;
    if (!Number.isFinite(time)) continue;
    const last = point.last ?? point.value ?? null;
    const empty = point.count === 0 || last === null;
    rows.push(
      empty
        ? { time, last: null, min: null, max: null }
        : { time, last, min: point.min ?? last, max: point.max ?? last },
    );
  }
  const times = new Set(rows.map((row) => row.time));
  for (const gap of history.gaps ?? []) {
    const from = Date.parse(gap.from) / 1000;
    const to = Date.parse(gap.to) / 1000;
    if (!(to > from)) continue;
    // The bucket of the reading that ends a gap begins before that reading, so the hole is made ahead of it.
    const next = Math.min(to, ...rows.filter((row) => row.time > from && row.last !== null).map((row) => row.time));
    const middle = (from + next) / 2;
    if (!times.has(middle)) rows.push({ time: middle, last: null, min: null, max: null });
  }
  rows.sort((a, b) => a.time - b.time);
  return {
    time: rows.map((row) => row.time),
    last: rows.map((row) => row.last),
    min: rows.map((row) => row.min),
    max: rows.map((row) => row.max),
  };
}

export function hasReadings(history: History): boolean {
  return (history.points ?? []).some((point) => point.count !== 0 && (point.last ?? point.value ?? null) !== null);
}

/** The span to ask for: up to now, or around the last reading when that is older than the span. */
export function span(range: RangeName, now: number, lastReading?: number): { from: Date; to: Date; fallback: boolean } {
  const length = RANGES[range].seconds * 1000;
  if (lastReading === undefined || lastReading >= now - length) {
    return { from: new Date(now - length), to: new Date(now), fallback: false };
  }
  const to = Math.min(now, lastReading + length * 0.1);
  return { from: new Date(to - length), to: new Date(to), fallback: true };
}

/** The thresholds that may be drawn beside a datastream: its own, in its datum, in force on the day. */
export function comparable(thresholds: readonly Threshold[], datastream: Datastream, day: string): Threshold[] {
  return thresholds.filter(
    (threshold) =>
      threshold.datastream === datastream.id &&
      (threshold.datum ?? '') === (datastream.datum ?? '') &&
      inForce(threshold, day),
  );
}

/** Levels first, then by property, side and number. */
export function byKind(a: Datastream, b: Datastream): number {
  return (
    Number(b.property === 'level') - Number(a.property === 'level') ||
    a.property.localeCompare(b.property) ||
    (a.role ?? '').localeCompare(b.role ?? '') ||
    (a.number ?? 0) - (b.number ?? 0)
  );
}

/** The datastream people want to see first: a level, else the first one. */
export function preferred(datastreams: readonly Datastream[]): Datastream | undefined {
  return (
    datastreams.find((one) => one.property === 'level' && !one.role) ??
    datastreams.find((one) => one.property === 'level') ??
    datastreams[0]
  );
}
