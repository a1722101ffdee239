import type { Shape } from './status';

export const SEVERITIES = ['blue', 'yellow', 'orange', 'red'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Text { zh: string; en: string }

export interface Alert {
  id: number; rule: string; thing: string; kind: string; code: string; name: Text;
  state: 'raised' | 'acknowledged' | 'cleared'; severity: Severity; title: Text; advice: Text; words: Text;
  lon?: number; lat?: number; raised: string; escalated?: string; acknowledged?: string; acknowledged_by?: string; note?: string; cleared?: string;
}

/** A rule, and what it cannot judge. */
export interface AlertRule { id: string; enabled: boolean; title: Text; ahead_h: number; unable: { thing: string; code: string }[] | null }

/** What a rule cannot judge, by the reason. */
export function unableBy(rule: AlertRule): [code: string, things: string[]][] {
  const by: Record<string, string[]> = {};
  for (const { thing, code } of rule.unable ?? []) (by[code] ??= []).push(thing);
  return Object.entries(by).sort(([a], [b]) => a.localeCompare(b));
}

/** Each severity has its colour and a shape of its own. */
export const severityColor: Record<Severity, string> = { blue: '#1a5fb4', yellow: '#ffd23f', orange: '#e8730c', red: '#b3131b' };
export const severityShape: Record<Severity, Shape> = { blue: 'circle', yellow: 'up', orange: 'square', red: 'star' };

/** Who may acknowledge. */
export const ACK_ROLES = ['operator'];

/** When a warning got its severity. */
export function since(alert: Alert): string {
  return alert.escalated ?? alert.raised;
}

const rank = (alert: Alert): number => SEVERITIES.indexOf(alert.severity);

/** The worst first, and of those the newest. */
export function worstFirst(a: Alert, b: Alert): number {
  return rank(b) - rank(a) || Date.parse(since(b)) - Date.parse(since(a)) || b.id - a.id;
}

/** Warnings that are not over, by number; a plain value that is replaced, never changed. */
export type Held = ReadonlyMap<number, Alert>;
export const noAlerts: Held = new Map();

/** The same with newer versions in the place of older ones. */
export function applyAlerts(held: Held, updates: readonly Alert[]): Held {
  const next = new Map(held);
  for (const one of updates) {
    if (one.state === 'cleared') next.delete(one.id);
    else next.set(one.id, one);
  }
  return next;
}

/** What people should hear of: new, or worse than before; blue ones are only listed. */
export function worsened(held: Held, update: Alert): boolean {
  const before = held.get(update.id);
  return update.state === 'raised' && update.severity !== 'blue' && (!before || rank(update) > rank(before));
}
