import { expect, test, vi } from 'vitest';
import { Api, Problem, problem, rfc3339, samePlace } from '../src/api';

function answering(...answers: Response[]) {
  return vi.fn<(input: string, init?: RequestInit) => Promise<Response>>(() => Promise.resolve(answers.shift() as Response));
}
const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });

test('requests carry the language and escape identifiers', async () => {
  const fetcher = answering(json({ id: 'river:NT-JG' }));
  await new Api('en', fetcher).thing('river:NT-JG');
  const [path, init] = fetcher.mock.calls[0] ?? [];
  expect(path).toBe('/twin/things/river%3ANT-JG');
  expect(init?.headers).toMatchObject({ 'Accept-Language': 'en' });
});

test('history asks for whole seconds', async () => {
  const fetcher = answering(json({ points: [] }));
  await new Api('zh', fetcher).history('station:A', 'A.level', new Date(0), new Date(1500), 'PT10M');
  expect(fetcher.mock.calls[0]?.[0]).toBe(
    '/twin/things/station%3AA/history?datastream=A.level&from=1970-01-01T00%3A00%3A00Z&to=1970-01-01T00%3A00%3A01Z&every=PT10M',
  );
  expect(rfc3339(new Date('2026-01-01T00:00:00.500Z'))).toBe('2026-01-01T00:00:00Z');
});

test('states follow every page, at the address the page came from', async () => {
  const fetcher = answering(
    json({ features: [{ id: 1 }], next: 'http://elsewhere:1/twin/state?kind=river&after=1' }),
    json({ features: [{ id: 2 }] }),
  );
  const all = await new Api('zh', fetcher).states(['river']);
  expect(all.features.map((one) => one.id)).toEqual([1, 2]);
  expect(fetcher.mock.calls[1]?.[0]).toBe('/twin/state?kind=river&after=1');
  expect(samePlace('/a?b=c')).toBe('/a?b=c');
});

test('a refusal is told in the words of the server', async () => {
  const fetcher = answering(json({ type: 'x', title: 'Forbidden', status: 403, detail: '没有权限' }, 403));
  await expect(new Api('zh', fetcher).session()).rejects.toMatchObject({ status: 403, message: '没有权限' });
  expect(problem(502, 'Bad Gateway', '<html>')).toBeInstanceOf(Problem);
  expect(problem(502, 'Bad Gateway', '<html>').message).toBe('502 Bad Gateway');
});

test('signing out has no answer to read', async () => {
  const fetcher = answering(new Response(null, { status: 204 }));
  await expect(new Api('zh', fetcher).signOut()).resolves.toBeNull();
  expect(fetcher.mock.calls[0]?.[1]?.method).toBe('DELETE');
});
