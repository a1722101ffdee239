import type { Geometry } from '../types';
import { addHole, addPart, blank, fromGeometry, insert, LEAST, move, remove, removeRing, ringAt, type Kind, type Place, type RingOf, type Sketch, type Spot } from './sketch';

/** How many steps back are kept. */
const STEPS = 200;

/** The sketch on the map: what is drawn, where the pencil is, and the way back. */
export class Drawing {
  sketch = $state.raw<Sketch>(blank('line'));
  /** The ring that places are added to. */
  ring = $state.raw<RingOf>({ part: 0, ring: 0 });
  /** The place that is chosen. */
  chosen = $state<number>();
  /** Whether a click on the map adds a place. */
  adding = $state(false);
  /** Whether there is a sketch to work on at all. */
  active = $state(false);
  private past = $state.raw<Sketch[]>([]);
  private future = $state.raw<Sketch[]>([]);

  readonly places = $derived(ringAt(this.sketch, this.ring));
  readonly undoable = $derived(this.past.length > 0);
  readonly redoable = $derived(this.future.length > 0);

  begin(kind: Kind): void {
    this.open(blank(kind), true);
  }

  /** Takes a geometry to be changed; false for one that cannot be drawn. */
  take(geometry: Geometry | null | undefined, kind: Kind): boolean {
    const sketch = geometry ? fromGeometry(geometry) : blank(kind);
    if (!sketch) {
      this.end();
      return false;
    }
    this.open(sketch, !geometry);
    return true;
  }

  private open(sketch: Sketch, adding: boolean): void {
    this.sketch = sketch;
    this.ring = { part: 0, ring: 0 };
    this.chosen = undefined;
    this.past = [];
    this.future = [];
    this.adding = adding;
    this.active = true;
  }

  end(): void {
    this.open(blank(this.sketch.kind), false);
    this.active = false;
  }

  private step(to: Sketch): void {
    this.past = [...this.past.slice(1 - STEPS), this.sketch];
    this.future = [];
    this.sketch = to;
    this.settle();
  }

  /** Adds a place after the chosen one, else at the end. */
  add(place: Place): void {
    const at = this.chosen === undefined || this.sketch.kind === 'point' ? this.places.length : this.chosen + 1;
    this.step(insert(this.sketch, { ...this.ring, at }, place));
    if (this.chosen !== undefined) this.chosen = this.sketch.kind === 'point' ? 0 : at;
    if (this.sketch.kind === 'point') this.adding = false;
  }

  move(spot: Spot, place: Place): void {
    this.step(move(this.sketch, spot, place));
  }

  /** Puts a place between two, to be dragged on; a step only once it is dropped. */
  plant(spot: Spot, place: Place): void {
    this.sketch = insert(this.sketch, spot, place);
    this.choose(spot);
  }

  /** Moves without a step of its own: while a place is dragged. */
  drag(spot: Spot, place: Place): void {
    this.sketch = move(this.sketch, spot, place);
  }

  /** Ends a drag that began with that sketch. */
  drop(before: Sketch): void {
    this.past = [...this.past.slice(1 - STEPS), before];
    this.future = [];
  }

  remove(spot: Spot): void {
    this.step(remove(this.sketch, spot));
    this.chosen = undefined;
  }

  removeRing(): void {
    this.step(removeRing(this.sketch, this.ring));
    this.chosen = undefined;
  }

  addPart(): void {
    this.step(addPart(this.sketch));
    this.goTo({ part: this.sketch.parts.length - 1, ring: 0 }, true);
  }

  addHole(): void {
    this.step(addHole(this.sketch, this.ring.part));
    this.goTo({ part: this.ring.part, ring: (this.sketch.parts[this.ring.part]?.length ?? 1) - 1 }, true);
  }

  goTo(ring: RingOf, adding = false): void {
    this.ring = ring;
    this.chosen = undefined;
    this.adding = adding;
  }

  choose(spot: Spot | undefined): void {
    this.chosen = spot?.at;
    if (spot) this.ring = { part: spot.part, ring: spot.ring };
  }

  /** Ends adding; true if there was enough. */
  finish(): boolean {
    if (this.places.length < LEAST[this.sketch.kind]) return false;
    this.adding = false;
    this.chosen = undefined;
    return true;
  }

  undo(): void {
    const before = this.past.at(-1);
    if (!before) return;
    this.past = this.past.slice(0, -1);
    this.future = [...this.future, this.sketch];
    this.sketch = before;
    this.settle();
  }

  redo(): void {
    const after = this.future.at(-1);
    if (!after) return;
    this.future = this.future.slice(0, -1);
    this.past = [...this.past, this.sketch];
    this.sketch = after;
    this.settle();
  }

  /** What was pointed at may be gone. */
  private settle(): void {
    const { part, ring } = this.ring;
    if (!this.sketch.parts[part]?.[ring]) this.ring = { part: Math.min(part, this.sketch.parts.length - 1), ring: 0 };
    if (this.chosen !== undefined && this.chosen >= this.places.length) this.chosen = undefined;
  }
}
