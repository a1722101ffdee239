import type { Key } from '../i18n/zh';

/** Layers that belong together, from the top of the tree to its bottom; what is in none is users' own. */
export const groups: readonly { id: string; titleKey: Key; layers: readonly string[] }[] = [
  { id: 'water', titleKey: 'group.water', layers: ['station', 'work', 'node', 'dike', 'section', 'reach', 'river'] },
  { id: 'road', titleKey: 'group.road', layers: ['bridge', 'road', 'segment'] },
  { id: 'city', titleKey: 'group.city', layers: ['building', 'cityobject'] },
  { id: 'area', titleKey: 'group.area', layers: ['area'] },
];
