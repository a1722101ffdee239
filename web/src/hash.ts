import type { Lang } from './types';

/** Where the map looks. */
export interface View { zoom: number; lat: number; lon: number; bearing: number; pitch: number }

/** All of the page that lives in the address bar. */
export interface Address { view?: View; lang?: Lang; layers?: string[]; thing?: string; cells?: string; table?: string; filters?: Record<string, string> }

const layerId = /^[a-z][a-z0-9_]{0,62}$/;

export function parseHash(hash: string): Address {
  const address: Address = {};
  for (const part of hash.replace(/^#/, '').split('&')) {
    const at = part.indexOf('=');
    if (at < 0) continue;
    const key = part.slice(0, at);
    const value = decode(part.slice(at + 1));
    if (key === 'map') address.view = parseView(value);
    else if (key === 'lang' && (value === 'zh' || value === 'en')) address.lang = value;
    else if (key === 'layers') address.layers = value.split(',').filter(Boolean);
    else if (key === 'thing' && value) address.thing = value;
    else if (key === 'table' && layerId.test(value)) address.table = value;
    else if (key.startsWith('filter.') && layerId.test(key.slice(7)) && value) (address.filters ??= {})[key.slice(7)] = value;
    else if (key === 'cells' && /^[a-z0-9_]+$/.test(value)) address.cells = value;
  }
  return address;
}

export function formatHash(address: Address): string {
  const parts: string[] = [];
  const view = address.view;
  if (view) {
    const places = Math.max(2, Math.ceil(Math.log2(2 ** view.zoom) / 3));
    const numbers = [round(view.zoom, 2), round(view.lat, places), round(view.lon, places)];
    parts.push(`map=${[...numbers, round(view.bearing, 1), round(view.pitch, 1)].join('/')}`);
  }
  if (address.lang) parts.push(`lang=${address.lang}`);
  if (address.layers) parts.push(`layers=${address.layers.join(',')}`);
  if (address.cells) parts.push(`cells=${address.cells}`);
  for (const [layer, filter] of Object.entries(address.filters ?? {})) parts.push(`filter.${layer}=${encodeURIComponent(filter)}`);
  if (address.table) parts.push(`table=${address.table}`);
  if (address.thing) parts.push(`thing=${encodeURIComponent(address.thing).replaceAll('%3A', ':')}`);
  return parts.length ? `#${parts.join('&')}` : '';
}

function parseView(value: string): View | undefined {
  const [zoom, lat, lon, bearing = 0, pitch = 0] = value.split('/').map(Number);
  if (zoom === undefined || lat === undefined || lon === undefined) return undefined;
  if (![zoom, lat, lon, bearing, pitch].every(Number.isFinite)) return undefined;
  if (Math.abs(lat) > 90 || Math.abs(lon) > 180) return undefined;
  return { zoom, lat, lon, bearing, pitch };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function round(number: number, places: number): number {
  return Number(number.toFixed(places)) + 0;
}
