import { expect, test } from 'vitest';
import { fileName, receive, size, TooLarge } from '../src/download';

const stream = (pieces: string[], broken = false) => new Response(new ReadableStream({
  start(control) {
    for (const piece of pieces) control.enqueue(new TextEncoder().encode(piece));
    if (broken) control.error(new Error('broken'));
    else control.close();
  },
}), { headers: { 'Content-Disposition': "attachment; filename=\"river.csv\"; filename*=UTF-8''%E6%B2%B3%E9%81%93.csv", 'Content-Type': 'text/csv' } });

test('a file is received whole, and how much of it has come is told', async () => {
  const sums: number[] = [];
  const file = await receive(stream(['ab', 'cde']), (sum) => sums.push(sum));
  expect([file.name, await file.content.text(), file.content.type, sums]).toEqual(['河道.csv', 'abcde', 'text/csv', [2, 5]]);
});

test('neither a part nor too much is kept', async () => {
  await expect(receive(stream(['ab'], true), () => undefined)).rejects.toThrow('broken');
  await expect(receive(stream(['ab', 'cde']), () => undefined, 4)).rejects.toBeInstanceOf(TooLarge);
});

test('names and sizes', () => {
  expect(fileName('attachment; filename="a.csv"')).toBe('a.csv');
  expect(fileName("attachment; filename=\"a.csv\"; filename*=UTF-8''%E4")).toBe('a.csv');
  expect(fileName(null)).toBe('download');
  expect([size(999), size(12_300), size(12_340_000)]).toEqual(['999 B', '12 kB', '12.3 MB']);
});
