import type { LayerDef } from './def';
import { symbolLayers } from './symbol';

/** Gauging stations. */
export const station: LayerDef = {
  id: 'station',
  titleKey: 'layer.station',
  legend: { shape: 'symbol', color: '#0b5cad' },
  visible: true,
  status: true,
  layers: symbolLayers('station', '#0b5cad'),
};
