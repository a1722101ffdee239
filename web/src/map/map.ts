import {
  AttributionControl, Map as GlMap, NavigationControl, ScaleControl, setWorkerUrl,
  type GeoJSONSource, type VectorTileSource,
} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import type { View } from '../hash';
import { layers } from '../layers';
import { nameField, tilesUrl } from '../layers/def';
import { sourceOf } from '../layers/own';
import type { Store } from '../state.svelte';
import type { Geometry, State } from '../types';
import { allIcons } from './icons';
import { inside, parseTile, touched, type Bounds, type TileId } from './cover';
import { pointFeatures } from './features';
import { hitsAt } from './hits';
import { showFilters, showOwn } from './own';
import { makeStyle } from './style';

setWorkerUrl(workerUrl);

/** The map's own words do not change with the switch, so they are said in both languages. */
const locale = {
  'Map.Title': '地图 / Map',
  'NavigationControl.ZoomIn': '放大 / Zoom in',
  'NavigationControl.ZoomOut': '缩小 / Zoom out',
  'NavigationControl.ResetBearing': '转正 / Reset bearing',
};

const fonts = '"Noto Sans CJK SC", "Noto Sans SC", sans-serif';

/** The map: draws the server's tiles, colours them by the store's states, and reports clicks and moves. */
export class CityMap {
  readonly map: GlMap;
  /** While somebody draws, clicks open nothing. */
  pencil = false;
  private ready = false;
  /** What changed of layers that are about to be refreshed; undefined for all of it. */
  private readonly refreshing = new Map<string, TileId[] | undefined>();
  private readonly tinted = new Set<string>();
  private selected: readonly Geometry[] = [];
  private lastClicked = '';

  constructor(container: HTMLElement, private readonly store: Store) {
    const view = store.view;
    this.map = new GlMap({
      container,
      style: makeStyle(store.layers),
      localIdeographFontFamily: fonts,
      attributionControl: false,
      maxPitch: 70,
      maxTileCacheSize: 0, // tiles out of view would not hear of changes; the browser keeps them, and asks whether they still hold
      locale,
      ...(view ? camera(view) : { bounds: store.region?.bbox ?? undefined, fitBoundsOptions: { padding: 24 } }),
      transformRequest: (url) => ({ url: sameOrigin(url), credentials: 'same-origin' }),
    });
    this.map.addControl(new NavigationControl({ visualizePitch: true }), 'bottom-right');
    this.map.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-left');
    this.map.addControl(new AttributionControl({ compact: true, customAttribution: '' }), 'bottom-left');
    this.map.on('error', (event) => {
      const error = event.error as Error & { status?: number };
      // A layer that this reader may not see, or that is not loaded, simply stays empty.
      if (error.status === 404 || error.status === 403 || error.status === 401 || error.name === 'AbortError') return;
      store.toast(error.message.includes('fetch') ? store.t('app.unreachable') : error.message);
    });
    this.map.on('load', () => this.loaded());
    this.map.on('moveend', () => store.moved(this.view(), this.bounds()));
    this.map.on('click', (event) => this.clicked(event.point));
    this.map.on('mousemove', 'cells-fill', (event) => store.cells.point(event.features?.[0]?.properties.h3 as string | undefined));
    this.map.on('mouseleave', 'cells-fill', () => store.cells.point(undefined));
    this.map.on('mousemove', (event) => {
      if (this.pencil) return;
      this.map.getCanvas().style.cursor = hitsAt(this.map, event.point).length ? 'pointer' : '';
    });
    store.hooks = {
      states: (changed) => this.showStates(changed),
      tiles: (layer, cover) => this.refresh(layer, cover),
      fit: (bbox) => this.map.fitBounds(bbox, { padding: 24, animate: false }),
      view: (to) => this.map.jumpTo(camera(to)),
    };
  }

  private loaded(): void {
    for (const { name, image } of allIcons()) this.map.addImage(name, image, { pixelRatio: 2 });
    this.ready = true;
    this.showLanguage();
    this.showLayers();
    this.showFilters();
    this.store.tree.bounds = this.bounds();
    this.showStates('all');
    this.showCells();
    this.showSelected(this.selected);
  }

  view(): View {
    const center = this.map.getCenter();
    return {
      zoom: this.map.getZoom(), lat: center.lat, lon: center.lng,
      bearing: this.map.getBearing(), pitch: this.map.getPitch(),
    };
  }

  private bounds(): Bounds {
    const box = this.map.getBounds();
    return [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()];
  }

  showLayers(): void {
    if (!this.ready) return;
    showOwn(this.map, this.store);
    for (const layer of layers) {
      const visibility = this.store.layers.includes(layer.id) ? 'visible' : 'none';
      for (const { id } of layer.layers) this.map.setLayoutProperty(id, 'visibility', visibility);
    }
  }

  showFilters(): void {
    if (this.ready) showFilters(this.map, this.store.tree);
  }

  showLanguage(): void {
    if (!this.ready) return;
    for (const layer of layers) {
      for (const { id } of layer.layers) {
        if (id.endsWith('-label')) this.map.setLayoutProperty(id, 'text-field', nameField(this.store.lang));
      }
    }
    this.showPoints();
  }

  /** Colours lines through their feature state and places the symbols of points. */
  showStates(changed: readonly State[] | 'all'): void {
    if (!this.ready) return;
    if (changed === 'all') {
      for (const source of this.tinted) this.map.removeFeatureState({ source, sourceLayer: source });
      this.tinted.clear();
    }
    const states = changed === 'all' ? [...this.store.states.values()].map((one) => one.properties) : changed;
    for (const { kind, gid, status } of states) {
      if (kind !== 'river' && kind !== 'reach') continue;
      this.tinted.add(kind);
      this.map.setFeatureState({ source: kind, sourceLayer: kind, id: gid }, { level: status.level, data: status.data });
    }
    this.showPoints();
  }

  /** Renews the symbols, whose labels carry an age. */
  showPoints(): void {
    if (!this.ready) return;
    const source = this.map.getSource<GeoJSONSource>('states');
    void source?.setData(pointFeatures(this.store.states, this.store.lang, this.store.shown.at ?? this.store.now));
  }

  showCells(): void {
    const cells = this.store.cells.drawn;
    if (this.ready) void this.map.getSource<GeoJSONSource>('cells')?.setData(cells);
  }

  showSelected(geometries: readonly Geometry[]): void {
    this.selected = geometries;
    if (!this.ready) return;
    const features = geometries.map((geometry) => ({ type: 'Feature' as const, properties: {}, geometry }));
    void this.map.getSource<GeoJSONSource>('selected')?.setData({ type: 'FeatureCollection', features });
  }

  /** Renews what changed of a layer, a moment later and once for all that changes meanwhile; all of it where no cover is told. */
  private refresh(layer: string, cover: string[]): void {
    if (!this.map.getSource(sourceOf(layer))) return;
    const tiles = cover.map(parseTile).filter((tile) => tile !== undefined);
    const all = tiles.length === 0;
    if (this.refreshing.has(layer)) {
      const known = this.refreshing.get(layer);
      this.refreshing.set(layer, all || !known ? undefined : [...known, ...tiles]);
      return;
    }
    this.refreshing.set(layer, all ? undefined : tiles);
    setTimeout(() => {
      const changed = this.refreshing.get(layer);
      this.refreshing.delete(layer);
      this.renew(layer, changed);
    }, 500);
  }

  private renew(layer: string, changed: TileId[] | undefined): void {
    const source = this.map.getSource<VectorTileSource>(sourceOf(layer));
    if (!source) return;
    const known = source.bounds as Bounds | undefined;
    if (!changed || !known || !inside(changed, known)) {
      // The description is read anew as well: what changed, or who reads, may have moved its bounds.
      source.setUrl(sameOrigin(tilesUrl(layers.find(({ id }) => id === layer) ?? { id: layer })));
      return;
    }
    const view = this.map.getBounds();
    const zoom = Math.min(source.maxzoom, Math.ceil(this.map.getZoom()) + 1);
    const tiles = touched(changed, [view.getWest(), view.getSouth(), view.getEast(), view.getNorth()], source.minzoom, zoom);
    if (tiles.length) this.map.refreshTiles(sourceOf(layer), tiles);
  }

  /** Selects what was clicked, and opens it if it is a thing; another click on the same goes on to what lies beneath. */
  private clicked(point: { x: number; y: number }): void {
    if (this.pencil) return;
    const hits = hitsAt(this.map, point);
    const keys = hits.map((hit) => hit.key);
    const again = keys.join() === this.lastClicked;
    this.lastClicked = keys.join();
    const open = again ? keys.indexOf(this.openKey()) : -1;
    const next = hits[(open + 1) % hits.length];
    if (!next) return;
    void this.store.tree.pickOnMap(next.layer, next.gid, !next.thing);
    if (next.thing) this.store.open(next.thing);
    else if (this.store.tree.table !== next.layer) this.store.tree.openTable(next.layer);
  }

  private openKey(): string {
    const { picked } = this.store.tree;
    return picked && sourceOf(picked.layer) !== picked.layer ? `${picked.layer} ${picked.gid}` : (this.store.thing ?? '');
  }
}

/** Every request goes to where the page came from, whatever a description of tiles calls that place. */
function sameOrigin(url: string): string {
  const { protocol, pathname, search } = new URL(url, location.href);
  return protocol.startsWith('http') ? location.origin + pathname + search : url;
}

function camera(view: View): { center: [number, number]; zoom: number; bearing: number; pitch: number } {
  return { center: [view.lon, view.lat], zoom: view.zoom, bearing: view.bearing, pitch: view.pitch };
}
