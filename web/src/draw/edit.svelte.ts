import { Problem } from '../api';
import type { Collection } from '../collections';
import type { Key } from '../i18n/zh';
import type { Store } from '../state.svelte';
import type { Geometry } from '../types';
import type { Drawing } from './drawing.svelte';
import { Features, type Change, type Held, type Past } from './features';
import { changed, clashes, fieldsOf, kindsOf, namedPlace, same, textOf, textsOf, type Bad, type Clash, type Field, type Texts } from './form';
import { complete, toGeometry, type Kind, type Place } from './sketch';

/** The editing of one feature: what it was when it was read, what it is to become, and what stands in the way. */
export class Edit {
  readonly features: Features;
  layers = $state.raw<Collection[]>();
  layer = $state<string>();
  fields = $state.raw<Field[]>([]);
  kinds = $state.raw<Kind[]>([]);
  /** The feature as it was read; without a tag for a new one. Undefined while none is open. */
  held = $state.raw<Held>();
  texts = $state<Texts>({});
  bad = $state.raw<Record<string, Bad>>({});
  /** A refusal of the server, and the property or place that it names. */
  refused = $state.raw<{ text: string; field?: string; place?: Place }>();
  clash = $state.raw<{ held: Held; by: string; list: Clash[] }>();
  past = $state.raw<{ changes: Past[]; more: boolean }>();
  /** A former geometry, or another's, beside the sketch. */
  former = $state.raw<Geometry>();
  /** A feature that was just deleted, and can be brought back. */
  deleted = $state.raw<{ layer: string; gid: number }>();
  said = $state<Key>();
  busy = $state(false);

  readonly isNew = $derived(this.held?.tag === '');

  constructor(private readonly store: Store, private readonly drawing: Drawing) {
    this.features = new Features(store.api);
  }

  /** The layers that the reader may edit. */
  async find(): Promise<void> {
    const all = await this.store.try(() => this.features.layers());
    this.layers = all?.filter((one) => one.editable) ?? [];
    if (this.layers.some((one) => one.id === this.layer)) return;
    this.close();
    const first = this.layers[0]?.id;
    if (first) await this.choose(first);
    else this.layer = undefined;
  }

  async choose(layer: string): Promise<void> {
    this.close();
    this.deleted = undefined;
    this.layer = layer;
    const schema = await this.store.try(() => this.features.schema(layer));
    if (!schema || this.layer !== layer) return;
    this.fields = fieldsOf(schema);
    this.kinds = kindsOf(schema);
  }

  begin(kind: Kind): void {
    this.show({ feature: { type: 'Feature', id: 0, geometry: null, properties: {} }, tag: '' });
    this.drawing.begin(kind);
  }

  async open(gid: number): Promise<void> {
    const { layer } = this;
    if (!layer) return;
    const held = await this.store.try(() => this.features.read(layer, gid));
    if (!held || this.layer !== layer) return;
    this.show(held);
    this.drawing.take(held.feature.geometry, this.kinds[0] ?? 'polygon');
    await this.remember();
  }

  private show(held: Held): void {
    this.close();
    this.deleted = undefined;
    this.held = held;
    this.texts = textsOf(this.fields, held.feature.properties);
  }

  close(): void {
    this.held = this.clash = this.past = this.former = this.refused = this.said = undefined;
    this.bad = {};
    this.drawing.end();
  }

  /** What is to be changed; undefined where a field cannot be taken. */
  private wanted(): Change | undefined {
    const { held, drawing } = this;
    if (!held) return undefined;
    const { properties, bad } = changed(this.fields, held.feature.properties, this.texts);
    this.bad = bad;
    if (Object.keys(bad).length) return undefined;
    const change: Change = Object.keys(properties).length ? { properties } : {};
    const geometry = drawing.active && complete(drawing.sketch) ? toGeometry(drawing.sketch) : undefined;
    if (geometry && !same(geometry, held.feature.geometry)) change.geometry = geometry;
    return change;
  }

  /** Whether something is changed that is not stored. */
  get dirty(): boolean {
    if (!this.held) return false;
    const { properties, bad } = changed(this.fields, this.held.feature.properties, this.texts);
    return this.drawing.undoable || Object.keys(properties).length > 0 || Object.keys(bad).length > 0;
  }

  async save(): Promise<void> {
    const { held, layer, drawing } = this;
    this.said = this.refused = undefined;
    if (!held || !layer) return;
    if (drawing.active && drawing.sketch.parts.flat(2).length > 0 && !complete(drawing.sketch)) {
      this.refused = { text: this.store.t('edit.incomplete') };
      return;
    }
    const change = this.wanted();
    if (!change) return;
    if (!this.isNew && !Object.keys(change).length) {
      this.said = 'edit.same';
      return;
    }
    await this.run(async () => {
      const done = this.isNew ? await this.features.create(layer, change) : await this.features.change(layer, held.feature.id, change, held.tag);
      await this.done(done, 'edit.saved');
    }, change);
  }

  async remove(): Promise<void> {
    const { held, layer } = this;
    if (!held || !layer) return;
    await this.run(async () => {
      await this.features.remove(layer, held.feature.id, held.tag);
      this.close();
      this.deleted = { layer, gid: held.feature.id };
    });
  }

  /** Makes the feature what it was before a change. */
  async restore(version: number): Promise<void> {
    const { held, layer } = this;
    if (!held || !layer) return;
    await this.run(async () => this.done(await this.features.restore(layer, held.feature.id, version, held.tag), 'edit.restored'));
  }

  async bringBack(): Promise<void> {
    const gone = this.deleted;
    if (!gone || gone.layer !== this.layer) return;
    await this.run(async () => {
      const { changes } = await this.features.history(gone.layer, gone.gid);
      if (!changes[0]) return;
      await this.done(await this.features.restore(gone.layer, gone.gid, changes[0].version), 'edit.restored');
    });
  }

  private async done(held: Held, said: Key): Promise<void> {
    this.show(held);
    this.drawing.take(held.feature.geometry, this.kinds[0] ?? 'polygon');
    this.drawing.adding = false;
    this.said = said;
    await this.remember();
  }

  async remember(): Promise<void> {
    const { held, layer } = this;
    if (!held || !layer) return;
    const past = await this.store.try(() => this.features.history(layer, held.feature.id));
    if (this.held === held) this.past = past;
  }

  async older(): Promise<void> {
    const { held, layer, past } = this;
    const last = past?.changes.at(-1);
    if (!held || !layer || !past || !last) return;
    const next = await this.store.try(() => this.features.history(layer, held.feature.id, last.version));
    if (next && this.held === held) this.past = { changes: [...past.changes, ...next.changes], more: next.more };
  }

  /** Does one thing at a time, and puts a refusal where it belongs. */
  private async run(what: () => Promise<void>, mine: Change = {}): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.said = this.refused = undefined;
    try {
      await what();
    } catch (error) {
      if (!(error instanceof Problem)) this.refused = { text: this.store.t('app.unreachable') };
      else if (error.status === 412) await this.meet(mine);
      else this.refused = { text: error.message, field: this.named(error), place: namedPlace(error.params.place) };
    } finally {
      this.busy = false;
    }
  }

  private named(problem: Problem): string | undefined {
    const name = problem.params.column ?? problem.params.property;
    return this.fields.find((field) => field.name === name)?.name;
  }

  /** Another was faster: reads what he made of it, to choose from. */
  private async meet(mine: Change): Promise<void> {
    const { held, layer } = this;
    if (!held || !layer) return;
    const now = await this.store.try(() => this.features.read(layer, held.feature.id));
    if (!now) return;
    const past = await this.store.try(() => this.features.history(layer, held.feature.id));
    const last = past?.changes[0];
    const list = clashes(this.fields, held.feature, now.feature, mine);
    this.clash = { held: now, by: last?.by_name ?? last?.by ?? '', list };
    this.former = list.some((one) => one.name === 'geometry') ? (now.feature.geometry ?? undefined) : undefined;
  }

  /** Goes on from what the other made of it, with those of my own changes that I keep. */
  async settle(keep: readonly string[]): Promise<void> {
    const { clash, held } = this;
    if (!clash || !held) return;
    for (const field of this.fields) {
      const untouched = (this.texts[field.name] ?? '') === textOf(field, held.feature.properties[field.name]);
      const theirs = clash.list.some((one) => one.name === field.name) && !keep.includes(field.name);
      if (untouched || theirs) this.texts[field.name] = textOf(field, clash.held.feature.properties[field.name]);
    }
    const moved = clash.list.some((one) => one.name === 'geometry');
    if (moved && !keep.includes('geometry')) this.drawing.take(clash.held.feature.geometry, this.kinds[0] ?? 'polygon');
    this.held = clash.held;
    this.clash = this.former = undefined;
    await this.save();
    if (this.said === 'edit.same') await this.remember();
  }

}
