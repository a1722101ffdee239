import { alarming, severity } from './status';
import type { State, StateCollection, StateFeature } from './types';

/** All states, keyed by thing; a plain value that is replaced, never changed. */
export type States = ReadonlyMap<string, StateFeature>;

/** The kinds of things that have a state. */
export const STATE_KINDS = ['station', 'work', 'reach', 'river'] as const;
export const noStates: States = new Map();

export interface Applied { states: States; changed: State[]; strangers: string[] }

/** Puts newer states over older ones. Things we have no geometry for are named as strangers. */
export function applyStates(states: States, updates: readonly State[]): Applied {
  const next = new Map(states);
  const changed: State[] = [];
  const strangers: string[] = [];
  for (const update of updates) {
    const feature = next.get(update.thing);
    if (!feature) strangers.push(update.thing);
    else if (!older(update, feature.properties)) {
      next.set(update.thing, { ...feature, properties: update });
      changed.push(update);
    }
  }
  return { states: changed.length ? next : states, changed, strangers };
}

/** A whole answer replaces everything, save for states that arrived later while it was under way. */
export function fromCollection(collection: StateCollection, meanwhile: readonly State[] = []): Applied {
  const states = new Map<string, StateFeature>();
  for (const feature of collection.features ?? []) {
    if (feature.properties?.thing) states.set(feature.properties.thing, feature);
  }
  return applyStates(states, meanwhile);
}

function older(update: State, held: State): boolean {
  const then = Date.parse(held.at);
  const now = Date.parse(update.at);
  return Number.isFinite(then) && Number.isFinite(now) && now < then;
}

/** What has become a warning or worse. */
export function worsened(states: States, changed: readonly State[]): State[] {
  return changed.filter((state) => {
    const before = states.get(state.thing)?.properties.status?.level;
    return before !== undefined && alarming(state.status?.level) && severity(state.status?.level) > severity(before);
  });
}
