import { expect, test, vi } from 'vitest';
import { Api } from '../src/api';
import { addCommand, hexRows, percent, profileOf, toneOf, type Rtu } from '../src/field';

test('bytes stand in groups of eight, sixteen to a row', () => {
  expect(hexRows('7e7e01')).toEqual([{ offset: '0000', groups: ['7E 7E 01'] }]);
  expect(hexRows('00'.repeat(25)).map((row) => [row.offset, row.groups.length])).toEqual([['0000', 2], ['0010', 2]]);
  expect(hexRows('7e 7e')[0]?.groups).toEqual(['7E 7E']);
  expect([hexRows(''), hexRows(null), hexRows('%')]).toEqual([[], [], []]);
});

test('verdicts, rates and counts', () => {
  expect(['accepted', 'refused', 'pending', 'keep-alive', 'new'].map(toneOf)).toEqual(['good', 'bad', 'wait', 'plain', 'plain']);
  expect([percent(0.98765), percent(1), percent(null), percent(undefined)]).toEqual(['98.8%', '100.0%', '–', '–']);
  const rtu: Rtu = { protocol: 'sl651', address: '1', thing: 'station:A', station: 'A', created: '' };
  expect(profileOf(rtu)).toEqual([]);
  expect(profileOf({ ...rtu, profile: { zone: '+00:00', elements: { 39: 'level.inner' }, quirks: ['lsb'] } })).toEqual(['+00:00', '39=level.inner', 'lsb']);
});

test('what came over the wire does not become a command', () => {
  const one = { protocol: 'sl651', address: '0012345678', peer: '', first: '', last: '', frames: 1 };
  expect(addCommand(one)).toBe('basin station add --protocol sl651 --address 0012345678 --station <code>');
  expect(addCommand({ ...one, address: "a'; rm -rf /" })).toContain(`--address 'a'\\''; rm -rf /' `);
});

test('what the server does not have, or not for this reader, is simply not there', async () => {
  const answers = [404, 403, 200].map((status) => new Response(JSON.stringify({ status, pending: [] }), { status }));
  const api = new Api('zh', vi.fn(() => Promise.resolve(answers.shift() as Response)));
  expect([await api.pending(), await api.pending(), await api.pending()]).toEqual([undefined, undefined, []]);
  await expect(new Api('zh', () => Promise.resolve(new Response('{}', { status: 500 }))).pending()).rejects.toThrow();
});
