import type { LayerSpecification, Map as GlMap, MapMouseEvent, PointLike } from 'maplibre-gl';
import { only } from '../layers/def';
import { sourceOf } from '../layers/own';

const color = '#5b2ca8';

const layersOf = (layer: string): LayerSpecification[] => {
  const common = { source: sourceOf(layer), 'source-layer': layer };
  return [
    { id: 'edited-fill', type: 'fill', ...common, filter: only('Polygon'), paint: { 'fill-color': color, 'fill-opacity': 0.15 } },
    { id: 'edited-line', type: 'line', ...common, filter: ['!=', ['geometry-type'], 'Point'], paint: { 'line-color': color, 'line-width': 2 } },
    { id: 'edited-point', type: 'circle', ...common, filter: only('Point'), paint: { 'circle-radius': 6, 'circle-color': color, 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 2 } },
  ];
};

/** Shows the layer whose features are edited, also where the map does not show it, and says which of them is clicked. */
export class EditedMap {
  private readonly ids: string[];
  /** The map's tiles of the layer, where it had none before. */
  private readonly source?: string;
  private readonly click: (event: MapMouseEvent) => void;

  constructor(private readonly map: GlMap, layer: string, picked: (gid: number) => void) {
    const source = sourceOf(layer);
    if (!map.getSource(source)) {
      map.addSource(source, { type: 'vector', url: `${location.origin}/tiles/${layer}.json` });
      this.source = source;
    }
    const drawn = layersOf(layer);
    this.ids = drawn.map((one) => one.id);
    for (const one of drawn) map.addLayer(one, map.getLayer('sketch-former-fill') ? 'sketch-former-fill' : undefined);
    this.click = (event) => {
      const box: [PointLike, PointLike] = [[event.point.x - 5, event.point.y - 5], [event.point.x + 5, event.point.y + 5]];
      const id = map.queryRenderedFeatures(box, { layers: this.ids })[0]?.id;
      if (id !== undefined) picked(Number(id));
    };
    map.on('click', this.click);
  }

  remove(): void {
    this.map.off('click', this.click);
    for (const id of this.ids) if (this.map.getLayer(id)) this.map.removeLayer(id);
    const { source } = this;
    if (source && !this.map.getStyle().layers.some((one) => 'source' in one && one.source === source)) this.map.removeSource(source);
  }
}
