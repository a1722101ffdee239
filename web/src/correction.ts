/** Corrections of periods: all readings between two times shifted by the same amount. */

/** A correction as it was made; undone is absent while it stands. */
export interface Correction {
  id: string; datastream: string; from: string; to: string; shift: number; unit: string; readings: number; reason: string;
  by: string; by_name: string; applied: string; undone?: string | null; undone_by?: string; undone_name?: string;
}

/** The roles that see what was corrected. */
export const CORRECTION_ROLES: readonly string[] = ['operator', 'system', 'audit'];
/** The roles that may undo it. */
export const UNDO_ROLES: readonly string[] = ['operator', 'system'];

/** A shift with its sign, never rounded to nothing. */
export function signed(shift: number, unit: string): string {
  const digits = Number(Math.abs(shift).toFixed(6)).toString();
  return `${shift < 0 ? '−' : '+'}${digits}${unit === '1' || !unit ? '' : ` ${unit}`}`;
}
