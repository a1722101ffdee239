/** What the server tells of field stations and what they send. */

export interface Rtu {
  protocol: string; address: string; thing?: string; vendor?: string; profile?: string; created?: string; disabled?: string | boolean | null;
}

export interface Frame {
  id: string | number; received: string; protocol: string; channel?: string; peer?: string; address?: string; thing?: string;
  function?: string; bytes?: string | null; decoded?: unknown; verdict: string; reason?: string; readings?: number | unknown[] | null;
}

export interface Arrival {
  station: string; expected: number; arrived: number; arrival_rate?: number | null; timely_rate?: number | null;
  line_rate?: number | null;
}

export interface Waiting {
  protocol: string; address: string; peer?: string; first_seen: string; last_seen: string; frames: number;
}

/** The roles that see what field stations send; gateways see their own. */
export const FIELD_ROLES: readonly string[] = ['operator', 'system', 'audit', 'gateway'];
/** The roles that see which field stations are not registered yet. */
export const PENDING_ROLES: readonly string[] = ['operator', 'system'];

export type Tone = 'good' | 'bad' | 'wait' | 'plain';
const tones: Record<string, Tone> = { accepted: 'good', refused: 'bad', pending: 'wait' };

/** What colour a verdict has; the word stands beside it. */
export function toneOf(verdict: string): Tone {
  return tones[verdict] ?? 'plain';
}

/** Bytes in groups of two digits, sixteen to a row, each row with its offset. Takes hexadecimal or base64. */
export function hexRows(bytes: string | null | undefined): { offset: string; groups: string[] }[] {
  const pairs = (hexOf(bytes ?? '').match(/../g) ?? []).map((pair) => pair.toUpperCase());
  return Array.from({ length: Math.ceil(pairs.length / 16) }, (_, at) => ({
    offset: (at * 16).toString(16).padStart(4, '0').toUpperCase(),
    groups: [pairs.slice(at * 16, at * 16 + 8), pairs.slice(at * 16 + 8, at * 16 + 16)].filter((one) => one.length).map((one) => one.join(' ')),
  }));
}

function hexOf(text: string): string {
  const tight = text.replace(/^\\x|^0x|\s+/g, '');
  if (tight.length % 2 === 0 && /^[0-9a-f]*$/i.test(tight)) return tight;
  try {
    return Array.from(atob(tight), (one) => one.charCodeAt(0).toString(16).padStart(2, '0')).join('');
  } catch {
    return '';
  }
}

/** A rate as a percentage; the server tells it as a share of one. */
export function percent(rate: number | null | undefined): string {
  return rate === null || rate === undefined || !Number.isFinite(rate) ? '–' : `${(rate * 100).toFixed(1)}%`;
}

/** How many readings came of a frame. */
export function readingsOf(frame: Frame): number | undefined {
  return Array.isArray(frame.readings) ? frame.readings.length : (frame.readings ?? undefined);
}

/** The command that registers what waits; what only a person knows is left in angle brackets. */
export function addCommand(one: Waiting): string {
  return `basin station add --protocol ${quoted(one.protocol)} --address ${quoted(one.address)} --thing station:<code>`;
}

/** A word for a shell: what came over the wire must not become a command. */
function quoted(text: string): string {
  return /^[\w.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
