import geodesic from 'geographiclib-geodesic';
import type { Lang } from '../types';
import { LEAST, type Place, type Sketch } from './sketch';

const earth = geodesic.Geodesic.WGS84;

/** Metres along the ellipsoid, as PostGIS has them. */
export function distance([lon1 = NaN, lat1 = NaN]: Place, [lon2 = NaN, lat2 = NaN]: Place): number {
  return earth.Inverse(lat1, lon1, lat2, lon2).s12 ?? NaN;
}

/** The length of each side of a ring, of a polygon's also the one that closes it. */
export function sides(ring: readonly Place[], closed: boolean): number[] {
  const ends = closed && ring.length >= LEAST.polygon ? [...ring.slice(1), ring[0] as Place] : ring.slice(1);
  return ends.map((end, i) => distance(ring[i] as Place, end));
}

function ringArea(ring: readonly Place[]): number {
  if (ring.length < LEAST.polygon) return 0;
  const polygon = earth.Polygon(false);
  for (const [lon = NaN, lat = NaN] of ring) polygon.AddPoint(lat, lon);
  return Math.abs(polygon.Compute(false, true).area ?? NaN);
}

/** Metres of lines, or around polygons, and square metres within them. */
export interface Measured { length: number; area: number }

export function measure(sketch: Sketch): Measured {
  const closed = sketch.kind === 'polygon';
  let [length, area] = [0, 0];
  for (const part of sketch.parts) {
    for (const [i, ring] of part.entries()) {
      for (const side of sides(ring, closed)) length += side;
      if (closed) area += (i ? -1 : 1) * ringArea(ring);
    }
  }
  return { length, area };
}

const number = (value: number, places: number): string => value.toLocaleString('en', { minimumFractionDigits: places, maximumFractionDigits: places });

/** Four digits that count, and no fraction of what is whole anyway. */
const digits = (value: number): string => number(value, value >= 1000 ? 0 : value >= 100 ? 1 : value >= 10 ? 2 : 3);

export function lengthText(metres: number): string {
  return metres >= 1000 ? `${digits(metres / 1000)} km` : `${number(metres, metres >= 100 ? 1 : 2)} m`;
}

/** A 亩 is a fifteenth of a hectare. */
const mu = 10_000 / 15;

/** An area in each of the units that readers of the language use for its size. */
export function areaTexts(lang: Lang, squareMetres: number): string[] {
  const hectares = `${digits(squareMetres / 10_000)} ${lang === 'zh' ? '公顷' : 'ha'}`;
  const all = [`${number(squareMetres, squareMetres >= 100 ? 0 : 1)} m²`];
  if (squareMetres >= 100) all.push(hectares);
  if (lang === 'zh' && squareMetres >= 10) all.push(`${digits(squareMetres / mu)} 亩`);
  if (squareMetres >= 100_000) all.push(`${digits(squareMetres / 1e6)} km²`);
  return all;
}
