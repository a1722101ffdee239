import { expect, test, vi } from 'vitest';
import { Api } from '../src/api';
import { signed } from '../src/correction';

test('a shift has its sign and is never rounded to nothing', () => {
  expect([signed(-0.12, 'm'), signed(0.005, 'm'), signed(0.1 + 0.2, 'm'), signed(2, '1')]).toEqual(['−0.12 m', '+0.005 m', '+0.3 m', '+2']);
});

test('corrections are asked for a datastream and a time, and none are told to whoever may not see them', async () => {
  const answers = [new Response(JSON.stringify({ corrections: [{ id: 'x' }] })), new Response('{}', { status: 403 })];
  const fetcher = vi.fn((path: string) => Promise.resolve(answers.shift() ?? new Response(path)));
  const api = new Api('zh', fetcher);
  const from = new Date('2026-07-18T00:00:00Z');
  expect(await api.corrections('S 1.level', from, new Date('2026-07-19T00:00:00Z'))).toEqual([{ id: 'x' }]);
  expect(fetcher.mock.calls[0]?.[0]).toBe('/admin/corrections?datastream=S+1.level&from=2026-07-18T00%3A00%3A00Z&to=2026-07-19T00%3A00%3A00Z&limit=50');
  expect(await api.corrections('S1.level', from, from)).toBeUndefined();
});
