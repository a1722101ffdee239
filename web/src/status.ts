import { DATA, LEVELS, type Data, type Level, type State, type Status } from './types';

/** Colours that stay apart for colour-blind readers; each level has a shape of its own as well. */
export const levelColor: Record<Level, string> = {
  unknown: '#8c8c8c',
  no_threshold: '#51606f',
  normal: '#0072b2',
  low: '#8a6100',
  rising: '#1a9e96',
  warning: '#e69f00',
  guaranteed: '#d1440c',
  record: '#a0116b',
};

export type Shape = 'question' | 'ring' | 'circle' | 'down' | 'up' | 'diamond' | 'square' | 'star';

export const levelShape: Record<Level, Shape> = {
  unknown: 'question',
  no_threshold: 'ring',
  normal: 'circle',
  low: 'down',
  rising: 'up',
  warning: 'diamond',
  guaranteed: 'square',
  record: 'star',
};

/** The place of a level in the order of severity; what we do not know counts as unknown. */
export function severity(level: string | undefined): number {
  return Math.max(0, LEVELS.indexOf(level as Level));
}

export function levelOf(status: Partial<Status> | undefined): Level {
  return LEVELS[severity(status?.level)] as Level;
}

export function dataOf(status: Partial<Status> | undefined): Data {
  return DATA[Math.max(0, DATA.indexOf(status?.data as Data))] as Data;
}

/** Whether people should hear of it. */
export function alarming(level: string | undefined): boolean {
  return severity(level) >= severity('warning');
}

/** Most severe first; then trouble with the data; then by name. */
export function bySeverity(a: State, b: State): number {
  return (
    severity(b.status?.level) - severity(a.status?.level) ||
    DATA.indexOf(dataOf(b.status)) - DATA.indexOf(dataOf(a.status)) ||
    kindRank(a.kind) - kindRank(b.kind) ||
    (a.name?.zh ?? a.code).localeCompare(b.name?.zh ?? b.code, 'zh')
  );
}

const kinds = ['river', 'station', 'work', 'reach'];
function kindRank(kind: string): number {
  const at = kinds.indexOf(kind);
  return at < 0 ? kinds.length : at;
}
