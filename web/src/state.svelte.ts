import { AlertList } from './alerts.svelte';
import { Api, Problem } from './api';
import { CellView } from './cells.svelte';
import type { BBox } from './collections';
import { parseHash, formatHash, type Address, type View } from './hash';
import { nameOf, say, word, type Vars } from './i18n';
import type { Key } from './i18n/zh';
import { defaultLayers, inOrder, layerIds } from './layers';
import { Live, type Connection } from './live';
import type { MapHooks } from './map/hooks';
import { applyStates, fromCollection, noStates, STATE_KINDS, worsened, type States } from './states';
import { ShownTime } from './shown.svelte';
import { Toasts } from './toasts.svelte';
import { LayerTree } from './tree.svelte';
import type { Lang, Name, Region, Session, State } from './types';

/** Everything the page knows; components read it, its methods change it. */
export class Store {
  readonly api: Api;
  lang = $state<Lang>('zh');
  region = $state.raw<Region>();
  session = $state.raw<Session>();
  present = $state.raw<States>(noStates);
  connection = $state<Connection>('connecting');
  lastEvent = $state<number>();
  now = $state(Date.now());
  layers = $state<string[]>(defaultLayers);
  thing = $state<string>();
  view = $state.raw<View>();
  readonly shown = new ShownTime(this);
  readonly alerts = new AlertList(this);
  readonly cells = new CellView();
  readonly tree = new LayerTree(this, () => this.write('replace'));
  /** Whether the address said which layers are shown. */
  layersSaid = false;
  readonly toasts = new Toasts();
  announcement = $state('');
  hooks?: MapHooks;
  /** The states that the page shows: those of now, or of the time that is shown instead. */
  get states(): States { return this.shown.states ?? this.present; }

  private readonly live: Live;
  private pending: State[] = [];
  private meanwhile?: State[];
  private loaded = false;
  private generation = 0;
  private flushing?: ReturnType<typeof setTimeout>;
  private refetching?: ReturnType<typeof setTimeout>;

  constructor(address: Address = parseHash(location.hash)) {
    this.api = new Api('zh');
    this.go(address, true);
    this.live = new Live({
      connection: (connection) => (this.connection = connection),
      opened: (again, missed) => {
        // States are fetched once events flow, so that nothing falls between the two.
        if (missed || !this.loaded) void this.reload();
        else if (again) void this.checkSession();
        if (!this.region) void this.loadRegion();
      },
      state: (state) => this.heard(state),
      tiles: (layer, cover) => {
        this.lastEvent = Date.now();
        this.hooks?.tiles(layer, cover);
        this.tree.touch(layer);
      },
      alert: (alert) => this.alerts.heard(alert),
      reset: () => this.reset(),
    });
  }

  /** Looks up words in the language in use. */
  t = (key: Key, vars?: Vars): string => say(this.lang, key, vars);
  word = (group: string, value: string | null | undefined): string => word(this.lang, group, value);
  nameOf = (thing: { name?: Partial<Name> | null; code?: string; id?: string }): string => nameOf(this.lang, thing);

  /** Begins everything; done once the region is known, or cannot be. */
  async start(): Promise<void> {
    this.live.start();
    setInterval(() => (this.now = Date.now()), 15_000);
    void this.loadSession();
    void this.tree.list();
    setTimeout(() => !this.loaded && !this.meanwhile && void this.reload(), 2000);
    await this.loadRegion();
  }

  private async loadRegion(): Promise<void> {
    this.region = (await this.try(() => this.api.region())) ?? this.region;
  }

  private async loadSession(): Promise<void> {
    this.session = (await this.try(() => this.api.session())) ?? this.session;
  }

  /** Fetches every state anew. Events that arrive meanwhile are laid over the answer. */
  async reload(): Promise<void> {
    const generation = ++this.generation;
    void this.alerts.load();
    this.meanwhile = [];
    const collection = await this.try(() => this.api.states(STATE_KINDS));
    if (generation !== this.generation) return;
    const meanwhile = this.meanwhile ?? [];
    this.meanwhile = undefined;
    if (!collection) return;
    this.loaded = true;
    const applied = fromCollection(collection, meanwhile);
    this.announce([...applied.states.values()].map((feature) => feature.properties));
    this.present = applied.states;
    if (!this.shown.states) this.hooks?.states('all');
  }

  private heard(state: State): void {
    this.lastEvent = Date.now();
    if (this.meanwhile) this.meanwhile.push(state);
    this.pending.push(state);
    this.flushing ??= setTimeout(() => this.flush(), 100);
  }

  private flush(): void {
    this.flushing = undefined;
    const { states, changed, strangers } = applyStates(this.present, this.pending.splice(0));
    this.announce(changed);
    this.present = states;
    if (changed.length && !this.shown.states) this.hooks?.states(changed);
    if (strangers.length && !this.meanwhile) {
      this.refetching ??= setTimeout(() => ((this.refetching = undefined), void this.reload()), 2000);
    }
  }

  /** Says aloud what has become a warning or worse. Call before the new states replace the old. */
  private announce(changed: readonly State[]): void {
    const worse = worsened(this.present, changed);
    if (!worse.length) return;
    const said = worse.slice(0, 5).map((state) => this.t('announce.status', { name: this.nameOf(state), level: this.word('level', state.status.level) }));
    this.announcement = said.join(this.lang === 'zh' ? '；' : '; ');
  }

  /** The server asks for everything to be fetched again. */
  private reset(): void {
    this.lastEvent = Date.now();
    void this.reload();
    this.renewLayers();
  }

  private renewLayers(): void {
    for (const layer of [...layerIds, ...this.tree.own.map((one) => one.id)]) this.hooks?.tiles(layer, []);
    this.tree.renew();
  }

  async signIn(credentials: { token: string } | { name: string; password: string }): Promise<boolean> {
    const done = await this.try(async () => {
      if ('token' in credentials) await this.api.signInToken(credentials.token);
      else await this.api.signInPassword(credentials.name, credentials.password);
      return true;
    });
    if (done) await this.afterSession();
    return done === true;
  }

  async signOut(): Promise<void> {
    if (await this.try(async () => (await this.api.signOut(), true))) await this.afterSession();
  }

  private async afterSession(): Promise<void> {
    const blind = this.region && !this.region.bbox;
    this.pending = [];
    this.shown.now();
    this.live.start(true);
    await Promise.all([this.loadSession(), this.loadRegion(), this.reload()]);
    if (blind && this.region?.bbox) this.hooks?.fit(this.region.bbox);
    this.renewLayers();
  }

  /** After a break the session may have ended; what the reader saw with it must then go. */
  private async checkSession(): Promise<void> {
    const before = this.session?.clearance;
    await this.loadSession();
    if (before !== undefined && this.session?.clearance !== before) await this.afterSession();
  }

  setLang(lang: Lang): void {
    this.lang = lang;
    this.api.lang = lang;
    document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
    this.write('replace');
    void this.loadRegion();
    this.tree.speak();
  }

  setLayer(id: string, visible: boolean): void {
    const shown = this.layers.filter((one) => one !== id);
    this.layers = inOrder(visible ? [...shown, id] : shown);
    this.write('replace');
  }

  showCells(property: string | undefined): void {
    this.cells.show(property);
    this.write('replace');
  }

  open(thing: string | undefined): void {
    if (this.thing === thing) return;
    this.thing = thing;
    this.write('push');
  }

  moved(view: View, bounds: BBox): void {
    this.view = view;
    this.tree.bounds = bounds;
    this.write('replace');
  }

  /** Takes over what an address says: on arrival, and on back and forward. */
  go(address: Address, arrival = false): void {
    const lang = address.lang ?? (arrival ? 'zh' : this.lang);
    this.lang = this.api.lang = lang;
    document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
    const layers = address.layers;
    this.layers = layers ? inOrder(layers) : arrival ? defaultLayers : this.layers;
    this.layersSaid = layers !== undefined;
    this.tree.go(address.filters ?? {});
    this.tree.table = address.table;
    this.thing = address.thing;
    this.cells.show(address.cells);
    if (address.view) {
      this.view = address.view;
      if (!arrival) this.hooks?.view(address.view);
    }
  }

  private write(how: 'push' | 'replace'): void {
    const filters = Object.fromEntries(Object.entries(this.tree.filters).map(([id, { text }]) => [id, text]));
    const hash = formatHash({ view: this.view, lang: this.lang, layers: [...this.layers], thing: this.thing, cells: this.cells.property, table: this.tree.table, filters });
    if (hash === location.hash) return;
    if (how === 'push') history.pushState(null, '', hash);
    else history.replaceState(null, '', hash);
  }

  /** Runs a request; a refusal becomes a toast and no value. */
  async try<T>(request: () => Promise<T>): Promise<T | undefined> {
    try {
      return await request();
    } catch (error) {
      this.toast(error instanceof Problem ? error.message : this.t('app.unreachable'));
      return undefined;
    }
  }

  toast = (text: string): void => this.toasts.add(text);
}
