import uPlot from 'uplot';
import { marked, type Reading } from '../readings';
import { moment, quantity } from '../format';
import type { Lang } from '../types';

export interface PlotInput {
  width: number; unit: string; from: number; to: number; timezone?: string; lang: Lang;
  words: { time: string; last: string; min: string; max: string; ahead: string; low: string; high: string };
  lines: { type: string; value: number; text: string }[];
  readings: readonly Reading[];
  pointed?: (seconds: number | undefined) => void;
}

const lineColor: Record<string, string> = {
  warning: '#b36b00', guaranteed: '#c03a00', record: '#8f0e63', 'record-low': '#6b4a00', drought: '#6b4a00',
};

/** How a hydrograph is drawn: a band from minimum to maximum, the last values, the forecast with its own band, and threshold lines. */
export function plotOptions(input: PlotInput): uPlot.Options {
  const { words, unit, lines, timezone, lang } = input;
  const shown = (_: uPlot, value: number | null): string => quantity(value, unit);
  return {
    width: input.width,
    height: 220,
    tzDate: (seconds) => (timezone ? uPlot.tzDate(new Date(seconds * 1000), timezone) : new Date(seconds * 1000)),
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      x: { time: true, range: () => [input.from, input.to] },
      y: { range: (_, low, high) => valueRange(low, high, lines.map((line) => line.value)) },
    },
    axes: [
      { stroke: '#33414e', grid: { stroke: '#e3e7ea' }, values: (_, ticks) => tickLabels(ticks, lang, timezone), space: 70 },
      { stroke: '#33414e', grid: { stroke: '#e3e7ea' }, size: 52 },
    ],
    series: [
      { label: words.time, value: (_, seconds) => (seconds === null ? '–' : moment(lang, seconds * 1000, timezone)) },
      { label: words.max, stroke: '#9cc4e4', width: 1, value: shown, points: { show: false } },
      { label: words.min, stroke: '#9cc4e4', width: 1, value: shown, points: { show: false } },
      { label: words.last, stroke: '#0b5cad', width: 2, value: shown, points: { show: undefined, size: 4 } },
      { label: words.high, stroke: '#d9b38c', width: 1, value: shown, points: { show: false } },
      { label: words.low, stroke: '#d9b38c', width: 1, value: shown, points: { show: false } },
      { label: words.ahead, stroke: '#a8320a', width: 2, dash: [6, 3], value: shown, points: { show: false } },
    ],
    bands: [{ series: [1, 2], fill: 'rgba(86, 152, 207, 0.25)' }, { series: [4, 5], fill: 'rgba(200, 120, 50, 0.22)' }],
    hooks: {
      draw: [(plot) => drawLines(plot, lines), (plot) => drawMarks(plot, input.readings)],
      setCursor: [(plot) => input.pointed?.(timeAt(plot))],
    },
  };
}

/**
 * The span of values to show: all readings, and those thresholds that do not squeeze the readings flat.
 * A threshold too far off is left out of the span, and so off the picture.
 */
export function valueRange(low: number | null, high: number | null, thresholds: readonly number[]): [number, number] {
  let from = low ?? 0;
  let to = high ?? 1;
  const reach = Math.max(to - from, 0.2) * 4;
  const near = thresholds.filter((value) => value >= from - reach && value <= to + reach);
  from = Math.min(from, ...near);
  to = Math.max(to, ...near);
  const margin = Math.max((to - from) * 0.08, 0.02);
  return [from - margin, to + margin];
}

/** The time under the pointer; none when it is elsewhere. */
function timeAt(plot: uPlot): number | undefined {
  const left = plot.cursor.left ?? -1;
  return left < 0 ? undefined : plot.posToVal(left, 'x');
}

export function tickLabels(ticks: number[], lang: Lang, timezone?: string): string[] {
  const step = (ticks[1] ?? 0) - (ticks[0] ?? 0);
  const day = new Intl.DateTimeFormat(lang === 'zh' ? 'zh-CN' : 'en-GB', { month: 'numeric', day: 'numeric', timeZone: timezone });
  const hour = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: timezone });
  return ticks.map((tick) => (step >= 86400 ? day : hour).format(tick * 1000));
}

function drawLines(plot: uPlot, lines: PlotInput['lines']): void {
  const c = plot.ctx;
  const { left, width, top, height } = plot.bbox;
  c.save();
  c.font = `${11 * devicePixelRatio}px sans-serif`;
  c.textAlign = 'left';
  c.lineWidth = 1.5 * devicePixelRatio;
  for (const line of lines) {
    const y = plot.valToPos(line.value, 'y', true);
    if (y < top || y > top + height) continue;
    c.strokeStyle = c.fillStyle = lineColor[line.type] ?? '#4a4a6a';
    c.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    c.beginPath();
    c.moveTo(left, y);
    c.lineTo(left + width, y);
    c.stroke();
    c.fillText(line.text, left + 4 * devicePixelRatio, y - 4 * devicePixelRatio);
  }
  c.restore();
}

/** Shapes of what is marked on the picture; the legend draws the same ones. */
export const markShape = {
  flagged: { color: '#a8320a', points: [[0, -5.5], [5, 3.5], [-5, 3.5]] },
  corrected: { color: '#7a1fa2', points: [[0, -6], [6, 0], [0, 6], [-6, 0]] },
} as const;

/** Flagged readings are hollow triangles, corrected ones solid diamonds; what is both has the triangle above the diamond. */
function drawMarks(plot: uPlot, readings: readonly Reading[]): void {
  const c = plot.ctx;
  const { left, width, top, height } = plot.bbox;
  c.save();
  c.beginPath();
  c.rect(left, top, width, height);
  c.clip();
  for (const reading of readings) {
    if (!marked(reading)) continue;
    const x = plot.valToPos(reading.time, 'x', true);
    const y = plot.valToPos(reading.value, 'y', true);
    if (reading.corrected) drawMark(c, x, y, 'corrected');
    if (reading.flags.some((flag) => flag !== 'operator')) drawMark(c, x, reading.corrected ? y - 11 * devicePixelRatio : y, 'flagged');
  }
  c.restore();
}

function drawMark(c: CanvasRenderingContext2D, x: number, y: number, kind: keyof typeof markShape): void {
  const { color, points } = markShape[kind];
  c.beginPath();
  for (const [dx, dy] of points) c.lineTo(x + dx * devicePixelRatio, y + dy * devicePixelRatio);
  c.closePath();
  c.lineWidth = 1.5 * devicePixelRatio;
  c.strokeStyle = color;
  c.fillStyle = kind === 'corrected' ? color : 'rgba(255, 255, 255, 0.8)';
  c.fill();
  c.stroke();
}
