import { expect, test } from 'vitest';
import { boxOf, itemsPath, nextAfter, type Features } from '../src/collections';
import { cellText, chosenColumns, columnsOf, columnTitle, sorted } from '../src/columns';

const schema = {
  properties: {
    laid: { type: 'string', format: 'date', title: 'laid', description: 'laid', 'x-ogc-propertySeq': 3 },
    geometry: { format: 'geometry-any', title: 'Geometry', 'x-ogc-role': 'primary-geometry' },
    name_zh: { type: 'string', description: 'Name in Chinese.', 'x-ogc-propertySeq': 1 },
    name_en: { type: 'string', description: 'Name in English.', 'x-ogc-propertySeq': 2 },
    width_m: { type: 'number', description: 'Width of the carriageway, metres.', 'x-ogc-propertySeq': 4 },
    area: { type: 'number', description: 'area', 'x-ogc-propertySeq': 5 },
    tags: { type: ['object', 'array', 'string'], 'x-ogc-propertySeq': 6 },
    dataset: { type: 'string', description: 'The dataset.', 'x-ogc-propertySeq': 7 },
    state: { type: 'string', enum: ['a', 'b'], 'x-ogc-propertySeq': 8 },
  },
};

test('columns are read from a schema in their order, with types and the values that it lists', () => {
  const columns = columnsOf(schema);
  expect(columns.map((one) => `${one.name} ${one.type}`)).toEqual(['name_zh string', 'name_en string', 'laid date', 'width_m number', 'area number', 'tags json', 'dataset string', 'state string']);
  expect(columns.at(-1)?.values).toEqual(['a', 'b']);
  expect(chosenColumns(columns, 'zh')).toEqual(['name_zh', 'laid', 'width_m', 'area', 'tags', 'state']);
  expect(columnsOf({})).toEqual([]);
});

test('titles are our words with units, but a user’s column of the same name keeps its own', () => {
  const title = (name: string) => columnsOf(schema).filter((one) => one.name === name).map((one) => [columnTitle('zh', one), columnTitle('en', one)])[0];
  expect(title('width_m')).toEqual(['行车道宽 (m)', 'Carriageway (m)']);
  expect(title('area')).toEqual(['area', 'area']);
});

test('values as a table shows them', () => {
  const show = (name: string, value: unknown) => cellText('en', { name, type: 'json', says: '' }, value, 'yes', 'no');
  expect([show('a', null), show('a', ''), show('a', 0), show('a', false), show('a', [1])]).toEqual(['–', '–', '0', 'no', '[1]']);
  expect(cellText('zh', { name: 'geometry_status', type: 'string', says: '' }, 'surveyed', '', '')).toBe('测量成果');
});

test('rows are sorted by size or as the language has it, what is not given last', () => {
  const rows = [10, 9, null, 100].map((width) => ({ properties: { width } }));
  const widths = (descending: boolean) => sorted(rows, 'width', descending, 'en').map((row) => row.properties.width);
  expect(widths(false)).toEqual([9, 10, 100, null]);
  expect(widths(true)).toEqual([100, 10, 9, null]);
  const names = sorted([{ properties: { n: '通吕' } }, { properties: { n: '北凌' } }, { properties: { n: '九圩' } }], 'n', false, 'zh').map((row) => row.properties.n);
  expect(names).toEqual(['北凌', '九圩', '通吕']);
});

test('addresses of features', () => {
  expect(itemsPath({ layer: 'river', filter: "a = 'b&c'", bbox: [1, 2, 3, 4], limit: 5, after: '7', format: 'csv', bom: true })).toBe(
    '/ogc/collections/river/items?filter=a+%3D+%27b%26c%27&bbox=1.000000%2C2.000000%2C3.000000%2C4.000000&limit=5&after=7&f=csv&bom=true');
  expect(itemsPath({ layer: 'x', equal: { geometry_status: 'surveyed' } })).toBe('/ogc/collections/x/items?geometry_status=surveyed');
  const page = (links: Features['links']): Features => ({ numberReturned: 0, features: [], links });
  expect(nextAfter(page([{ rel: 'next', href: 'http://a/items?after=12&limit=1' }]))).toBe('12');
  expect(nextAfter(page([{ rel: 'self', href: 'http://a/items?after=12' }]))).toBeUndefined();
});

test('the box of a map is one that the server takes', () => {
  expect(boxOf([120, 31, 121, 32])).toEqual([120, 31, 121, 32]);
  expect(boxOf([-200, -95, 200, 95])).toEqual([-180, -90, 180, 90]);
  expect(boxOf([170, 0, 190, 10])).toEqual([170, 0, -170, 10]);
});
