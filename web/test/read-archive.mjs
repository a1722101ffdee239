// Reads a PMTiles archive with PMTiles' own reader, for the tests of the program: node read-archive.mjs FILE. Each line of standard input is a tile, "z/x/y"; the lines of
// standard output are the header, the metadata, and then for each of them what it holds in Base64, or null.
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { PMTiles } from 'pmtiles';

const path = process.argv[2];
const file = await open(path);
const source = {
  getKey: () => path,
  async getBytes(offset, length) {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
    return { data: buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + bytesRead) };
  },
};
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const archive = new PMTiles(source);
say(await archive.getHeader());
say(await archive.getMetadata());
for await (const line of createInterface({ input: process.stdin })) {
  const tile = await archive.getZxy(...line.split('/').map(Number));
  say(tile ? Buffer.from(tile.data).toString('base64') : null);
}
await file.close();
