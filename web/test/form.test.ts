import { expect, test } from 'vitest';
import type { Schema } from '../src/columns';
import { csv } from '../src/draw/csv';
import type { Feature, Past } from '../src/draw/features';
import { changed, clashes, fieldsOf, kindsOf, namedPlace, patch, steps, textsOf, tooLong, valueOf, type Field } from '../src/draw/form';

const schema: Schema = {
  required: ['name'],
  properties: {
    geometry: { format: 'geometry-polygon-or-multipolygon', 'x-ogc-role': 'primary-geometry' },
    size: { type: 'number', minimum: 0, 'x-ogc-propertySeq': 3 }, code: { type: 'string', readOnly: true, 'x-ogc-propertySeq': 1 },
    name: { type: 'string', 'x-ogc-propertySeq': 2 }, n: { type: 'integer', 'x-ogc-propertySeq': 4 }, open: { type: 'boolean', 'x-ogc-propertySeq': 5 },
    day: { type: 'string', format: 'date', 'x-ogc-propertySeq': 6 }, seen: { type: 'string', format: 'date-time', 'x-ogc-propertySeq': 7 },
    status: { type: 'string', enum: ['surveyed', 'unknown'], 'x-ogc-propertySeq': 8 }, tags: { type: ['object', 'array', 'null'], 'x-ogc-propertySeq': 9 },
  },
};
const fields = fieldsOf(schema);
const field = (name: string): Field => fields.find((one) => one.name === name) as Field;
const before = { code: 'a', name: '甲', size: 1.5, n: 3, open: true, day: '2026-07-18', seen: null, status: 'unknown', tags: { x: 1, y: { z: 2 } } };

test('the form follows the schema', () => {
  expect(fields.map((one) => [one.name, one.type])).toEqual([['code', 'text'], ['name', 'text'], ['size', 'number'], ['n', 'integer'], ['open', 'boolean'],
    ['day', 'date'], ['seen', 'date-time'], ['status', 'text'], ['tags', 'json']]);
  expect([field('code').readOnly, field('name').required, field('size').minimum, field('status').choices]).toEqual([true, true, 0, ['surveyed', 'unknown']]);
  expect(kindsOf(schema)).toEqual(['polygon']);
  expect(kindsOf({ properties: { geometry: { format: 'geometry-any', 'x-ogc-role': 'primary-geometry' } } })).toEqual(['point', 'line', 'polygon']);
  expect(kindsOf({ properties: { geometry: { format: 'geometry-point-or-multipoint', 'x-ogc-role': 'primary-geometry' } } })).toEqual(['point']);
});

test('only what was changed is sent', () => {
  const texts = textsOf(fields, before);
  expect(changed(fields, before, texts)).toEqual({ properties: {}, bad: {} });
  expect(changed(fields, before, { ...texts, name: '乙', size: '', n: '4', open: 'false', tags: '{"x":1,"w":null}', code: 'never' })).toEqual({
    properties: { name: '乙', size: null, n: 4, open: false, tags: { y: null } }, bad: {},
  });
  expect(changed(fields, {}, textsOf(fields, {})).bad).toEqual({ name: 'required' });
});

test('what cannot be taken is said at its field', () => {
  const why = (name: string, text: string): unknown => valueOf(field(name), text);
  for (const text of ['1.5', 'x', '9007199254740993', '1e3']) expect(why('n', text), text).toEqual({ bad: 'integer' });
  for (const text of ['1,5', 'NaN', 'Infinity']) expect(why('size', text), text).toEqual({ bad: 'number' });
  expect(why('size', '-1')).toEqual({ bad: 'minimum' });
  for (const text of ['2026-07-18', '2026-07-18T08:00', '2026-13-18T08:00:00Z']) expect(why('seen', text), text).toEqual({ bad: 'date-time' });
  expect(why('seen', '2026-07-18 08:00+08:00')).toEqual({ value: '2026-07-18T08:00:00+08:00' });
  expect(why('tags', '{')).toEqual({ bad: 'json' });
  expect(why('name', ' ')).toEqual({ value: ' ' });
  expect(tooLong(field('n'), 2 ** 53)).toBe(true);
  expect(tooLong(field('n'), 3)).toBe(false);
});

test('a merge patch makes one value the other', () => {
  expect(patch({ a: 1, b: { c: 2, d: 3 } }, { a: 1, b: { c: 4 } })).toEqual({ b: { c: 4, d: null } });
  expect(patch([1], { a: 1 })).toEqual({ a: 1 });
});

const feature = (properties: Record<string, unknown>, x = 1): Feature => ({ type: 'Feature', id: 1, geometry: { type: 'Point', coordinates: [x, 2] }, properties });

test('what another changed stands beside what I want', () => {
  const theirs = feature({ ...before, name: '丙', n: 9 }, 5);
  expect(clashes(fields, feature(before), theirs, { properties: { name: '乙', open: false } })).toEqual([
    { name: 'name', before: '甲', theirs: '丙', mine: '乙', both: true },
    { name: 'n', before: 3, theirs: 9, mine: 3, both: false },
    { name: 'geometry', before: feature(before).geometry, theirs: theirs.geometry, mine: feature(before).geometry, both: false },
  ]);
  expect(clashes(fields, feature(before), feature({ ...before, tags: { y: { z: 2 }, x: 1 } }), {})).toEqual([]);
});

test('what each change of a history did', () => {
  const past = (version: number, of: Feature | null): Past => ({ version, changed: '2026-07-18T00:00:00Z', by: 'x', operation: 'update', before: of });
  const list = steps(fields, [past(3, feature({ ...before, n: 4 })), past(2, feature({ ...before, n: 4 }, 7)), past(1, null)], feature({ ...before, n: 5 }));
  expect(list.map((one) => [one.properties, one.geometry])).toEqual([[[{ name: 'n', from: 4, to: 5 }], false], [[], true], [[], false]]);
});

test('the place that an error names', () => {
  expect(namedPlace('POINT(120.05 32.05)')).toEqual([120.05, 32.05]);
  expect(namedPlace('POINT(1e-7 -3)')).toEqual([1e-7, -3]);
  for (const one of ['', undefined, 'POINT EMPTY', 7]) expect(namedPlace(one)).toBeUndefined();
});

test('CSV holds what it is given, and no formula', () => {
  expect(csv([['a,b', 'say "x"', null, 1.5], ['=1+1', '两\n行', '-3', -3]])).toBe('\ufeff"a,b","say ""x""",,1.5\r\n\'=1+1,"两\n行",\'-3,-3\r\n');
});
