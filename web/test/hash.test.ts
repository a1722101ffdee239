import { expect, test } from 'vitest';
import { formatHash, parseHash } from '../src/hash';

test('an address survives the round trip', () => {
  const address = {
    view: { zoom: 10.5, lat: 32.0123, lon: 120.8912, bearing: 12, pitch: 45 },
    lang: 'en' as const, layers: ['river', 'station'], thing: 'river:NT-JG', cells: 'level',
  };
  expect(parseHash(formatHash(address))).toEqual(address);
  expect(formatHash(address)).toBe('#map=10.5/32.0123/120.8912/12/45&lang=en&layers=river,station&cells=level&thing=river:NT-JG');
});

test('nonsense in the address is ignored', () => {
  expect(parseHash('#map=a/b/c&lang=fr&thing=')).toEqual({ view: undefined });
  expect(parseHash('#map=3/99/0')).toEqual({ view: undefined });
  expect(parseHash('')).toEqual({});
  expect(parseHash('#thing=river:%E4')).toEqual({ thing: 'river:%E4' });
});

test('no layers at all is not the same as layers unsaid', () => {
  expect(parseHash('#layers=')).toEqual({ layers: [] });
  expect(formatHash({ layers: [] })).toBe('#layers=');
});

test('filters of layers and the open table are in the address', () => {
  const address = { layers: ['river', 'drains'], filters: { river: "name_zh LIKE '%运河%' AND rank <> 'a&b'", drains: 'width > 3' }, table: 'river' };
  expect(parseHash(formatHash(address))).toEqual(address);
  expect(parseHash('#filter.=x&filter.River=x&filter.river=&table=../x')).toEqual({});
});
