import type { Series } from './history';
import type { State, StateFeature } from './types';
import type { States } from './states';

/** What the server says of a thing in a forecast: values at equal intervals with the ends of their spread. */
export interface Ahead {
  thing: string; quantity: string; unit: string; datum?: string; first: string; interval_s: number;
  values: number[]; low: number[]; high: number[];
}
export interface Assumption { code: string; text: { zh?: string; en?: string }; count: number; things?: string[] }
export interface ForecastSeries { run: number; from: string; assumed: Assumption[] | null; series: Ahead[] | null }
export interface AheadState { gid: number; kind: string; level?: number; low?: number; high?: number; datum?: string; status: State['status']['level'] }
export interface ForecastAt { run: number; time: string; things: Record<string, AheadState> }
/** How past forecasts of a station fared at a lead; hits, false alarms and misses of its warning level. */
export interface Skill { lead_h: number; count: number; bias: number; rmse: number; hits: number; false_alarms: number; misses: number }
export interface Forecast { id: number; state: string; from: string; until: string }

/** Columns of a hydrograph: what was observed, then what is forecast. */
export interface Joined extends Series { low: (number | null)[]; high: (number | null)[]; ahead: (number | null)[] }

/** Puts a forecast beside what was observed, on one axis of time. */
export function join(observed: Series, ahead: Ahead | undefined): Joined {
  const rows = new Map<number, { last: number | null; min: number | null; max: number | null; low: number | null; high: number | null; ahead: number | null }>();
  const row = (time: number) => {
    const there = rows.get(time) ?? { last: null, min: null, max: null, low: null, high: null, ahead: null };
    rows.set(time, there);
    return there;
  };
  observed.time.forEach((time, i) => Object.assign(row(time), { last: observed.last[i] ?? null, min: observed.min[i] ?? null, max: observed.max[i] ?? null }));
  const first = ahead ? Date.parse(ahead.first) / 1000 : NaN;
  if (ahead && Number.isFinite(first)) {
    ahead.values.forEach((value, i) =>
      Object.assign(row(first + i * ahead.interval_s), { ahead: value, low: ahead.low[i] ?? value, high: ahead.high[i] ?? value }));
  }
  const time = [...rows.keys()].sort((a, b) => a - b);
  const column = (name: 'last' | 'min' | 'max' | 'low' | 'high' | 'ahead') => time.map((at) => rows.get(at)?.[name] ?? null);
  return { time, last: column('last'), min: column('min'), max: column('max'), low: column('low'), high: column('high'), ahead: column('ahead') };
}

/** Whether a forecast may be drawn beside a datastream: of the same quantity, and above the same datum. */
export function drawable(ahead: Ahead | undefined, datastream: { datum?: string; unit: string }): boolean {
  return !!ahead && ahead.unit === datastream.unit && (ahead.datum ?? '') === (datastream.datum ?? '');
}

/** Whether there may be a forecast of what a datastream observes. */
export function foreseen(datastream: { property: string; role?: string; number?: number | null }): boolean {
  return ['level', 'discharge'].includes(datastream.property) && !datastream.role && !datastream.number;
}

/** The last instant of a forecast, in milliseconds. */
export function ends(ahead: Ahead): number {
  return Date.parse(ahead.first) + (ahead.values.length - 1) * ahead.interval_s * 1000;
}

/** The highest value of a forecast with its spread, and when. */
export function peak(ahead: Ahead): { value: number; low: number; high: number; time: number } | undefined {
  const at = ahead.values.reduce((best, value, i) => (value > (ahead.values[best] ?? -Infinity) ? i : best), 0);
  const value = ahead.values[at];
  if (value === undefined) return undefined;
  return { value, low: ahead.low[at] ?? value, high: ahead.high[at] ?? value, time: Date.parse(ahead.first) + at * ahead.interval_s * 1000 };
}

/** The states of the page as a forecast has them: what it says nothing of is unknown. */
export function aheadStates(present: States, forecast: ForecastAt): States {
  const out = new Map<string, StateFeature>();
  for (const [id, feature] of present) {
    const said = forecast.things[id];
    const value = said?.level === undefined ? [] : [{ datastream: '', property: 'level', value: said.level, unit: 'm', datum: said.datum, time: forecast.time }];
    out.set(id, { ...feature, properties: { ...feature.properties, at: forecast.time, status: { level: said?.status ?? 'unknown', data: 'fresh', because: [] }, values: value } });
  }
  return out;
}

/** A step of the slider: quarters of an hour from a day ago to the horizon. */
export const sliderStep = 15 * 60_000;
export function sliderSpan(now: number, until: number | undefined): { from: number; to: number } {
  const at = Math.floor(now / sliderStep) * sliderStep;
  return { from: at - 86_400_000, to: Math.max(at, until === undefined ? at : Math.floor(until / sliderStep) * sliderStep) };
}
