import type { Map as GlMap } from 'maplibre-gl';
import type { Geometry } from '../types';
import type { Bounds } from './cover';
import { bounds } from './features';

interface Placed { geometry?: Geometry | null }

/** Moves to where a layer is. */
export function fit(map: GlMap, bbox: Bounds): void {
  map.fitBounds(bbox, { padding: 24, animate: !calm() });
}

/** Moves to a thing or feature, leaving room for the panels. */
export function locate(map: GlMap, { geometry }: Placed): void {
  const box = geometry && bounds(geometry);
  if (!box) return;
  const padding = { top: 40, bottom: 40 + covered(map), left: 40, right: 40 };
  map.fitBounds(box, { padding, maxZoom: Math.max(12, map.getZoom()), animate: !calm() });
}

/** Moves to a thing or feature only when nothing of it is in sight. */
export function reveal(map: GlMap, { geometry }: Placed): void {
  const box = geometry && bounds(geometry);
  if (!box) return;
  const seen = map.getBounds();
  const hidden = box[2] < seen.getWest() || box[0] > seen.getEast() || box[3] < seen.getSouth() || box[1] > seen.getNorth();
  const center: [number, number] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
  if (hidden) map.easeTo({ center, offset: [0, -covered(map) / 2], animate: !calm() });
}

/** How much of the map's height the bottom sheet hides on a narrow screen. */
function covered(map: GlMap): number {
  return matchMedia('(max-width: 700px)').matches ? map.getContainer().clientHeight * 0.6 : 0;
}

function calm(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
