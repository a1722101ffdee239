import { byHour, colorOf, datumsOf, lastHours, makeRamp, statisticOf, type Cell, type CellCollection } from './cells';

/** What the map shows of the cells, and which of them. */
export class CellView {
  /** The property shown; none while the layer is off. */
  property = $state<string>();
  /** The datum asked for; another is shown when it does not occur. */
  wanted = $state<string>();
  /** The start of the hour shown; the latest that has cells while nothing is chosen. */
  chosen = $state<number>();
  now = $state(Date.now());
  collection = $state.raw<CellCollection>();
  pointed = $state.raw<Cell>();

  readonly hours = $derived(lastHours(this.now));
  readonly datums = $derived(datumsOf(this.collection?.features ?? []));
  readonly datum = $derived(this.wanted !== undefined && this.datums.includes(this.wanted) ? this.wanted : (this.datums[0] ?? ''));
  private readonly cells = $derived(byHour(this.collection?.features ?? [], this.datum));
  private readonly latest = $derived(this.hours.findLast((hour) => this.cells.has(hour)) ?? this.hours.at(-1) ?? 0);
  readonly hour = $derived(this.chosen !== undefined && this.hours.includes(this.chosen) ? this.chosen : this.latest);
  readonly statistic = $derived(statisticOf(this.property ?? ''));
  /** One ramp for all hours, so that colours keep their meaning while time moves. */
  readonly ramp = $derived(makeRamp([...this.cells.values()].flat().map((cell) => cell.properties[this.statistic])));
  /** The cells of the hour, highest first. */
  readonly shown = $derived(
    (this.property ? (this.cells.get(this.hour) ?? []) : []).toSorted(
      (a, b) => b.properties[this.statistic] - a.properties[this.statistic],
    ),
  );

  /** The cells of the hour, each with its colour, for the map. */
  readonly drawn: GeoJSON.FeatureCollection = $derived({
    type: 'FeatureCollection',
    features: this.shown.map((cell) => ({
      type: 'Feature',
      geometry: cell.geometry,
      properties: { h3: cell.properties.h3, color: this.ramp ? colorOf(this.ramp, cell.properties[this.statistic]) : '#888888' },
    })),
  });

  show(property: string | undefined): void {
    if (property === this.property) return;
    this.property = property;
    this.collection = undefined;
    this.pointed = undefined;
  }

  point(h3: string | undefined): void {
    if (this.pointed?.h3 !== h3) this.pointed = h3 ? this.shown.find((cell) => cell.properties.h3 === h3)?.properties : undefined;
  }
}
