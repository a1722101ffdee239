import { expect, test } from 'vitest';
import { age, chief, inForce, label, localDay, propertyName, quantity, reason } from '../src/format';
import { nameOf, say, word } from '../src/i18n';
import { en } from '../src/i18n/en';
import { zh } from '../src/i18n/zh';
import { DATA, LEVELS, type Threshold, type Value } from '../src/types';

test('both languages have the same keys, the same blanks and no empty words', () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
  const blanks = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
  for (const key of Object.keys(zh) as (keyof typeof zh)[]) {
    expect(en[key], key).not.toBe('');
    expect(blanks(en[key]), key).toEqual(blanks(zh[key]));
  }
});

test('every level and every state of data has words', () => {
  for (const level of LEVELS) expect(word('zh', 'level', level)).not.toBe(level);
  for (const data of DATA) expect(word('zh', 'data', data)).not.toBe(data);
});

test('words from the server that we do not know are shown as they are', () => {
  expect(word('zh', 'datum', 'wusong')).toBe('吴淞高程');
  expect(word('en', 'datum', 'mars')).toBe('mars');
  expect(say('en', 'age.ago', { age: '5 min' })).toBe('5 min ago');
});

test('names fall back to the other language, then to the code', () => {
  expect(nameOf('en', { name: { zh: '九圩港' }, code: 'NT-JG' })).toBe('九圩港');
  expect(nameOf('zh', { name: {}, id: 'river:NT-JG' })).toBe('NT-JG');
});

test('quantities and ages', () => {
  expect(quantity(3.4199, 'm')).toBe('3.42 m');
  expect(quantity(12.34, 'm3/s')).toBe('12.3 m³/s');
  expect(quantity(null, 'm')).toBe('–');
  expect(quantity(2, '1')).toBe('2');
  expect(age('en', 59)).toBe('just now');
  expect(age('en', 300)).toBe('5 min');
  expect(age('zh', 7200)).toBe('2 小时');
  expect(age('zh', 3 * 86400)).toBe('3 天');
});

test('the label of the map is the level and its age', () => {
  const values: Value[] = [
    { datastream: 'A.rainfall', property: 'rainfall', value: 1, unit: 'mm' },
    { datastream: 'A.level', property: 'level', value: 3.42, unit: 'm', time: '2026-07-18T00:00:00Z' },
  ];
  expect(chief(values)?.datastream).toBe('A.level');
  expect(label('en', values, Date.parse('2026-07-18T00:05:00Z'))).toBe('3.42 m · 5 min');
  expect(label('en', [{ ...(values[0] as Value), value: null }], 0)).toBe('');
});

test('reasons are sentences', () => {
  const because = { code: 'above', value: 4.25, unit: 'm', datum: 'wusong', threshold: 'warning', limit: 4.2 };
  expect(reason('en', because, 'level')).toBe('Water level 4.25 m (Wusong datum) is above warning level 4.20 m');
  expect(reason('zh', because, 'level')).toContain('高于警戒');
  expect(reason('en', { code: 'something-new' }, 'level')).toBe('something-new');
});

test('what a value is of', () => {
  expect(propertyName('zh', { property: 'level', role: 'inner' })).toBe('水位·内侧');
  expect(propertyName('en', { property: 'gate_opening', number: 2 })).toBe('Gate opening, #2');
});

test('thresholds have years and seasons', () => {
  const threshold: Threshold = { datastream: 'A', type: 'flood-season', value: 2 };
  expect(inForce(threshold, '2026-01-01')).toBe(true);
  expect(inForce({ ...threshold, season_from: 501, season_to: 930 }, '2026-09-30')).toBe(true);
  expect(inForce({ ...threshold, season_from: 501, season_to: 930 }, '2026-10-01')).toBe(false);
  expect(inForce({ ...threshold, season_from: 1101, season_to: 331 }, '2026-01-15')).toBe(true);
  expect(inForce({ ...threshold, valid_from: '2027-01-01' }, '2026-01-15')).toBe(false);
  expect(inForce({ ...threshold, valid_to: '2026-01-15' }, '2026-01-15')).toBe(false);
  expect(localDay(Date.parse('2026-07-18T20:00:00Z'), 'Asia/Shanghai')).toBe('2026-07-19');
});
