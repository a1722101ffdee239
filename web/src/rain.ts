import type { RangeName } from './history';
import type { Datastream } from './types';

/** The rain of one span of time; none where nothing is known, which is not a dry one. */
export interface Amount { from: string; to: string; day?: string; mm: number | null; complete?: boolean }

/** What fell at a thing, as the server works it out from whatever the station sends. */
export interface Rain {
  thing: string; datastream?: string; property?: string; unit: string; from: string; to: string; every?: string; total?: number | null;
  coverage?: number; amounts: Amount[] | null; gaps?: { from: string; to: string }[] | null;
}

export const RAIN_EVERY: Record<RangeName, string> = { '24h': 'PT1H', '7d': 'PT1H', '30d': 'P1D' };

export function hasRain(datastreams: readonly Datastream[] | null | undefined): boolean {
  return (datastreams ?? []).some((one) => one.property.startsWith('rainfall'));
}

/**
 * Columns of bars, each in the middle of its span: what is wholly known, and what is known in part. The first and the last span may be cut
 * short by the time asked for; they get the place of whole ones, so that all bars are equally wide.
 */
export interface Bars { time: number[]; whole: (number | null)[]; part: (number | null)[]; spans: [from: number, to: number][]; from: number; to: number }

export function toBars(rain: Rain): Bars {
  const rows = (rain.amounts ?? [])
    .map(({ from, to, mm, complete }) => ({ from: seconds(from), to: seconds(to), mm: mm ?? null, whole: complete !== false }))
    .filter(({ from, to }) => to > from)
    .sort((a, b) => a.from - b.from);
  const length = Math.max(0, ...rows.map((row) => row.to - row.from));
  const time = rows.map((row, at) => (at === 0 && rows.length > 1 ? row.to - length / 2 : row.from + length / 2));
  return {
    time,
    from: Math.min(seconds(rain.from), (time[0] ?? Infinity) - length / 2),
    to: Math.max(seconds(rain.to), (time.at(-1) ?? -Infinity) + length / 2),
    whole: rows.map((row) => (row.whole ? row.mm : null)),
    part: rows.map((row) => (row.whole ? null : row.mm)),
    spans: rows.map((row) => [row.from, row.to]),
  };
}

/** The sum of what fell; none when nothing was measured, whatever the sum of nothing is. */
export function totalOf(rain: Rain): number | undefined {
  const values = (rain.amounts ?? []).flatMap(({ mm }) => mm ?? []);
  if (!values.length) return undefined;
  return rain.total ?? values.reduce((sum, value) => sum + value, 0);
}

/** The times of which nothing is known, in seconds; touching ones are one. */
export function missing(rain: Rain): [from: number, to: number][] {
  const spans = (rain.gaps ?? [])
    .map(({ from, to }): [number, number] => [seconds(from), seconds(to)])
    .filter(([from, to]) => to > from)
    .sort((a, b) => a[0] - b[0]);
  const joined: [number, number][] = [];
  for (const [from, to] of spans) {
    const last = joined.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

function seconds(time: string): number {
  return Date.parse(time) / 1000;
}
