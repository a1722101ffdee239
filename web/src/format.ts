import { say, word } from './i18n';
import type { Because, Lang, Threshold, Value } from './types';

/** UCUM codes as people write them. */
const units: Record<string, string> = { '1': '', 'm3/s': 'm³/s', Cel: '°C', 'm2': 'm²', 'm3': 'm³' };
const decimals: Record<string, number> = { m: 2, 'm3/s': 1, mm: 1, '1': 0, Cel: 1, 'm/s': 2, 'mg/L': 0 };

export function quantity(value: number | null | undefined, unit = ''): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const shown = units[unit] ?? unit;
  const number = value.toFixed(decimals[unit] ?? 2);
  return shown ? `${number} ${shown}` : number;
}

/** Seconds in the coarsest unit that says something. */
export function age(lang: Lang, seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return '–';
  if (seconds < 60) return say(lang, 'age.now');
  if (seconds < 3600) return say(lang, 'age.minutes', { n: Math.floor(seconds / 60) });
  if (seconds < 48 * 3600) return say(lang, 'age.hours', { n: Math.floor(seconds / 3600) });
  return say(lang, 'age.days', { n: Math.floor(seconds / 86400) });
}

export function ago(lang: Lang, seconds: number | null | undefined): string {
  const text = age(lang, seconds);
  return seconds !== null && seconds !== undefined && seconds >= 60 ? say(lang, 'age.ago', { age: text }) : text;
}

/** Age now of something that happened then. */
export function secondsSince(time: string | undefined, now: number): number | undefined {
  if (!time) return undefined;
  const then = Date.parse(time);
  return Number.isNaN(then) ? undefined : Math.max(0, (now - then) / 1000);
}

/** A moment in the region's own time. */
export function moment(lang: Lang, time: string | number | Date | undefined, timezone?: string): string {
  if (time === undefined) return '–';
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return '–';
  return new Intl.DateTimeFormat(lang === 'zh' ? 'zh-CN' : 'en-GB', {
    month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hour12: false, timeZone: timezone,
    ...(Math.abs(Date.now() - date.getTime()) > 180 * 86400e3 ? { year: 'numeric' } : {}),
  }).format(date);
}

export function clock(lang: Lang, time: number, timezone?: string): string {
  return new Intl.DateTimeFormat(lang === 'zh' ? 'zh-CN' : 'en-GB', { timeStyle: 'medium', hour12: false, timeZone: timezone }).format(time);
}

/** What a value is of: property, side and number. */
export function propertyName(lang: Lang, value: { property: string; role?: string; number?: number | null }): string {
  const parts = [word(lang, 'property', value.property), word(lang, 'role', value.role)];
  if (value.number !== null && value.number !== undefined && value.number > 0) parts.push(`#${value.number}`);
  return parts.filter(Boolean).join(lang === 'zh' ? '·' : ', ');
}

/** The value a map label shows: the first level with a number, else the first number. */
export function chief(values: readonly Value[] | null | undefined): Value | undefined {
  const numbers = (values ?? []).filter((value) => value.value !== null && value.value !== undefined);
  return numbers.find((value) => value.property === 'level') ?? numbers[0];
}

export function label(lang: Lang, values: readonly Value[] | null | undefined, now: number): string {
  const value = chief(values);
  if (!value) return '';
  return `${quantity(value.value, value.unit)} · ${age(lang, secondsSince(value.time, now) ?? value.age_s)}`;
}

/** One reason of a status, as a sentence. */
export function reason(lang: Lang, because: Because, property: string | undefined, timezone?: string): string {
  const datum = word(lang, 'datum', because.datum);
  const withDatum = (number: number | null | undefined): string =>
    number === null || number === undefined
      ? ''
      : quantity(number, because.unit) + (datum ? (lang === 'zh' ? `（${datum}）` : ` (${datum})`) : '');
  const key = `because.${because.code}`;
  const text = word(lang, 'because', because.code);
  if (text === because.code) return because.code;
  return say(lang, key as Parameters<typeof say>[1], {
    what: property ? word(lang, 'property', property) : word(lang, 'property', 'level'),
    value: withDatum(because.value),
    limit: quantity(because.limit, because.unit),
    threshold: word(lang, 'threshold', because.threshold),
    rate: quantity(because.rate_per_h, because.unit),
    time: moment(lang, because.time, timezone),
  });
}

/** The calendar day somewhere, as YYYY-MM-DD. */
export function localDay(time: number, timezone?: string): string {
  return new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeZone: timezone }).format(time);
}

/** Whether a threshold is in force on a day (YYYY-MM-DD): its years and its season of the year. */
export function inForce(threshold: Threshold, date: string): boolean {
  if (threshold.valid_from && date < threshold.valid_from.slice(0, 10)) return false;
  if (threshold.valid_to && date >= threshold.valid_to.slice(0, 10)) return false;
  const { season_from: from, season_to: to } = threshold;
  if (!from || !to) return true;
  const today = Number(date.slice(5, 7)) * 100 + Number(date.slice(8, 10));
  return from <= to ? today >= from && today <= to : today >= from || today <= to;
}

