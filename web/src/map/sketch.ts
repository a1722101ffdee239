import type { GeoJSONSource, LayerSpecification, Map as GlMap, MapMouseEvent, MapTouchEvent } from 'maplibre-gl';
import type { Drawing } from '../draw/drawing.svelte';
import { distance, lengthText, sides } from '../draw/measure';
import { LEAST, place, toGeometry, type Place, type Spot } from '../draw/sketch';
import type { Geometry } from '../types';
import { bounds } from './features';

const ink = '#a3005c';
const former = '#8a4b00';
const wrong = '#c00000';
/** Beyond so many places, only those of the ring in hand can be taken; no map shows more than that apart. */
const HANDLES = 2000;

const shape: LayerSpecification[] = [
  { id: 'sketch-former-fill', type: 'fill', source: 'sketch-former', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': former, 'fill-opacity': 0.12 } },
  { id: 'sketch-former-line', type: 'line', source: 'sketch-former', filter: ['!=', ['geometry-type'], 'Point'], paint: { 'line-color': former, 'line-width': 2.5, 'line-dasharray': [2, 1.5] } },
  { id: 'sketch-former-point', type: 'circle', source: 'sketch-former', filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': 8, 'circle-opacity': 0, 'circle-stroke-color': former, 'circle-stroke-width': 2.5 } },
  { id: 'sketch-fill', type: 'fill', source: 'sketch', filter: ['==', ['get', 'role'], 'area'], paint: { 'fill-color': ink, 'fill-opacity': 0.14 } },
  { id: 'sketch-case', type: 'line', source: 'sketch', filter: ['in', ['get', 'role'], ['literal', ['line', 'area']]], layout: { 'line-join': 'round' }, paint: { 'line-color': '#ffffff', 'line-width': 5, 'line-opacity': 0.8 } },
  { id: 'sketch-line', type: 'line', source: 'sketch', filter: ['in', ['get', 'role'], ['literal', ['line', 'area']]], layout: { 'line-join': 'round' }, paint: { 'line-color': ink, 'line-width': 2.5 } },
  { id: 'sketch-open', type: 'line', source: 'sketch', filter: ['==', ['get', 'role'], 'open'], paint: { 'line-color': ink, 'line-width': 2, 'line-dasharray': [2, 2] } },
  { id: 'sketch-middle', type: 'circle', source: 'sketch', filter: ['==', ['get', 'role'], 'middle'], paint: { 'circle-radius': 3.5, 'circle-color': ink, 'circle-opacity': 0.75, 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 1 } },
  { id: 'sketch-place', type: 'circle', source: 'sketch', filter: ['==', ['get', 'role'], 'place'], paint: { 'circle-radius': ['case', ['get', 'chosen'], 8, 5.5], 'circle-color': ['case', ['get', 'chosen'], ink, '#ffffff'], 'circle-stroke-color': ['case', ['get', 'chosen'], '#ffffff', ink], 'circle-stroke-width': 2.5 } },
  { id: 'sketch-length', type: 'symbol', source: 'sketch', filter: ['==', ['get', 'role'], 'length'], layout: { 'text-field': ['get', 'text'], 'text-size': 12, 'text-offset': [0, -1], 'text-padding': 2 }, paint: { 'text-color': '#5c0034', 'text-halo-color': '#ffffff', 'text-halo-width': 1.6 } },
  { id: 'sketch-wrong', type: 'circle', source: 'sketch-wrong', paint: { 'circle-radius': 13, 'circle-color': wrong, 'circle-opacity': 0.18, 'circle-stroke-color': wrong, 'circle-stroke-width': 3 } },
];

const collection = (features: GeoJSON.Feature[]): GeoJSON.FeatureCollection => ({ type: 'FeatureCollection', features });

type Put = (role: string, geometry: Geometry, properties?: Record<string, unknown>) => void;

const middle = ([x = 0, y = 0]: Place, [u = 0, v = 0]: Place): number[] => [(x + u) / 2, (y + v) / 2];

/** Where a click lands: on a place of the sketch, between two, or elsewhere. */
interface Hit { role: 'place' | 'middle'; spot: Spot; place: Place }

/** Draws the sketch on the map, and takes what the pointer does there. */
export class SketchMap {
  private dragged?: { spot: Spot; before: Drawing['sketch'] };
  private last = { x: -99, y: -99 };
  /** What of the sketch can be taken hold of. */
  private handles: Hit[] = [];
  /** Where the pointer is while places are added. */
  private pointer?: Place;
  private readonly offs: (() => void)[] = [];

  constructor(private readonly map: GlMap, private readonly drawing: Drawing) {
    for (const source of ['sketch-former', 'sketch', 'sketch-wrong']) map.addSource(source, { type: 'geojson', data: collection([]) });
    for (const layer of shape) map.addLayer(layer);
    map.doubleClickZoom.disable();
    const on = (type: 'click' | 'dblclick' | 'contextmenu' | 'mousedown' | 'mousemove' | 'mouseup' | 'mouseout', run: (event: MapMouseEvent) => void): void => {
      map.on(type, run);
      this.offs.push(() => map.off(type, run));
    };
    const touch = (type: 'touchstart' | 'touchmove' | 'touchend', run: (event: MapTouchEvent) => void): void => {
      map.on(type, run);
      this.offs.push(() => map.off(type, run));
    };
    on('click', (event) => this.click(event));
    on('dblclick', (event) => {
      event.preventDefault();
      drawing.finish();
    });
    on('contextmenu', (event) => {
      const hit = this.hit(event.point);
      if (hit?.role === 'place') drawing.remove(hit.spot);
    });
    on('mousedown', (event) => this.take(event));
    on('mousemove', (event) => this.drag(event));
    on('mouseup', () => this.drop());
    on('mouseout', () => this.point(undefined));
    touch('touchstart', (event) => event.points.length === 1 && this.take(event));
    touch('touchmove', (event) => this.drag(event));
    touch('touchend', () => this.drop());
  }

  remove(): void {
    for (const off of this.offs) off();
    for (const { id } of shape) this.map.removeLayer(id);
    for (const source of ['sketch-former', 'sketch', 'sketch-wrong']) this.map.removeSource(source);
    this.map.doubleClickZoom.enable();
    this.map.getCanvas().style.cursor = '';
  }

  /** Shows the sketch as it is now. */
  show(): void {
    const { sketch, active } = this.drawing;
    const features: GeoJSON.Feature[] = [];
    this.handles = [];
    const put: Put = (role, geometry, properties = {}) => {
      features.push({ type: 'Feature', geometry, properties: { role, ...properties } });
    };
    const whole = active ? toGeometry(sketch) : undefined;
    if (whole && sketch.kind !== 'point') put(sketch.kind === 'polygon' ? 'area' : 'line', whole);
    if (active) sketch.parts.forEach((part, i) => part.forEach((ring, j) => this.showRing(put, { part: i, ring: j, at: 0 }, ring, !whole)));
    this.showNext(put);
    void this.map.getSource<GeoJSONSource>('sketch')?.setData(collection(features));
  }

  /** The side that a click would add, and how long it would be. */
  private showNext(put: Put): void {
    const { sketch, places, adding, chosen } = this.drawing;
    const from = places[chosen ?? places.length - 1];
    if (!adding || !this.pointer || !from || sketch.kind === 'point') return;
    const line: Geometry = { type: 'LineString', coordinates: [[...from], [...this.pointer]] };
    put('open', line);
    put('length', { type: 'Point', coordinates: middle(from, this.pointer) }, { text: lengthText(distance(from, this.pointer)) });
  }

  private point(at: Place | undefined): void {
    if (!at && !this.pointer) return;
    this.pointer = at;
    this.show();
  }

  private showRing(put: Put, spot: Spot, ring: readonly Place[], open: boolean): void {
    const { sketch, ring: inHand, chosen } = this.drawing;
    const mine = inHand.part === spot.part && inHand.ring === spot.ring;
    if (open && sketch.kind !== 'point' && ring.length > 1) put('open', { type: 'LineString', coordinates: ring.map((one) => [...one]) });
    if (!mine && sketch.parts.flat(2).length > HANDLES) return;
    const closed = sketch.kind === 'polygon' && ring.length >= LEAST.polygon;
    const ends = closed ? [...ring.slice(1), ring[0] as Place] : ring.slice(1);
    const lengths = ring.length <= HANDLES ? sides(ring, closed) : [];
    if (sketch.kind !== 'point') {
      ends.forEach((end, at) => {
        const half: GeoJSON.Point = { type: 'Point', coordinates: middle(ring[at] as Place, end) };
        put('middle', half);
        this.handles.push({ role: 'middle', spot: { ...spot, at: at + 1 }, place: half.coordinates });
        if (lengths[at]) put('length', half, { text: lengthText(lengths[at]) });
      });
    }
    ring.forEach((one, at) => {
      put('place', { type: 'Point', coordinates: [...one] }, { chosen: mine && chosen === at });
      this.handles.push({ role: 'place', spot: { ...spot, at }, place: one });
    });
  }

  /** Shows a geometry beside the sketch: a former one, or another's. */
  showFormer(geometry: Geometry | null | undefined): void {
    const features = geometry ? [{ type: 'Feature' as const, properties: {}, geometry }] : [];
    void this.map.getSource<GeoJSONSource>('sketch-former')?.setData(collection(features));
  }

  /** Marks the place that an error names. */
  showWrong(at: Place | undefined): void {
    const features = at ? [{ type: 'Feature' as const, properties: {}, geometry: { type: 'Point' as const, coordinates: [...at] } }] : [];
    void this.map.getSource<GeoJSONSource>('sketch-wrong')?.setData(collection(features));
    if (at) this.reveal({ type: 'Point', coordinates: [...at] });
  }

  /** Moves the map only when what is to be seen is not. */
  reveal(geometry: Geometry): void {
    const box = bounds(geometry);
    if (!box) return;
    const { clientWidth: width, clientHeight: height } = this.map.getContainer();
    const hidden = matchMedia('(max-width: 700px)').matches ? height * 0.6 : 0; // by the sheet
    const seen = [[box[0], box[1]], [box[2], box[3]]].every((corner) => {
      const { x, y } = this.map.project(corner as [number, number]);
      return x >= 0 && x <= width && y >= 0 && y <= height - hidden;
    });
    if (seen) return;
    const padding = { top: 60, left: 40, right: 40, bottom: 40 + hidden };
    this.map.fitBounds(box, { padding, maxZoom: Math.max(14, this.map.getZoom()), animate: false });
  }

  /** The handle nearest to a point, within reach; places before what lies between them. Asked of the sketch itself: what the map has drawn lags behind. */
  private hit(point: { x: number; y: number }): Hit | undefined {
    const reach = matchMedia('(pointer: coarse)').matches ? 16 : 8;
    let found: Hit | undefined;
    let best = Infinity;
    for (const hit of this.handles) {
      const { x, y } = this.map.project([hit.place[0] ?? NaN, hit.place[1] ?? NaN]);
      const away = Math.hypot(x - point.x, y - point.y);
      if (away > reach) continue;
      const order = away + (hit.role === 'place' ? 0 : reach);
      if (order < best) [found, best] = [hit, order];
    }
    return found;
  }

  private click(event: MapMouseEvent): void {
    const { drawing } = this;
    if (!drawing.active || event.defaultPrevented) return;
    const near = Math.hypot(event.point.x - this.last.x, event.point.y - this.last.y) < 4;
    this.last = drawing.adding ? event.point : { x: -99, y: -99 };
    if (near) return; // the second click of two
    const hit = this.hit(event.point);
    if (hit?.role === 'place') {
      const { part, ring, at } = hit.spot;
      const mine = part === drawing.ring.part && ring === drawing.ring.ring;
      const end = mine && drawing.adding && (at === drawing.places.length - 1 || (at === 0 && drawing.sketch.kind === 'polygon'));
      if (end && drawing.finish()) return;
      drawing.choose(hit.spot);
    } else if (drawing.adding) drawing.add(place(event.lngLat.lng, event.lngLat.lat));
    else drawing.choose(undefined);
  }

  private take(event: MapMouseEvent | MapTouchEvent): void {
    if (!this.drawing.active || ('button' in event.originalEvent && event.originalEvent.button !== 0)) return;
    const hit = this.hit(event.point);
    if (!hit || (hit.role === 'middle' && this.drawing.adding)) return;
    event.preventDefault(); // the map stays where it is
    this.pointer = undefined;
    this.dragged = { spot: hit.spot, before: this.drawing.sketch };
    if (hit.role === 'middle') this.drawing.plant(hit.spot, place(event.lngLat.lng, event.lngLat.lat));
  }

  private drag(event: MapMouseEvent | MapTouchEvent): void {
    const { drawing, dragged } = this;
    if (!dragged) {
      this.map.getCanvas().style.cursor = !drawing.active ? '' : this.hit(event.point) ? 'move' : drawing.adding ? 'crosshair' : '';
      this.point(drawing.active && drawing.adding ? place(event.lngLat.lng, event.lngLat.lat) : undefined);
      return;
    }
    drawing.drag(dragged.spot, place(event.lngLat.lng, event.lngLat.lat));
  }

  private drop(): void {
    const { dragged, drawing } = this;
    this.dragged = undefined;
    if (dragged && dragged.before !== drawing.sketch) drawing.drop(dragged.before);
  }
}
