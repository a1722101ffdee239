import type { LayerDef } from './def';
import { symbolLayers } from './symbol';

/** Sluices, pumps, locks and the other works. */
export const work: LayerDef = {
  id: 'work',
  titleKey: 'layer.work',
  legend: { shape: 'symbol', color: '#34495e' },
  visible: true,
  status: true,
  layers: symbolLayers('work', '#34495e'),
};
