import { expect, test } from 'vitest';
import { Drawing } from '../src/draw/drawing.svelte';
import { areaTexts, distance, lengthText, measure, sides } from '../src/draw/measure';
import { addHole, addPart, blank, complete, fromGeometry, insert, move, place, readPlace, remove, toGeometry, writePlace, type Sketch } from '../src/draw/sketch';
import type { Geometry } from '../src/types';

const field: Geometry = {
  type: 'Polygon',
  coordinates: [
    [[120.86, 32], [120.9, 32], [120.9, 32.03], [120.86, 32.03], [120.86, 32]],
    [[120.87, 32.01], [120.87, 32.02], [120.88, 32.02], [120.88, 32.01], [120.87, 32.01]],
  ],
};

test('geometries of every kind come back as they were', () => {
  const all: Geometry[] = [
    { type: 'Point', coordinates: [1, 2, 3] }, { type: 'MultiPoint', coordinates: [[1, 2]] }, { type: 'LineString', coordinates: [[1, 2], [3, 4]] },
    { type: 'MultiLineString', coordinates: [[[1, 2], [3, 4]], [[5, 6], [7, 8]]] }, field,
    { type: 'MultiPolygon', coordinates: [(field as GeoJSON.Polygon).coordinates, [[[1, 1], [2, 1], [2, 2], [1, 1]]]] },
  ];
  for (const one of all) expect(toGeometry(fromGeometry(one) as Sketch)).toEqual(one);
  expect(fromGeometry({ type: 'GeometryCollection', geometries: [] })).toBeUndefined();
  expect(fromGeometry(null)).toBeUndefined();
});

test('what lacks places is no geometry', () => {
  let sketch = blank('polygon');
  const ring = { part: 0, ring: 0 };
  for (const [at, one] of [[0, [0, 0]], [1, [1, 0]]] as const) sketch = insert(sketch, { ...ring, at }, one);
  expect(complete(sketch)).toBe(false);
  sketch = insert(sketch, { ...ring, at: 2 }, [1, 1]);
  expect(toGeometry(sketch)).toEqual({ type: 'Polygon', coordinates: [[[0, 0], [1, 0], [1, 1], [0, 0]]] });
  expect(complete(addHole(sketch, 0))).toBe(false);
  expect(toGeometry(addPart(sketch))).toBeUndefined();
});

test('places are moved, put between others and removed, and empty rings and parts go', () => {
  const sketch = fromGeometry({ type: 'MultiPoint', coordinates: [[1, 2, 9], [3, 4]] }) as Sketch;
  expect(toGeometry(move(sketch, { part: 0, ring: 0, at: 0 }, [5, 6]))).toEqual({ type: 'MultiPoint', coordinates: [[5, 6, 9], [3, 4]] });
  expect(toGeometry(remove(sketch, { part: 0, ring: 0, at: 0 }))).toEqual({ type: 'MultiPoint', coordinates: [[3, 4]] });
  expect(remove(remove(sketch, { part: 0, ring: 0, at: 0 }), { part: 0, ring: 0, at: 0 }).parts).toEqual([[[]]]);
  const line = fromGeometry({ type: 'LineString', coordinates: [[0, 0], [2, 0]] }) as Sketch;
  expect(toGeometry(insert(line, { part: 0, ring: 0, at: 1 }, [1, 0]))).toEqual({ type: 'LineString', coordinates: [[0, 0], [1, 0], [2, 0]] });
  let holed = fromGeometry(field) as Sketch;
  for (let i = 0; i < 4; i++) holed = remove(holed, { part: 0, ring: 1, at: 0 });
  expect(holed.parts[0]).toHaveLength(1);
});

test('the way back and forth', () => {
  const drawing = new Drawing();
  drawing.begin('line');
  drawing.add([0, 0]);
  drawing.add([1, 0]);
  drawing.choose({ part: 0, ring: 0, at: 0 });
  drawing.add([0.5, 0]);
  expect(drawing.places).toEqual([[0, 0], [0.5, 0], [1, 0]]);
  expect(drawing.chosen).toBe(1);
  const before = drawing.sketch;
  drawing.plant({ part: 0, ring: 0, at: 2 }, [0.7, 0]);
  drawing.drag({ part: 0, ring: 0, at: 2 }, [0.8, 0]);
  drawing.drop(before);
  expect(drawing.places).toHaveLength(4);
  drawing.undo();
  expect(drawing.places).toEqual([[0, 0], [0.5, 0], [1, 0]]);
  drawing.redo();
  expect(drawing.places[2]).toEqual([0.8, 0]);
  for (let i = 0; i < 4; i++) drawing.undo();
  expect(drawing.places).toEqual([]);
  expect([drawing.undoable, drawing.redoable]).toEqual([false, true]);
  drawing.add([9, 9]);
  expect(drawing.redoable).toBe(false);
  expect(drawing.finish()).toBe(false);
  drawing.addPart();
  drawing.undo();
  expect(drawing.ring).toEqual({ part: 0, ring: 0 });
  expect(drawing.take({ type: 'GeometryCollection', geometries: [] }, 'line')).toBe(false);
  expect(drawing.active).toBe(false);
});

test('lengths and areas are those of PostGIS', () => {
  const line = fromGeometry({ type: 'LineString', coordinates: [[120.86, 32], [121.5, 31.5], [-73.9, 40.7]] }) as Sketch;
  expect(measure(line).length).toBeCloseTo(11937668.539069591, 3);
  expect(measure(fromGeometry(field) as Sketch).area).toBeCloseTo(11523997.713558197, 2);
  expect(measure(fromGeometry({ ...field, coordinates: [(field as GeoJSON.Polygon).coordinates[0] ?? []] } as Geometry) as Sketch).length).toBeCloseTo(14211.444413257785, 3);
  const large = fromGeometry({ type: 'Polygon', coordinates: [[[73, 20], [135, 20], [130, 50], [80, 45], [73, 20]]] }) as Sketch;
  expect(measure(large).area / 15279390363058.395).toBeCloseTo(1, 9);
  expect(sides([[0, 0], [1, 0], [1, 1]], true)).toHaveLength(3);
  expect(sides([[0, 0], [1, 0], [1, 1]], false)).toHaveLength(2);
  expect(distance([0, 0], [0, 0])).toBe(0);
});

test('lengths and areas in the units of the language', () => {
  expect(lengthText(12.345)).toBe('12.35 m');
  expect(lengthText(734.56)).toBe('734.6 m');
  expect(lengthText(12_345.6)).toBe('12.35 km');
  expect(lengthText(1_234_567)).toBe('1,235 km');
  expect(areaTexts('zh', 6666.67)).toEqual(['6,667 m²', '0.667 公顷', '10.00 亩']);
  expect(areaTexts('en', 6666.67)).toEqual(['6,667 m²', '0.667 ha']);
  expect(areaTexts('zh', 12_345_678)).toEqual(['12,345,678 m²', '1,235 公顷', '18,519 亩', '12.35 km²']);
  expect(areaTexts('en', 3)).toEqual(['3.0 m²']);
});

test('places are read as people write them, and none beyond the world', () => {
  for (const text of ['120.88,32.01', ' 120.88 32.01 ', '120.88，32.01', '120.88°, 32.01°', '120.88；32.01']) expect(readPlace(text), text).toEqual([120.88, 32.01]);
  for (const text of ['', '120.88', '32.01,120.88', '181,0', 'a,b', '1,2,3', '120.88,', '1e9,0']) expect(readPlace(text), text).toBeUndefined();
  expect(place(481.123456789, 32.123456789)).toEqual([121.1234568, 32.1234568]);
  expect(place(-190, 95)).toEqual([170, 90]);
  expect(readPlace(writePlace([120.1234567, -32.5]))).toEqual([120.1234567, -32.5]);
});
