import type { Alert, AlertRule } from './alerts';
import type { CellCollection } from './cells';
import type { Schema } from './columns';
import type { Collection, ExportFormat, Features, ItemsQuery } from './collections';
import { itemsPath } from './collections';
import type { Correction } from './correction';
import type { Arrival, Frame, Rtu, Waiting } from './field';
import type { Forecast, ForecastAt, ForecastSeries, Skill } from './forecast';
import type { Rain } from './rain';
import { wholeSeries } from './readings';
import type { History, Lang, Point, ProblemBody, Region, Session, State, StateCollection, Thing } from './types';

/** A refusal of the server, in its own words (application/problem+json). */
export class Problem extends Error {
  constructor(
    readonly status: number, readonly title: string, readonly detail: string,
    /** What it is called, and the values in its words, for pages that show them at their place. */
    readonly code = '', readonly params: Record<string, unknown> = {},
  ) {
    super(detail || title);
  }
}

type Fetch = (input: string, init?: RequestInit) => Promise<Response>;

/** Speaks to the server the page came from; one instance per page. */
export class Api {
  constructor(public lang: Lang = 'zh', private readonly fetcher: Fetch = (input, init) => fetch(input, init)) {}

  region = (): Promise<Region> => this.get('/twin/region');
  session = (): Promise<Session> => this.get('/auth/session');
  signInToken = (token: string): Promise<unknown> => this.send('POST', '/auth/session', { token });
  signInPassword = (name: string, password: string): Promise<unknown> =>
    this.send('POST', '/auth/login', { name, password });
  signOut = (): Promise<unknown> => this.send('DELETE', '/auth/session');

  thing = (id: string): Promise<Thing> => this.get(`/twin/things/${encodeURIComponent(id)}`);
  state = (id: string): Promise<State> => this.get(`/twin/things/${encodeURIComponent(id)}/state`);

  history(thing: string, datastream: string, from: Date, to: Date, every: string): Promise<History> {
    const query = new URLSearchParams({ datastream, from: rfc3339(from), to: rfc3339(to), every });
    return this.get(`/twin/things/${encodeURIComponent(thing)}/history?${query}`);
  }

  /** The readings themselves, with their flags; partial when there were too many. */
  async readings(thing: string, datastream: string, from: Date, to: Date): Promise<{ points: Point[]; partial: boolean }> {
    const query = new URLSearchParams({ datastream, from: rfc3339(from), to: rfc3339(to) });
    const first = await this.get<History>(`/twin/things/${encodeURIComponent(thing)}/history?${query}`);
    return wholeSeries(first, (next) => this.get(samePlace(next)));
  }

  rain(thing: string, from: Date, to: Date, every: string): Promise<Rain | undefined> {
    const query = new URLSearchParams({ from: rfc3339(from), to: rfc3339(to), every });
    return this.maybe(`/twin/things/${encodeURIComponent(thing)}/rain?${query}`);
  }

  /** The latest forecast that this reader may see, and what it says; none where there is none. */
  latestForecast = async (): Promise<Forecast | undefined> =>
    (await this.maybe<{ forecasts: Forecast[] | null }>('/hydro/forecasts?limit=5'))?.forecasts?.find((one) => one.state === 'done');
  forecastSeries = async (thing: string, quantity: string): Promise<ForecastSeries | undefined> => {
    const latest = await this.latestForecast();
    return latest && this.maybe(`/hydro/forecasts/${latest.id}/series?${new URLSearchParams({ thing, quantity })}`);
  };
  skill = async (thing: string): Promise<Skill[]> => (await this.maybe<{ skill: Skill[] | null }>(`/hydro/skill?${new URLSearchParams({ thing })}`))?.skill ?? [];
  forecastAt = (time: number): Promise<ForecastAt> => this.get(`/hydro/forecasts/latest/at?${new URLSearchParams({ time: rfc3339(new Date(time)) })}`);

  /** Corrections of periods of a datastream, the last made first; none where the server does not tell this reader. */
  corrections = async (datastream: string, from: Date, to: Date): Promise<Correction[] | undefined> =>
    (await this.maybe<{ corrections: Correction[] | null }>(`/admin/corrections?${new URLSearchParams({ datastream, from: rfc3339(from), to: rfc3339(to), limit: '50' })}`))?.corrections ?? undefined;
  undoCorrection = (id: string): Promise<unknown> => this.send('POST', `/admin/corrections/${encodeURIComponent(id)}/undo`);

  /** What field stations say of themselves; none where the server does not tell. */
  rtus = async (thing: string): Promise<Rtu[] | undefined> =>
    (await this.maybe<{ stations: Rtu[] | null }>(`/ingest/rtus?${new URLSearchParams({ station: thing })}`))?.stations ?? undefined;
  frames = async (thing: string): Promise<Frame[] | undefined> =>
    (await this.maybe<{ frames: Frame[] | null }>(`/ingest/frames?${new URLSearchParams({ thing, limit: '20' })}`))?.frames ?? undefined;
  arrival = async (month: string, thing: string): Promise<Arrival[] | undefined> =>
    (await this.maybe<{ arrivals: Arrival[] | null }>(`/ingest/arrival?${new URLSearchParams({ month, station: thing })}`))?.arrivals ?? undefined;
  /** All field stations that the reader may know of, and how the readings of each of their stations arrived in a month. */
  fleet = async (month: string): Promise<{ rtus: Rtu[]; arrivals: Arrival[] } | undefined> => {
    const [list, rates] = await Promise.all([this.maybe<{ stations: Rtu[] | null }>('/ingest/rtus'),
      this.maybe<{ arrivals: Arrival[] | null }>(`/ingest/arrival?${new URLSearchParams({ month })}`)]);
    return list && { rtus: list.stations ?? [], arrivals: rates?.arrivals ?? [] };
  };
  pending = async (): Promise<Waiting[] | undefined> => {
    const answer = await this.maybe<{ pending: Waiting[] | null }>('/ingest/pending');
    return answer && (answer.pending ?? []);
  };

  /** The warnings that are not over; none where the server tells of none. */
  alerts = async (): Promise<Alert[] | undefined> =>
    (await this.maybe<{ alerts: Alert[] | null }>('/alerts?state=raised,acknowledged&limit=1000'))?.alerts ?? undefined;
  alertRules = async (): Promise<AlertRule[] | undefined> => (await this.maybe<{ rules: AlertRule[] | null }>('/alerts/rules'))?.rules ?? undefined;
  acknowledge = (id: number, note: string): Promise<Alert> => this.send('POST', `/alerts/${id}/ack`, { note }) as Promise<Alert>;

  /** Rollups of whole hours in H3 cells. */
  cells(property: string, res: number, from: Date, to: Date): Promise<CellCollection> {
    const query = new URLSearchParams({ res: String(res), from: rfc3339(from), to: rfc3339(to), f: 'geojson' });
    return this.get(`/cells/${encodeURIComponent(property)}?${query}`);
  }

  /** The layers that the reader may know of, ours and users' own. */
  collections = async (): Promise<Collection[]> => (await this.get<{ collections: Collection[] }>('/ogc/collections')).collections;
  queryables = (layer: string): Promise<Schema> => this.get(`/ogc/collections/${encodeURIComponent(layer)}/queryables`);
  schema = (layer: string): Promise<Schema> => this.get(`/ogc/collections/${encodeURIComponent(layer)}/schema`);
  items = (query: ItemsQuery): Promise<Features> => this.get(itemsPath(query));
  item = (layer: string, gid: number): Promise<GeoJSON.Feature> => this.get(`/ogc/collections/${encodeURIComponent(layer)}/items/${gid}`);
  formats = async (): Promise<ExportFormat[]> => (await this.get<{ formats: ExportFormat[] }>('/ogc/formats')).formats;
  /** A file as it arrives; a refusal is a Problem. */
  async file(path: string, signal: AbortSignal): Promise<Response> {
    const answer = await this.fetcher(path, { headers: { 'Accept-Language': this.lang }, credentials: 'same-origin', signal });
    if (!answer.ok) throw problem(answer.status, answer.statusText, await answer.text());
    return answer;
  }

  /** The states of all things of these kinds, now or at a past instant, however many pages they fill. */
  async states(kinds: readonly string[], at?: number): Promise<StateCollection> {
    const all: StateCollection = { type: 'FeatureCollection', features: [] };
    let path: string | undefined = `/twin/state?kind=${kinds.join(',')}${at ? `&at=${rfc3339(new Date(at))}` : ''}`;
    while (path) {
      const page: StateCollection = await this.get(path);
      all.features.push(...page.features);
      path = page.next && samePlace(page.next);
    }
    return all;
  }

  /** What may not be there, or not be for this reader. */
  private async maybe<T>(path: string): Promise<T | undefined> {
    try {
      return await this.get<T>(path);
    } catch (error) {
      if (error instanceof Problem && [401, 403, 404].includes(error.status)) return undefined;
      throw error;
    }
  }

  get<T>(path: string): Promise<T> {
    return this.send('GET', path) as Promise<T>;
  }

  async send(method: string, path: string, body?: unknown): Promise<unknown> {
    return (await this.tagged(method, path, body)).value;
  }

  /** A request with the version that it is about, and the version (ETag) of what it is answered with. */
  async tagged<T>(method: string, path: string, body?: unknown, match?: string): Promise<{ value: T; tag: string }> {
    const headers: Record<string, string> = { Accept: 'application/json, application/geo+json', 'Accept-Language': this.lang };
    if (match) headers['If-Match'] = match;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    const answer = await this.fetcher(path, {
      method,
      headers,
      credentials: 'same-origin',
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw problem(answer.status, answer.statusText, text);
    return { value: (text === '' ? null : JSON.parse(text)) as T, tag: answer.headers.get('ETag') ?? '' };
  }
}

/** Reads a problem document; anything else becomes a problem with the HTTP status as its words. */
export function problem(status: number, statusText: string, text: string): Problem {
  try {
    const body = JSON.parse(text) as ProblemBody;
    const code = (body.type ?? '').replace(/^urn:basin:problem:/, '');
    return new Problem(body.status ?? status, body.title ?? statusText, body.detail ?? body.title ?? statusText, code, body.params ?? undefined);
  } catch {
    return new Problem(status, statusText, `${status} ${statusText}`.trim());
  }
}

/** The path and query of an address; the page talks to the server it came from, whatever that calls itself. */
export function samePlace(address: string): string {
  const { pathname, search } = new URL(address, 'http://here/');
  return pathname + search;
}

/** Times go out in whole seconds, UTC. */
export function rfc3339(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
