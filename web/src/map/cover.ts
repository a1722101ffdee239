/** A tile of web mercator. */
export interface TileId {
  z: number;
  x: number;
  y: number;
}

/** Degrees: west, south, east, north. */
export type Bounds = [number, number, number, number];

/** How far a tile reaches beyond its sides, as a part of them: what lies there is in it as well. */
const margin = 64 / 4096;

/** Reads z/x/y; undefined for anything else. */
export function parseTile(text: string): TileId | undefined {
  const match = /^(\d{1,2})\/(\d+)\/(\d+)$/.exec(text);
  return match ? { z: Number(match[1]), x: Number(match[2]), y: Number(match[3]) } : undefined;
}

function column(lon: number): number {
  return (lon + 180) / 360;
}

function row(lat: number): number {
  const rad = (Math.max(-85.0511, Math.min(85.0511, lat)) * Math.PI) / 180;
  return (1 - Math.asinh(Math.tan(rad)) / Math.PI) / 2;
}

/** Says whether a tile holds anything of what a tile of a cover holds. */
export function touches(tile: TileId, cover: TileId): boolean {
  const own = 2 ** -tile.z;
  const other = 2 ** -cover.z;
  return (
    cover.x * other < (tile.x + 1 + margin) * own && (cover.x + 1) * other > (tile.x - margin) * own &&
    cover.y * other < (tile.y + 1 + margin) * own && (cover.y + 1) * other > (tile.y - margin) * own
  );
}

/** The tiles in view, of the zoom levels that a map may hold of them, that may have changed. */
export function touched(cover: TileId[], view: Bounds, from: number, to: number): TileId[] {
  const out: TileId[] = [];
  for (let z = from; z <= to; z++) {
    const n = 2 ** z;
    const place = (part: number): number => Math.max(0, Math.min(n - 1, Math.floor(part * n)));
    const [left, right] = [place(column(view[0])), place(column(view[2]))];
    const [top, bottom] = [place(row(view[3])), place(row(view[1]))];
    for (let x = left; x <= right; x++) {
      for (let y = top; y <= bottom; y++) {
        const tile = { z, x, y };
        if (cover.some((one) => touches(tile, one))) out.push(tile);
      }
    }
  }
  return out;
}

/** Says whether a cover lies within bounds as a whole: what lies beyond them no map asks for. */
export function inside(cover: TileId[], bounds: Bounds): boolean {
  return cover.every(({ z, x, y }) => {
    const n = 2 ** z;
    return x / n >= column(bounds[0]) - 1e-9 && (x + 1) / n <= column(bounds[2]) + 1e-9 && y / n >= row(bounds[3]) - 1e-9 && (y + 1) / n <= row(bounds[1]) + 1e-9;
  });
}
