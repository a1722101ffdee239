import { expect, test } from 'vitest';
import type { Column } from '../src/columns';
import { format, gidFilter, kindOf, operatorsFor, parse, tileFilter, type Condition } from '../src/cql';

const of = (property: string, operator: Condition['operator'], kind: Condition['kind'], value = ''): Condition => ({ property, operator, kind, value });

test('comparisons are written in CQL2 and read back', () => {
  for (const [conditions, text] of [
    [[of('name_en', 'contains', 'text', 'River')], "name_en LIKE '%River%'"],
    [[of('code', 'begins', 'text', '50%_\\x')], "code LIKE '50\\%\\_\\\\x%'"],
    [[of('name', '=', 'text', "O'Neill")], "name = 'O''Neill'"],
    [[of('编 "号"', '<>', 'text', '甲')], '"编 ""号""" <> \'甲\''],
    [[of('date', '>=', 'date', '2026-07-18')], '"date" >= DATE(\'2026-07-18\')'],
    [[of('at', '<', 'time', '2026-07-18T08:00:00Z')], "at < TIMESTAMP('2026-07-18T08:00:00Z')"],
    [[of('width_m', '<=', 'number', '-2.5e3')], 'width_m <= -2.5e3'],
    [[of('key_works', '=', 'boolean', 'true'), of('rank', 'null', 'text'), of('side', 'given', 'text')], 'key_works = TRUE AND rank IS NULL AND side IS NOT NULL'],
  ] as [Condition[], string][]) {
    expect(format(conditions)).toBe(text);
    expect(parse(text), text).toEqual(conditions);
  }
  expect(parse("rank='county' and  width_m>3 ")).toEqual([of('rank', '=', 'text', 'county'), of('width_m', '>', 'number', '3')]);
});

test('what is more than comparisons is left to be typed', () => {
  for (const text of ['', 'a', 'a =', "a = 'x' AND", "a = 'x' OR b = 1", "NOT a = 'x'", "a LIKE 'x'", "a LIKE '%x_y%'", 'a IN (1, 2)', '1 = a', 'a = b', "a = 'x' b = 1", "AND = 'x'",
    'length(geom) > 5', "s_intersects(geom, BBOX(1,2,3,4))", "a = 'it\\''s'", "a = 'x", 'a BETWEEN 1 AND 2', "a = DATE 'x'"]) expect(parse(text), text).toBeUndefined();
});

const columns: Column[] = [
  { name: 'name', type: 'string', says: '' }, { name: 'width', type: 'number', says: '' }, { name: 'count', type: 'integer', says: '' },
  { name: 'open', type: 'boolean', says: '' }, { name: 'laid', type: 'date', says: '' }, { name: 'at', type: 'date-time', says: '' }, { name: 'list', type: 'json', says: '' },
];

test('tiles answer what they tell for certain', () => {
  const certain = (...conditions: Condition[]) => tileFilter(conditions, columns) !== undefined;
  expect(certain(of('name', '=', 'text', 'x'), of('width', '<', 'number', '2'), of('count', '<>', 'number', '2'))).toBe(true);
  expect(certain(of('open', '=', 'boolean', 'true'), of('laid', '>=', 'date', '2026-01-01'), of('width', 'null', 'text'), of('open', 'given', 'text'))).toBe(true);
  expect(tileFilter([of('width', '<>', 'number', '2')], columns)).toEqual(['all', ['all', ['==', ['typeof', ['get', 'width']], 'number'], ['!=', ['get', 'width'], 2]]]);
});

test('tiles are not asked what they may lack: long texts, instants, other kinds, unknown properties', () => {
  for (const condition of [of('name', '<>', 'text', 'x'), of('name', 'contains', 'text', 'x'), of('name', 'null', 'text'), of('name', '=', 'text', 'x'.repeat(257)), of('name', '<', 'text', 'x'),
    of('at', '<', 'time', '2026-07-18T08:00:00Z'), of('at', '<', 'date', '2026-07-18'), of('width', '=', 'text', '2'), of('list', 'null', 'text'), of('laid', '<', 'date', '10000-01-01'), of('nothing', 'null', 'text')]) {
    expect(tileFilter([condition], columns), JSON.stringify(condition)).toBeUndefined();
  }
});

test('features by their numbers, and the comparisons of each kind', () => {
  expect(gidFilter([3, 1, 3])).toEqual(['match', ['id'], [3, 1], true, false]);
  expect(gidFilter([])).toEqual(['boolean', false]);
  expect(kindOf('integer')).toBe('number');
  expect(operatorsFor('text')).toContain('contains');
  expect(operatorsFor('number')).not.toContain('contains');
});
