import { levelColor, levelShape, type Shape } from '../status';
import { DATA, LEVELS, type Data, type Level } from '../types';

export type IconKind = 'station' | 'work';
export const ICON_SIZE = 28;

export function iconName(kind: string, level: Level, data: Data): string {
  return `${kind === 'work' ? 'work' : 'station'}-${level}-${data}`;
}

/** Every symbol the map can need, drawn at twice its size. */
export function allIcons(): { name: string; image: ImageData }[] {
  const kinds: IconKind[] = ['station', 'work'];
  return kinds.flatMap((kind) =>
    LEVELS.flatMap((level) => DATA.map((data) => ({ name: iconName(kind, level, data), image: drawn(kind, level, data) }))),
  );
}

function drawn(kind: IconKind, level: Level, data: Data): ImageData {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = ICON_SIZE * 2;
  const context = canvas.getContext('2d', { willReadFrequently: true }) as CanvasRenderingContext2D;
  context.scale(2, 2);
  drawIcon(context, kind, level, data);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/**
 * Draws one symbol in a square of ICON_SIZE. Fresh symbols are filled; stale ones hollow within a grey
 * dashed ring; faulty ones hollow and struck through. The level's colour and shape stay visible in all.
 */
export function drawIcon(c: CanvasRenderingContext2D, kind: IconKind, level: Level, data: Data): void {
  const middle = ICON_SIZE / 2;
  const color = levelColor[level];
  const shape = levelShape[level];
  c.lineJoin = 'round';
  if (kind === 'work') {
    c.fillStyle = 'rgba(255,255,255,0.95)';
    c.strokeStyle = data === 'fresh' ? '#34495e' : '#8b95a0';
    c.lineWidth = 2;
    c.setLineDash(data === 'fresh' ? [] : [3, 2]);
    c.beginPath();
    c.rect(2, 2, ICON_SIZE - 4, ICON_SIZE - 4);
    c.fill();
    c.stroke();
    c.setLineDash([]);
  } else if (data !== 'fresh') {
    c.strokeStyle = '#7d8790';
    c.lineWidth = 1.5;
    c.setLineDash([3, 2]);
    c.beginPath();
    c.arc(middle, middle, 12.5, 0, 2 * Math.PI);
    c.fillStyle = 'rgba(255,255,255,0.85)';
    c.fill();
    c.stroke();
    c.setLineDash([]);
  }
  const radius = kind === 'work' ? 7 : 8.5;
  c.beginPath();
  outline(c, shape, middle, middle, radius);
  const hollow = data !== 'fresh' || shape === 'ring';
  c.strokeStyle = '#ffffff';
  c.lineWidth = 4;
  c.stroke();
  c.fillStyle = hollow ? '#ffffff' : color;
  c.fill();
  c.strokeStyle = hollow ? color : '#ffffff';
  c.lineWidth = hollow ? 2.6 : 1.5;
  c.stroke();
  if (shape === 'question') {
    c.fillStyle = hollow ? color : '#ffffff';
    c.font = 'bold 12px sans-serif';
    c.textAlign = 'center';
    c.textBaseline = 'middle';
    c.fillText('?', middle, middle + 0.5);
  }
  if (data === 'faulty') {
    c.strokeStyle = '#222222';
    c.lineWidth = 2;
    c.beginPath();
    c.moveTo(5, ICON_SIZE - 5);
    c.lineTo(ICON_SIZE - 5, 5);
    c.stroke();
  }
}

function outline(c: CanvasRenderingContext2D, shape: Shape, x: number, y: number, r: number): void {
  const points = polygon(shape, r);
  if (!points) {
    c.arc(x, y, shape === 'ring' ? r - 1.5 : r, 0, 2 * Math.PI);
    return;
  }
  points.forEach(([dx, dy], at) => (at === 0 ? c.moveTo(x + dx, y + dy) : c.lineTo(x + dx, y + dy)));
  c.closePath();
}

/** The corners of a shape around the origin; none for round ones. Also used for the legend's SVG. */
export function polygon(shape: Shape, r: number): [number, number][] | undefined {
  switch (shape) {
    case 'up':
      return [[0, -r], [r, r * 0.8], [-r, r * 0.8]];
    case 'down':
      return [[0, r], [r, -r * 0.8], [-r, -r * 0.8]];
    case 'diamond':
      return [[0, -r * 1.1], [r * 1.1, 0], [0, r * 1.1], [-r * 1.1, 0]];
    case 'square':
      return [[-r * 0.85, -r * 0.85], [r * 0.85, -r * 0.85], [r * 0.85, r * 0.85], [-r * 0.85, r * 0.85]];
    case 'star':
      return Array.from({ length: 10 }, (_, i) => {
        const length = i % 2 ? r * 0.5 : r * 1.2;
        const angle = (i * Math.PI) / 5 - Math.PI / 2;
        return [length * Math.cos(angle), length * Math.sin(angle)] as [number, number];
      });
    default:
      return undefined;
  }
}
