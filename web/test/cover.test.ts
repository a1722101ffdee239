import { describe, expect, it } from 'vitest';
import { inside, parseTile, touched, touches } from '../src/map/cover';

describe('covers', () => {
  it('reads tiles', () => {
    expect(parseTile('9/427/207')).toEqual({ z: 9, x: 427, y: 207 });
    for (const bad of ['', '9/427', '9/427/207/1', '-1/2/3', 'a/b/c', '9/4.5/1']) expect(parseTile(bad)).toBeUndefined();
  });

  it('knows what a tile shares with another of any zoom level, its margin included', () => {
    const cover = { z: 12, x: 3400, y: 1660 };
    expect(touches({ z: 9, x: 425, y: 207 }, cover)).toBe(true);
    expect(touches({ z: 14, x: 13601, y: 6641 }, cover)).toBe(true);
    expect(touches({ z: 14, x: 13604, y: 6641 }, cover)).toBe(true); // to the east of it: the margin
    expect(touches({ z: 14, x: 13605, y: 6641 }, cover)).toBe(false);
    expect(touches({ z: 9, x: 427, y: 207 }, cover)).toBe(false);
  });

  it('finds the tiles in view that may have changed', () => {
    const cover = [{ z: 12, x: 3421, y: 1660 }];
    const found = touched(cover, [120.5, 31.9, 121, 32.3], 8, 12);
    expect(found).toContainEqual({ z: 12, x: 3421, y: 1660 });
    expect(found).toContainEqual({ z: 8, x: 213, y: 103 });
    expect(found.every((tile) => touches(tile, cover[0]!))).toBe(true);
    expect(touched(cover, [10, 50, 11, 51], 8, 12)).toEqual([]);
    expect(touched([{ z: 0, x: 0, y: 0 }], [120.5, 32, 121, 32.3], 8, 8)).toHaveLength(2);
  });

  it('tells what lies beyond the bounds of a source', () => {
    expect(inside([{ z: 12, x: 3421, y: 1660 }], [120, 31, 122, 33])).toBe(true);
    expect(inside([{ z: 12, x: 3421, y: 1660 }], [121, 31, 122, 33])).toBe(false);
    expect(inside([{ z: 0, x: 0, y: 0 }], [120, 31, 122, 33])).toBe(false);
  });
});
