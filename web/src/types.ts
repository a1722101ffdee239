/** The words of the server's answers, as the browser reads them. */

export type Lang = 'zh' | 'en';
export interface Name { zh?: string; en?: string; pinyin?: string; former?: string | string[] }

export const LEVELS = ['unknown', 'no_threshold', 'normal', 'low', 'rising', 'warning', 'guaranteed', 'record'] as const;
export type Level = (typeof LEVELS)[number];
export const DATA = ['fresh', 'stale', 'faulty'] as const;
export type Data = (typeof DATA)[number];

export interface Region {
  id: string; title: { zh: string; en: string }; timezone: string; bbox: [number, number, number, number] | null;
  language: string; day_start?: string | number; synthetic: boolean;
}

export interface Session { role: string; name: string; clearance: string; vendor?: string }

export interface Because {
  code: string; thing?: string; datastream?: string; value?: number | null; unit?: string; datum?: string;
  time?: string; threshold?: string; limit?: number; rate_per_h?: number;
}

export interface Status { level: Level; data: Data; since?: string; because?: Because[] | null }

export interface Value {
  datastream: string; thing?: string; property: string; value: number | null; unit: string; datum?: string;
  role?: string; number?: number | null; time?: string; received?: string; age_s?: number; stale?: boolean;
  quality?: string[] | null;
}

export interface State {
  thing: string; gid: number; kind: string; code: string; name: Name; at: string; status: Status;
  values?: Value[] | null;
}

export type Geometry = GeoJSON.Geometry;
export type StateFeature = GeoJSON.Feature<Geometry, State>;
export interface StateCollection { type: 'FeatureCollection'; features: StateFeature[]; next?: string }

export interface Datastream {
  id: string; property: string; unit: string; datum?: string; role?: string; number?: number | null; interval_s?: number;
}

export interface Threshold {
  datastream: string; type: string; value: number; datum?: string; valid_from?: string | null; valid_to?: string | null;
  season_from?: number | null; season_to?: number | null; source?: string;
}

export interface Relation { type: string; target: string; kind: string; name: Name; inverse?: boolean }

export interface Thing {
  id: string; gid: number; kind: string; code: string; name: Name; area?: string; class?: string;
  geometry_status?: string; accuracy_m?: number | null; source?: string; dataset?: string;
  geometry?: Geometry | null; properties?: Record<string, unknown> | null;
  datastreams?: Datastream[] | null; thresholds?: Threshold[] | null; relations?: Relation[] | null;
}

/** A bucket (count, min, max, last) or a reading (value, quality, corrected). */
export interface Point {
  time: string; count?: number; min?: number; max?: number; last?: number; value?: number | null;
  quality?: string[] | null; corrected?: boolean;
}

export interface History {
  datastream: string; property: string; unit: string; datum?: string; from: string; to: string; every?: string;
  points: Point[] | null; gaps?: { from: string; to: string }[] | null; next?: string;
}

export interface ProblemBody { type?: string; title?: string; status?: number; detail?: string; params?: Record<string, unknown> | null }
