import uPlot from 'uplot';
import { moment, quantity } from '../format';
import type { Lang } from '../types';
import { tickLabels } from './plot';

export interface BarsInput {
  width: number; unit: string; from: number; to: number; timezone?: string; lang: Lang;
  words: { time: string; whole: string; part?: string };
  spans: readonly [from: number, to: number][]; gaps: readonly [from: number, to: number][];
}

/** How rain is drawn: a bar for each span, pale where it is known in part, and hatching where nothing is known. */
export function rainOptions(input: BarsInput): uPlot.Options {
  const { unit, timezone, lang, words, spans } = input;
  const span = (at: number | null | undefined): string => {
    const found = at === null || at === undefined ? undefined : spans[at];
    return found ? found.map((end) => moment(lang, end * 1000, timezone)).join(' – ') : '–';
  };
  const bars = (label: string, fill: string): uPlot.Series => ({
    label, fill, stroke: '#0b5cad', width: 1, points: { show: false }, paths: uPlot.paths.bars?.({ size: [0.9, 60] }),
    value: (_, value: number | null) => quantity(value, unit),
  });
  return {
    width: input.width,
    height: 170,
    tzDate: (at) => (timezone ? uPlot.tzDate(new Date(at * 1000), timezone) : new Date(at * 1000)),
    cursor: { drag: { x: false, y: false }, points: { show: false } },
    scales: { x: { time: true, range: () => [input.from, input.to] }, y: { range: (_, __, high) => [0, Math.max(1, (high ?? 0) * 1.1)] } },
    axes: [
      { stroke: '#33414e', grid: { stroke: '#e3e7ea' }, values: (_, ticks) => tickLabels(ticks, lang, timezone), space: 70 },
      { stroke: '#33414e', grid: { stroke: '#e3e7ea' }, size: 52 },
    ],
    series: [
      { label: words.time, value: (_, __, ___, at) => span(at) },
      bars(words.whole, '#4f8fc4'),
      ...(words.part ? [bars(words.part, '#d6e6f4')] : []),
    ],
    hooks: { drawClear: [(plot) => hatch(plot, input.gaps)] },
  };
}

function hatch(plot: uPlot, gaps: readonly [number, number][]): void {
  const c = plot.ctx;
  const { left, width, top, height } = plot.bbox;
  c.save();
  c.beginPath();
  c.rect(left, top, width, height);
  c.clip();
  c.strokeStyle = '#b4bec7';
  c.lineWidth = devicePixelRatio;
  for (const [from, to] of gaps) {
    const start = Math.max(left, plot.valToPos(from, 'x', true));
    const end = Math.min(left + width, plot.valToPos(to, 'x', true));
    if (!(end > start)) continue;
    c.save();
    c.beginPath();
    c.rect(start, top, end - start, height);
    c.clip();
    c.beginPath();
    for (let x = start - height; x < end; x += 7 * devicePixelRatio) {
      c.moveTo(x, top + height);
      c.lineTo(x + height, top);
    }
    c.stroke();
    c.restore();
  }
  c.restore();
}
