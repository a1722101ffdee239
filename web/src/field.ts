/** What the server tells of field stations and what they send. */

/** A field station as it is registered: the address that a protocol knows it under. */
export interface Rtu {
  protocol: string; address: string; thing: string; station: string; vendor?: string; secured?: boolean;
  profile?: { zone?: string; elements?: Record<string, string> | null; quirks?: string[] | null } | null;
  created: string; disabled?: string | null; last?: string | null;
  line?: { channel: string; peer: string; since: string } | null;
}

/** What came over the wire, and what became of it; bytes are in hexadecimal. */
export interface Frame {
  id: number; received: string; protocol: string; channel?: string; peer?: string; address?: string; thing?: string;
  function?: string; bytes?: string; decoded?: unknown; verdict: string; reason?: string; readings?: number;
}

/** How a station's readings of a month arrived; a rate is a share of one, absent where there is nothing to share. */
export interface Arrival {
  thing: string; station: string; expected: number; arrived: number; arrival_rate?: number; timely_rate?: number; line_rate?: number;
}

/** An address that sends frames but is not registered. */
export interface Waiting { protocol: string; address: string; peer: string; first: string; last: string; frames: number }

/** The roles that see what field stations send; gateways and vendors see their own. */
export const FIELD_ROLES: readonly string[] = ['operator', 'system', 'audit', 'gateway', 'vendor'];
/** The roles that see which field stations are not registered yet. */
export const PENDING_ROLES: readonly string[] = ['operator', 'system'];

export type Tone = 'good' | 'bad' | 'wait' | 'plain';
const tones: Record<string, Tone> = { accepted: 'good', refused: 'bad', pending: 'wait' };

/** What colour a verdict has; the word stands beside it. */
export function toneOf(verdict: string): Tone {
  return tones[verdict] ?? 'plain';
}

/** Bytes in groups of eight, sixteen to a row, each row with its offset. */
export function hexRows(bytes: string | null | undefined): { offset: string; groups: string[] }[] {
  const pairs = ((bytes ?? '').replace(/\s+/g, '').match(/[0-9a-f]{2}/gi) ?? []).map((pair) => pair.toUpperCase());
  return Array.from({ length: Math.ceil(pairs.length / 16) }, (_, at) => ({
    offset: (at * 16).toString(16).padStart(4, '0').toUpperCase(),
    groups: [pairs.slice(at * 16, at * 16 + 8), pairs.slice(at * 16 + 8, at * 16 + 16)].filter((one) => one.length).map((one) => one.join(' ')),
  }));
}

/** A rate as a percentage; the server tells it as a share of one. */
export function percent(rate: number | null | undefined): string {
  return rate === null || rate === undefined || !Number.isFinite(rate) ? '–' : `${(rate * 100).toFixed(1)}%`;
}

/** What a field station does otherwise than its protocol says. */
export function profileOf(rtu: Rtu): string[] {
  const { zone, elements, quirks } = rtu.profile ?? {};
  return [...(zone ? [zone] : []), ...Object.entries(elements ?? {}).map(([element, meaning]) => `${element}=${meaning}`), ...(quirks ?? [])];
}

/** The command that registers what waits; what only a person knows is left in angle brackets. */
export function addCommand(one: Waiting): string {
  return `basin station add --protocol ${quoted(one.protocol)} --address ${quoted(one.address)} --station <code>`;
}

/** A word for a shell: what came over the wire must not become a command. */
function quoted(text: string): string {
  return /^[\w.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
