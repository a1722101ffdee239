import type { RangeName } from './history';
import type { Datastream } from './types';

/** Rain in equal intervals, as the server works it out from whatever the station sends. */
export interface Rain {
  thing: string; series?: string; unit: string; every: string; points: { time: string; value: number | null }[] | null;
  gaps?: { from: string; to: string }[] | null; total?: number | null;
}

export const RAIN_EVERY: Record<RangeName, { every: string; seconds: number }> = {
  '24h': { every: 'PT1H', seconds: 3600 },
  '7d': { every: 'PT3H', seconds: 3 * 3600 },
  '30d': { every: 'PT24H', seconds: 86400 },
};

export function hasRain(datastreams: readonly Datastream[] | null | undefined): boolean {
  return (datastreams ?? []).some((one) => one.property.startsWith('rainfall'));
}

/** Columns of bars, each standing in the middle of its interval; an interval without data has none, which is not a dry one. */
export function toBars(rain: Rain, seconds: number): { time: number[]; value: (number | null)[] } {
  const rows = (rain.points ?? [])
    .map(({ time, value }) => ({ time: Date.parse(time) / 1000 + seconds / 2, value: value ?? null }))
    .filter((row) => Number.isFinite(row.time))
    .sort((a, b) => a.time - b.time);
  return { time: rows.map((row) => row.time), value: rows.map((row) => row.value) };
}

/** The sum of what fell, as told or counted; none when nothing was measured. */
export function totalOf(rain: Rain): number | undefined {
  if (rain.total !== null && rain.total !== undefined) return rain.total;
  const values = (rain.points ?? []).flatMap(({ value }) => value ?? []);
  return values.length ? values.reduce((sum, value) => sum + value, 0) : undefined;
}

/** The intervals without data, those of the points and those told, in seconds; touching ones are one. */
export function missing(rain: Rain, seconds: number): [number, number][] {
  const spans: [number, number][] = [
    ...(rain.gaps ?? []).map(({ from, to }): [number, number] => [Date.parse(from) / 1000, Date.parse(to) / 1000]),
    ...(rain.points ?? []).filter((one) => one.value === null).map(({ time }): [number, number] => [Date.parse(time) / 1000, Date.parse(time) / 1000 + seconds]),
  ].filter(([from, to]) => to > from).sort((a, b) => a[0] - b[0]);
  const joined: [number, number][] = [];
  for (const [from, to] of spans) {
    const last = joined.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}
