import { expect, test, vi } from 'vitest';
import { applyAlerts, SEVERITIES, severityColor, severityShape, since, unableBy, worsened, worstFirst, type Alert, type Severity } from '../src/alerts';
import { Api } from '../src/api';
import { word } from '../src/i18n';

const text = { zh: '文', en: 'text' };
function warning(id: number, severity: Severity, raised: string, more: Partial<Alert> = {}): Alert {
  return { id, rule: 'r', thing: 'station:A', kind: 'station', code: 'A', name: text, state: 'raised', severity, title: text, advice: text, words: text, raised, ...more };
}

test('the worst come first, and of those the newest', () => {
  const old = warning(1, 'yellow', '2026-07-18T00:00:00Z');
  const worse = warning(2, 'red', '2026-07-17T00:00:00Z');
  const fresh = warning(3, 'yellow', '2026-07-18T01:00:00Z');
  const grown = warning(4, 'yellow', '2026-07-16T00:00:00Z', { escalated: '2026-07-18T02:00:00Z' });
  expect([old, worse, fresh, grown].sort(worstFirst).map((one) => one.id)).toEqual([2, 4, 3, 1]);
  expect(since(grown)).toBe('2026-07-18T02:00:00Z');
});

test('what is over goes, what changed stands in its place', () => {
  const first = warning(1, 'yellow', '2026-07-18T00:00:00Z');
  const second = warning(2, 'blue', '2026-07-18T00:00:00Z');
  const held = applyAlerts(new Map(), [first, second]);
  const next = applyAlerts(held, [{ ...first, state: 'acknowledged' }, { ...second, state: 'cleared' }]);
  expect([...next.values()].map((one) => one.state)).toEqual(['acknowledged']);
  expect(held.size).toBe(2);
});

test('people hear of what is new or worse, save for blue', () => {
  const first = warning(1, 'yellow', '2026-07-18T00:00:00Z');
  const held = applyAlerts(new Map(), [first]);
  expect(worsened(new Map(), first)).toBe(true);
  expect(worsened(new Map(), { ...first, severity: 'blue' })).toBe(false);
  expect(worsened(held, first)).toBe(false);
  expect(worsened(held, { ...first, severity: 'orange' })).toBe(true);
  expect(worsened(held, { ...first, severity: 'orange', state: 'acknowledged' })).toBe(false);
});

test('every severity has words, and a colour and a shape of its own', () => {
  for (const one of SEVERITIES) expect(word('zh', 'severity', one)).not.toBe(one);
  expect(new Set(Object.values(severityColor)).size).toBe(SEVERITIES.length);
  expect(new Set(Object.values(severityShape)).size).toBe(SEVERITIES.length);
});

test('what a rule cannot judge is told by the reason', () => {
  const rule = { id: 'r', enabled: true, title: text, ahead_h: 0, unable: [{ thing: 'a', code: 'stale' }, { thing: 'b', code: 'faulty' }, { thing: 'c', code: 'stale' }] };
  expect(unableBy(rule)).toEqual([['faulty', ['b']], ['stale', ['a', 'c']]]);
  expect(unableBy({ ...rule, unable: null })).toEqual([]);
  for (const [code] of unableBy(rule)) expect(word('zh', 'unable', code)).not.toBe(code);
});

test('an acknowledgement goes to its warning', async () => {
  const fetcher = vi.fn(() => Promise.resolve(new Response('{"id":7}')));
  await new Api('zh', fetcher).acknowledge(7, 'gates open');
  expect(fetcher).toHaveBeenCalledWith('/alerts/7/ack', expect.objectContaining({ method: 'POST', body: '{"note":"gates open"}' }));
});
