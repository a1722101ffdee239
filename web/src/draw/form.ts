import { propertiesOf, typeOf, type Schema } from '../columns';
import type { Change, Feature, Past } from './features';
import type { Kind } from './sketch';

export type FieldType = 'text' | 'integer' | 'number' | 'boolean' | 'date' | 'date-time' | 'json';

/** A property as a form asks for it. */
export interface Field { name: string; title: string; type: FieldType; required: boolean; readOnly: boolean; minimum?: number; choices?: string[] }

/** What the form holds of each property: text, empty for none. */
export type Texts = Record<string, string>;

/** Why a text cannot be taken; the words are edit.bad.… */
export type Bad = 'required' | 'integer' | 'number' | 'minimum' | 'date-time' | 'json';

/** The fields of a layer, in its own order, without the geometry. */
export function fieldsOf(schema: Schema): Field[] {
  return propertiesOf(schema).map(([name, one]) => {
    const type = typeOf(one);
    return {
      name, title: one.description ?? one.title ?? '', type: type === 'string' ? 'text' : type, required: schema.required?.includes(name) ?? false,
      readOnly: one.readOnly ?? false, minimum: one.minimum, choices: one.enum?.map(String),
    };
  });
}

/** The sorts of geometry that a layer takes. */
export function kindsOf(schema: Schema): Kind[] {
  const format = Object.values(schema.properties ?? {}).find((one) => one['x-ogc-role'] === 'primary-geometry')?.format ?? '';
  const only = ([['point', /point/], ['line', /linestring/], ['polygon', /polygon/]] as [Kind, RegExp][]).filter(([, word]) => word.test(format)).map(([kind]) => kind);
  return only.length ? only : ['point', 'line', 'polygon'];
}

export function textOf(field: Field, value: unknown): string {
  if (value === null || value === undefined) return '';
  return field.type === 'json' ? JSON.stringify(value) : String(value);
}

export function textsOf(fields: readonly Field[], properties: Record<string, unknown>): Texts {
  return Object.fromEntries(fields.map((field) => [field.name, textOf(field, properties[field.name])]));
}

/** A whole number that a browser cannot hold must not pass through it. */
export function tooLong(field: Field, value: unknown): boolean {
  return field.type === 'integer' && typeof value === 'number' && !Number.isSafeInteger(value);
}

/** Reads what stands in a field; null for nothing. */
export function valueOf(field: Field, text: string): { value: unknown } | { bad: Bad } {
  const given = field.type === 'text' ? text : text.trim();
  if (given === '') return field.required ? { bad: 'required' } : { value: null };
  switch (field.type) {
    case 'integer':
    case 'number': {
      const value = Number(given);
      if (field.type === 'integer' && !(/^[+-]?\d+$/.test(given) && Number.isSafeInteger(value))) return { bad: 'integer' };
      if (!Number.isFinite(value)) return { bad: 'number' };
      return field.minimum !== undefined && value < field.minimum ? { bad: 'minimum' } : { value };
    }
    case 'boolean': return { value: given === 'true' };
    case 'date-time':
      return /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(given) && !Number.isNaN(Date.parse(given)) ? { value: normal(given) } : { bad: 'date-time' };
    case 'json':
      try {
        return { value: JSON.parse(given) as unknown };
      } catch {
        return { bad: 'json' };
      }
  }
  return { value: given };
}

/** A time as RFC 3339 has it, where its seconds were left out. */
function normal(time: string): string {
  return time.replace(' ', 'T').replace(/(T\d\d:\d\d)(?=Z|[+-])/, '$1:00');
}

/** What a form changes of properties, as a merge patch, and what of it cannot be taken. */
export function changed(fields: readonly Field[], before: Record<string, unknown>, texts: Texts): { properties: Record<string, unknown>; bad: Record<string, Bad> } {
  const properties: Record<string, unknown> = {};
  const bad: Record<string, Bad> = {};
  for (const field of fields) {
    const text = texts[field.name] ?? '';
    if (field.readOnly) continue;
    if (text === textOf(field, before[field.name]) && !(field.required && text === '')) continue;
    const read = valueOf(field, text);
    if ('bad' in read) bad[field.name] = read.bad;
    else properties[field.name] = field.type === 'json' ? patch(before[field.name], read.value) : read.value;
  }
  return { properties, bad };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The merge patch (RFC 7396) that makes one value another. */
export function patch(before: unknown, after: unknown): unknown {
  if (!isObject(before) || !isObject(after)) return after;
  const out: Record<string, unknown> = {};
  for (const name of Object.keys(before)) if (!(name in after)) out[name] = null;
  for (const [name, value] of Object.entries(after)) {
    if (!same(value, before[name])) out[name] = patch(before[name], value);
  }
  return out;
}

export function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a ?? null)) === JSON.stringify(sorted(b ?? null));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.keys(value).sort().map((name) => [name, sorted(value[name])]));
}

/** What two people did to one property, or to the geometry. */
export interface Clash { name: string; before: unknown; mine: unknown; theirs: unknown; both: boolean }

/** What another person changed since, beside what I want to change. */
export function clashes(fields: readonly Field[], before: Feature, theirs: Feature, mine: Change): Clash[] {
  const out: Clash[] = [];
  for (const { name } of fields) {
    const [was, is] = [before.properties[name], theirs.properties[name]];
    if (same(was, is)) continue;
    const wanted = mine.properties && name in mine.properties;
    out.push({ name, before: was, theirs: is, mine: wanted ? mine.properties?.[name] : was, both: !!wanted });
  }
  if (!same(before.geometry, theirs.geometry)) {
    out.push({ name: 'geometry', before: before.geometry, theirs: theirs.geometry, mine: mine.geometry ?? before.geometry, both: mine.geometry !== undefined });
  }
  return out;
}

/** A change of a feature with what it made of each property. */
export interface Step { past: Past; properties: { name: string; from: unknown; to: unknown }[]; geometry: boolean }

/** What each change did: what was before it beside what was before the next, or is now. Now is undefined where the feature is gone. */
export function steps(fields: readonly Field[], changes: readonly Past[], now: Omit<Feature, 'id'> | undefined): Step[] {
  return changes.map((past, i) => {
    const after = i === 0 ? now : (changes[i - 1]?.before ?? undefined);
    const whole = !past.before || !after;
    const properties = whole ? [] : fields
      .map(({ name }) => ({ name, from: past.before?.properties[name], to: after.properties[name] }))
      .filter(({ from, to }) => !same(from, to));
    return { past, properties, geometry: !whole && !same(past.before?.geometry, after.geometry) };
  });
}

/** The place that an error names, as the server writes it: POINT(120.1 32). */
export function namedPlace(place: unknown): [number, number] | undefined {
  const match = /^POINT\s*\((-?[\d.]+(?:e[+-]?\d+)?) (-?[\d.]+(?:e[+-]?\d+)?)\)$/i.exec(typeof place === 'string' ? place : '');
  return match ? [Number(match[1]), Number(match[2])] : undefined;
}
