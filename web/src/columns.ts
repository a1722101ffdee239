import { known, word } from './i18n';
import type { Lang } from './types';

export type ColumnType = 'string' | 'integer' | 'number' | 'boolean' | 'date' | 'date-time' | 'json';

/** A property of a layer's features. */
export interface Column {
  name: string;
  type: ColumnType;
  /** What the server says of it. */
  says: string;
  /** The values that it may have, where the schema lists them. */
  values?: string[];
}

interface Property {
  type?: string | string[]; format?: string; title?: string; description?: string; enum?: unknown[]; minimum?: number; readOnly?: boolean;
  'x-ogc-propertySeq'?: number; 'x-ogc-role'?: string;
}
export interface Schema { properties?: Record<string, Property>; required?: string[] }

/** The properties that a JSON Schema of a layer tells, in the layer's own order, without the geometry. */
export function propertiesOf(schema: Schema): [string, Property][] {
  return Object.entries(schema.properties ?? {})
    .filter(([, one]) => one['x-ogc-role'] !== 'primary-geometry')
    .sort(([, a], [, b]) => (a['x-ogc-propertySeq'] ?? Infinity) - (b['x-ogc-propertySeq'] ?? Infinity));
}

/** Its properties as columns. */
export function columnsOf(schema: Schema): Column[] {
  return propertiesOf(schema).map(([name, property]) => ({
    name, type: typeOf(property), says: property.description ?? property.title ?? '',
    ...(property.enum ? { values: property.enum.map(String) } : {}),
  }));
}

export function typeOf({ type, format }: Property): ColumnType {
  if (type === 'string') return format === 'date' || format === 'date-time' ? format : 'string';
  return type === 'integer' || type === 'number' || type === 'boolean' ? type : 'json';
}

/** What a column is called: our word for it, with its unit. A column of a user's file, of which nothing is said but its name, keeps that. */
export function columnTitle(lang: Lang, column: Column): string {
  return known('attribute', column.name) && column.says !== column.name ? word(lang, 'attribute', column.name) : column.name;
}

/** Columns that say little in a table: they are there when asked for. */
const minor = new Set(['id', 'kind', 'name_pinyin', 'dataset', 'source', 'source_index', 'accuracy_m', 'geometry_status']);

/** The columns that a table begins with. */
export function chosenColumns(columns: readonly Column[], lang: Lang): string[] {
  const [name, other] = lang === 'zh' ? ['name_zh', 'name_en'] : ['name_en', 'name_zh'];
  const names = columns.map((column) => column.name);
  return names.filter((one) => !minor.has(one) && !(one === other && names.includes(name as string)));
}

/** A value as a table shows it. */
export function cellText(lang: Lang, column: Column, value: unknown, yes: string, no: string): string {
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'boolean') return value ? yes : no;
  if (typeof value === 'object') return JSON.stringify(value);
  if (column.name === 'geometry_status') return word(lang, 'geometry', String(value));
  return String(value);
}

/** Rows in the order of a column: numbers by size, texts as the language sorts them, what is not given last whichever way. */
export function sorted<T extends { properties: Record<string, unknown> | null }>(rows: readonly T[], column: string, descending: boolean, lang: Lang): T[] {
  const collator = new Intl.Collator(lang === 'zh' ? 'zh-CN' : 'en', { numeric: true });
  const absent = (value: unknown): boolean => value === null || value === undefined || value === '';
  const key = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));
  return rows.toSorted((left, right) => {
    const [a, b] = [left.properties?.[column], right.properties?.[column]];
    if (absent(a) || absent(b)) return Number(absent(a)) - Number(absent(b));
    const order = typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(key(a), key(b));
    return descending ? -order : order;
  });
}
