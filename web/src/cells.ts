import type { State } from './types';

/** The rollup of one hour in one H3 cell, as the server tells it. */
export interface Cell {
  h3: string; bucket: string; datum?: string; count: number; min: number; max: number; sum: number; last: number;
  last_time: string;
}
export type CellFeature = GeoJSON.Feature<GeoJSON.Polygon, Cell>;
export interface CellCollection { type: 'FeatureCollection'; features: CellFeature[] }

export const HOUR = 3_600_000;
export const HOURS = 48;

/** Dark enough at its pale end to be seen on the map, and even in lightness for colour-blind readers. */
export const rampColors = ['#d9f0c6', '#9fdcb8', '#56bfc0', '#2d95bd', '#2767a8', '#1d3b80'] as const;

/** Classes of a value: colour at holds from breaks[at] up to breaks[at + 1]. */
export interface Ramp { breaks: number[]; colors: string[]; decimals: number }

/** As many steps of a round width as needed, at most one per colour, that hold every value. */
export function makeRamp(values: readonly number[]): Ramp | undefined {
  const finite = values.filter(Number.isFinite);
  if (!finite.length) return undefined;
  let low = Infinity;
  let high = -Infinity;
  for (const value of finite) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  let step = roundUp((high - low) / rampColors.length || Math.abs(high) / 100 || 1);
  let start = Math.floor(low / step + 1e-9);
  while (Math.ceil(high / step - 1e-9) - start > rampColors.length) {
    step = roundUp(step * 1.01);
    start = Math.floor(low / step + 1e-9);
  }
  const count = Math.max(1, Math.ceil(high / step - 1e-9) - start);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const breaks = Array.from({ length: count + 1 }, (_, at) => Number(((start + at) * step).toFixed(decimals)));
  const colors = breaks.slice(1).map((_, at) => rampColors[spread(at, count)] as string);
  return { breaks, colors, decimals };
}

/** Few classes still use both ends of the colours. */
function spread(at: number, count: number): number {
  return count === 1 ? 3 : Math.round((at * (rampColors.length - 1)) / (count - 1));
}

/** The next of 1, 2, 5, 10, … that is not less. */
function roundUp(width: number): number {
  const power = 10 ** Math.floor(Math.log10(width));
  const digit = [1, 2, 5].find((one) => one * power >= width * (1 - 1e-9));
  return digit ? digit * power : 10 * power;
}

export function colorOf(ramp: Ramp, value: number): string {
  let at = 0;
  while (at + 1 < ramp.colors.length && value >= (ramp.breaks[at + 1] as number)) at++;
  return ramp.colors[at] as string;
}

/** Coarse cells from afar, fine ones near by. */
export function resolutionFor(zoom: number | undefined): 7 | 8 | 9 {
  if (zoom === undefined || zoom < 10) return 7;
  return zoom < 12 ? 8 : 9;
}

/** Which number of a rollup is shown: amounts of rain add up, an hourly amount is its highest, all else is its last. */
export function statisticOf(property: string): 'sum' | 'max' | 'last' {
  if (property === 'rainfall' || property === 'rainfall_5min') return 'sum';
  return property === 'rainfall_hour' ? 'max' : 'last';
}

/** The datums that occur, the most frequent first; cells without one count as ''. */
export function datumsOf(cells: readonly CellFeature[]): string[] {
  const counts = new Map<string, number>();
  for (const { properties } of cells) counts.set(properties.datum ?? '', (counts.get(properties.datum ?? '') ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([datum]) => datum);
}

/** Cells of one datum by the start of their hour. */
export function byHour(cells: readonly CellFeature[], datum: string): Map<number, CellFeature[]> {
  const hours = new Map<number, CellFeature[]>();
  for (const cell of cells) {
    if ((cell.properties.datum ?? '') !== datum) continue;
    const hour = Date.parse(cell.properties.bucket);
    const held = hours.get(hour);
    if (held) held.push(cell);
    else hours.set(hour, [cell]);
  }
  return hours;
}

/** The last hours, the present one last. */
export function lastHours(now: number, count = HOURS): number[] {
  const present = Math.floor(now / HOUR) * HOUR;
  return Array.from({ length: count }, (_, at) => present - (count - 1 - at) * HOUR);
}

/** The properties that are measured anywhere, each with its unit; levels first. */
export function measured(states: Iterable<State>): Map<string, string> {
  const units = new Map<string, string>();
  for (const state of states) for (const { property, unit } of state.values ?? []) if (!units.has(property)) units.set(property, unit);
  return new Map([...units].sort(([a], [b]) => Number(b === 'level') - Number(a === 'level') || a.localeCompare(b)));
}
