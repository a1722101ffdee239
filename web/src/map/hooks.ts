import type { BBox } from '../collections';
import type { View } from '../hash';
import type { State } from '../types';

/** What the map does when the store changes; set by the map. */
export interface MapHooks {
  states(changed: readonly State[] | 'all'): void;
  tiles(layer: string, cover: string[]): void;
  view(view: View): void;
  fit(bbox: BBox): void;
}
