import type { Geometry } from '../types';

/** Longitude, latitude, and whatever else a place carries. */
export type Place = readonly number[];
export type Kind = 'point' | 'line' | 'polygon';

/** What is being drawn: parts, each of rings of places. Points and lines have one ring to a part; a polygon's rings after the first are holes. Rings stay
 * open: they do not end where they begin. */
export interface Sketch { readonly kind: Kind; readonly multi: boolean; readonly parts: readonly (readonly (readonly Place[])[])[] }

export interface RingOf { readonly part: number; readonly ring: number }
/** A place of a sketch. */
export interface Spot extends RingOf { readonly at: number }

/** How many places a ring needs. */
export const LEAST: Record<Kind, number> = { point: 1, line: 2, polygon: 3 };

export function blank(kind: Kind): Sketch {
  return { kind, multi: false, parts: [[[]]] };
}

/** A geometry to draw on; undefined for a collection of several kinds. */
export function fromGeometry(geometry: Geometry | null | undefined): Sketch | undefined {
  const open = (ring: Place[]): Place[] => ring.slice(0, -1);
  switch (geometry?.type) {
    case 'Point': return { kind: 'point', multi: false, parts: [[[geometry.coordinates]]] };
    case 'MultiPoint': return { kind: 'point', multi: true, parts: geometry.coordinates.map((place) => [[place]]) };
    case 'LineString': return { kind: 'line', multi: false, parts: [[geometry.coordinates]] };
    case 'MultiLineString': return { kind: 'line', multi: true, parts: geometry.coordinates.map((line) => [line]) };
    case 'Polygon': return { kind: 'polygon', multi: false, parts: [geometry.coordinates.map(open)] };
    case 'MultiPolygon': return { kind: 'polygon', multi: true, parts: geometry.coordinates.map((part) => part.map(open)) };
  }
  return undefined;
}

/** Says whether every ring has the places that it needs. */
export function complete(sketch: Sketch): boolean {
  return sketch.parts.length > 0 && sketch.parts.every((part) => part.every((ring) => ring.length >= LEAST[sketch.kind]));
}

/** The geometry that was drawn; undefined while a ring lacks places. */
export function toGeometry(sketch: Sketch): Geometry | undefined {
  if (!complete(sketch)) return undefined;
  const multi = sketch.multi || sketch.parts.length > 1;
  const lines = sketch.parts.map((part) => (part[0] ?? []).map((place) => [...place]));
  const closed = sketch.parts.map((part) => part.map((ring) => [...ring, ring[0] as Place].map((place) => [...place])));
  switch (sketch.kind) {
    case 'point': {
      const places = lines.flat();
      return multi ? { type: 'MultiPoint', coordinates: places } : { type: 'Point', coordinates: places[0] as number[] };
    }
    case 'line': return multi ? { type: 'MultiLineString', coordinates: lines } : { type: 'LineString', coordinates: lines[0] as number[][] };
    case 'polygon': return multi ? { type: 'MultiPolygon', coordinates: closed } : { type: 'Polygon', coordinates: closed[0] as number[][][] };
  }
}

export function ringAt(sketch: Sketch, { part, ring }: RingOf): readonly Place[] {
  return sketch.parts[part]?.[ring] ?? [];
}

export function rings(sketch: Sketch): RingOf[] {
  return sketch.parts.flatMap((part, i) => part.map((_, ring) => ({ part: i, ring })));
}

function change(sketch: Sketch, where: RingOf, to: (ring: readonly Place[]) => readonly Place[]): Sketch {
  const parts = sketch.parts.map((part, i) => (i === where.part ? part.map((ring, j) => (j === where.ring ? to(ring) : ring)) : part));
  return { ...sketch, parts };
}

/** Puts a place before the one at a spot; after the last where there is none. A single point has one place only, which moves. */
export function insert(sketch: Sketch, spot: Spot, place: Place): Sketch {
  return change(sketch, spot, (ring) => (sketch.kind === 'point' ? [place] : ring.toSpliced(spot.at, 0, place)));
}

/** Moves a place. What it carries besides longitude and latitude stays. */
export function move(sketch: Sketch, spot: Spot, place: Place): Sketch {
  return change(sketch, spot, (ring) => ring.with(spot.at, [...place.slice(0, 2), ...(ring[spot.at] ?? []).slice(2)]));
}

/** Removes a place, and the ring or part that is empty then, unless it is the only one. */
export function remove(sketch: Sketch, spot: Spot): Sketch {
  const left = change(sketch, spot, (ring) => ring.toSpliced(spot.at, 1));
  if (ringAt(left, spot).length) return left;
  return removeRing(left, spot);
}

/** Removes a hole, or a part with its holes. What was the only part is begun anew. */
export function removeRing(sketch: Sketch, { part, ring }: RingOf): Sketch {
  if (ring > 0) return { ...sketch, parts: sketch.parts.with(part, (sketch.parts[part] ?? []).toSpliced(ring, 1)) };
  return { ...sketch, parts: sketch.parts.length > 1 ? sketch.parts.toSpliced(part, 1) : [[[]]] };
}

export function addPart(sketch: Sketch): Sketch {
  return { ...sketch, parts: [...sketch.parts, [[]]] };
}

export function addHole(sketch: Sketch, part: number): Sketch {
  return { ...sketch, parts: sketch.parts.with(part, [...(sketch.parts[part] ?? []), []]) };
}

/** A place as it is stored: within the world, to about a centimetre. */
export function place(lon: number, lat: number): Place {
  const turned = ((((lon + 180) % 360) + 360) % 360) - 180;
  return [Number(turned.toFixed(7)), Number(Math.max(-90, Math.min(90, lat)).toFixed(7))];
}

/** Reads a longitude and a latitude in degrees, whatever stands between them; undefined for anything else. */
export function readPlace(text: string): Place | undefined {
  const match = /^\s*(-?\d+(?:\.\d+)?)\s*°?\s*(?:[,，;；、]|\s)\s*(-?\d+(?:\.\d+)?)\s*°?\s*$/.exec(text);
  if (!match) return undefined;
  const [lon, lat] = [Number(match[1]), Number(match[2])];
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? [lon, lat] : undefined;
}

export function writePlace([lon = NaN, lat = NaN]: Place): string {
  return `${Number(lon.toFixed(7))}, ${Number(lat.toFixed(7))}`;
}
