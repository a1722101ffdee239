import type { ExpressionSpecification } from 'maplibre-gl';
import type { Column, ColumnType } from './columns';

/** How the picker compares a property with a value; the last two need none. */
export const OPERATORS = ['=', '<>', '<', '<=', '>', '>=', 'contains', 'begins', 'given', 'null'] as const;
export type Operator = (typeof OPERATORS)[number];
export type Kind = 'text' | 'number' | 'boolean' | 'date' | 'time';

/** One comparison as the picker shows it: the value as it is typed, whatever its kind. */
export interface Condition { property: string; operator: Operator; kind: Kind; value: string }

export function kindOf(type: ColumnType): Kind {
  if (type === 'integer' || type === 'number') return 'number';
  if (type === 'boolean' || type === 'date') return type;
  return type === 'date-time' ? 'time' : 'text';
}

/** The comparisons that mean something for a kind of value. */
export function operatorsFor(kind: Kind): Operator[] {
  if (kind === 'boolean') return ['=', 'given', 'null'];
  if (kind === 'text') return ['=', '<>', 'contains', 'begins', 'given', 'null'];
  return ['=', '<>', '<', '<=', '>', '>=', 'given', 'null'];
}

/** The words of CQL2 that cannot stand bare as the name of a property. */
const reserved = new Set(['and', 'or', 'not', 'like', 'between', 'in', 'is', 'null', 'true', 'false', 'div', 'casei', 'accenti', 'date', 'timestamp', 'interval', 'bbox',
  'point', 'linestring', 'polygon', 'multipoint', 'multilinestring', 'multipolygon', 'geometrycollection']);

/** Writes comparisons, all of which must hold, in the text form of CQL2. */
export function format(conditions: readonly Condition[]): string {
  return conditions.map(one).join(' AND ');
}

function one({ property, operator, kind, value }: Condition): string {
  const name = /^[a-z_]\w*$/i.test(property) && !reserved.has(property.toLowerCase()) ? property : `"${property.replaceAll('"', '""')}"`;
  if (operator === 'null') return `${name} IS NULL`;
  if (operator === 'given') return `${name} IS NOT NULL`;
  if (operator === 'contains') return `${name} LIKE ${quote(`%${escape(value)}%`)}`;
  if (operator === 'begins') return `${name} LIKE ${quote(`${escape(value)}%`)}`;
  if (kind === 'number') return `${name} ${operator} ${value.trim()}`;
  if (kind === 'boolean') return `${name} ${operator} ${value.toUpperCase()}`;
  if (kind === 'date') return `${name} ${operator} DATE('${value}')`;
  if (kind === 'time') return `${name} ${operator} TIMESTAMP('${value}')`;
  return `${name} ${operator} ${quote(value)}`;
}

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const escape = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

const token = /\s*(?:("(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_]*)|('(?:[^']|'')*')|(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)|(<>|<=|>=|[=<>()]))/iuy;

/** Reads what format writes; undefined for any other filter, which may be right all the same. */
export function parse(text: string): Condition[] | undefined {
  const tokens: string[] = [];
  const rest = text.trimEnd();
  token.lastIndex = 0;
  while (token.lastIndex < rest.length) {
    const found = token.exec(rest);
    if (!found) return undefined;
    tokens.push(found[0].trim());
  }
  const out: Condition[] = [];
  for (;;) {
    const condition = take(tokens);
    if (!condition) return undefined;
    out.push(condition);
    const joint = tokens.shift();
    if (joint === undefined) return out;
    if (joint.toUpperCase() !== 'AND') return undefined;
  }
}

/** Takes one comparison off the front. */
function take(tokens: string[]): Condition | undefined {
  const name = tokens.shift() ?? '';
  const bare = /^[\p{L}_]/u.test(name);
  if (!name.startsWith('"') && (!bare || reserved.has(name.toLowerCase()))) return undefined;
  const property = bare ? name : name.slice(1, -1).replaceAll('""', '"');
  const next = tokens.shift()?.toUpperCase() ?? '';
  if (next === 'IS') {
    const not = tokens[0]?.toUpperCase() === 'NOT' && tokens.shift();
    return tokens.shift()?.toUpperCase() === 'NULL' ? { property, operator: not ? 'given' : 'null', kind: 'text', value: '' } : undefined;
  }
  if (next === 'LIKE') return like(property, tokens.shift() ?? '');
  const operator = OPERATORS.find((each) => each === next);
  const value = operator && literal(tokens);
  return value && { property, operator, ...value };
}

function like(property: string, literal: string): Condition | undefined {
  if (!literal.startsWith("'")) return undefined;
  const pattern = unquote(literal);
  const found = /^(%?)((?:[^\\%_]|\\[\\%_])*)%$/.exec(pattern);
  return found ? { property, operator: found[1] ? 'contains' : 'begins', kind: 'text', value: (found[2] ?? '').replace(/\\(.)/g, '$1') } : undefined;
}

const unquote = (text: string): string => text.slice(1, -1).replaceAll("''", "'");

function literal(tokens: string[]): { kind: Kind; value: string } | undefined {
  const first = tokens.shift() ?? '';
  if (first.startsWith("'")) return first.includes("\\'") ? undefined : { kind: 'text', value: unquote(first) };
  if (/^-?\d/.test(first)) return { kind: 'number', value: first };
  const word = first.toUpperCase();
  if (word === 'TRUE' || word === 'FALSE') return { kind: 'boolean', value: word.toLowerCase() };
  if (word !== 'DATE' && word !== 'TIMESTAMP') return undefined;
  const [open, value, close] = tokens.splice(0, 3);
  return open === '(' && close === ')' && value?.startsWith("'") ? { kind: word === 'DATE' ? 'date' : 'time', value: unquote(value) } : undefined;
}

/** Longer texts are not in tiles (tiles/store.go), so that there they cannot be told from texts that are not given. */
const longest = 256;

/**
 * The comparisons as a filter of the map over attributes in tiles; undefined where tiles do not tell for certain what the server would say. What is not given
 * fulfils no comparison, as in SQL.
 */
export function tileFilter(conditions: readonly Condition[], columns: readonly Column[]): ExpressionSpecification | undefined {
  const parts: ExpressionSpecification[] = [];
  for (const { property, operator, kind, value } of conditions) {
    const type = columns.find((column) => column.name === property)?.type;
    const own = type && type !== 'json' ? kindOf(type) : undefined;
    const get: ExpressionSpecification = ['get', property];
    if (operator === 'null' || operator === 'given') {
      if (!own || own === 'text') return undefined;
      parts.push([operator === 'null' ? '==' : '!=', get, null]);
      continue;
    }
    if (own !== kind) return undefined;
    const certain = kind === 'boolean' ? operator === '=' : kind === 'text' ? operator === '=' && [...value].length <= longest : kind === 'number' || kind === 'date';
    if (!certain || (kind === 'date' && !/^\d{4}-\d\d-\d\d$/.test(value))) return undefined;
    const wanted = kind === 'number' ? Number(value) : kind === 'boolean' ? value === 'true' : value;
    const sign = operator === '=' ? '==' : operator === '<>' ? '!=' : operator;
    const compared = [sign, get, wanted] as unknown as ExpressionSpecification;
    parts.push(['all', ['==', ['typeof', get], kind === 'number' ? 'number' : kind === 'boolean' ? 'boolean' : 'string'], compared]);
  }
  return ['all', ...parts];
}

/** A filter of the map that lets these features through and no others. */
export function gidFilter(gids: readonly number[]): ExpressionSpecification {
  return gids.length ? (['match', ['id'], [...new Set(gids)], true, false] as unknown as ExpressionSpecification) : (['boolean', false] as ExpressionSpecification);
}
