// Reads tiles with Mapbox's reader, for the tests of the program: node read-tiles.mjs. Each line of standard input is a tile as it is served, gzip in Base64; each line of
// standard output is what it holds: its layers, and of each feature the geometry as WKT in the grid of the tile, with y going up.
import { createInterface } from 'node:readline';
import { gunzipSync } from 'node:zlib';
import { classifyRings, VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';

const places = (points) => `(${points.map((p) => `${p.x} ${-p.y}`).join(',')})`;
const parts = (lines) => `(${lines.map(places).join(',')})`;

function wkt(feature) {
  const lines = feature.loadGeometry();
  if (feature.type === 1) return `MULTIPOINT${parts(lines.flat().map((p) => [p]))}`;
  if (feature.type === 2) return `MULTILINESTRING${parts(lines)}`;
  return `MULTIPOLYGON(${classifyRings(lines).map(parts).join(',')})`;
}

function read(layer) {
  const features = Array.from({ length: layer.length }, (_, i) => layer.feature(i));
  return {
    version: layer.version,
    extent: layer.extent,
    features: features.map((f) => ({ id: f.id, kind: f.type, attributes: f.properties, wkt: wkt(f) })),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const tile = new VectorTile(new PbfReader(gunzipSync(Buffer.from(line, 'base64'))));
  process.stdout.write(`${JSON.stringify(Object.fromEntries(Object.entries(tile.layers).map(([id, layer]) => [id, read(layer)])))}\n`);
}
