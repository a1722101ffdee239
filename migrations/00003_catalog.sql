-- +goose Up
CREATE SCHEMA catalog;
COMMENT ON SCHEMA catalog IS 'The data catalogue: which datasets there are and where they come from.';


CREATE TABLE catalog.dataset (
    id text PRIMARY KEY,
    title_zh text NOT NULL DEFAULT '',
    title_en text NOT NULL DEFAULT '',
    source text NOT NULL DEFAULT '',
    licence text NOT NULL DEFAULT '',
    class auth.class NOT NULL DEFAULT 'internal',
    crs text NOT NULL DEFAULT '',
    file text NOT NULL DEFAULT '',
    sha256 bytea,
    loaded timestamptz NOT NULL DEFAULT now(),
    complete boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE catalog.dataset IS 'One body of data from one source, as it was loaded.';
COMMENT ON COLUMN catalog.dataset.id IS 'Stable identifier, for instance nantong/rivers.';
COMMENT ON COLUMN catalog.dataset.title_zh IS 'Title in Chinese.';
COMMENT ON COLUMN catalog.dataset.title_en IS 'Title in English.';
COMMENT ON COLUMN catalog.dataset.source IS 'Where it comes from, in the words of whoever supplied it.';
COMMENT ON COLUMN catalog.dataset.licence IS 'Terms of use as stated by the source; empty when none is stated.';
COMMENT ON COLUMN catalog.dataset.class IS 'Classification that its things inherit unless they state their own.';
COMMENT ON COLUMN catalog.dataset.crs IS 'Coordinate system of the file before it was transformed.';
COMMENT ON COLUMN catalog.dataset.file IS 'Name of the file, without its path.';
COMMENT ON COLUMN catalog.dataset.sha256 IS 'Hash of the file''s bytes, to recognise it again.';
COMMENT ON COLUMN catalog.dataset.loaded IS 'When it was last loaded with a change.';


CREATE TABLE catalog.region (
    id text PRIMARY KEY,
    title_zh text NOT NULL,
    title_en text NOT NULL,
    language text NOT NULL CHECK (language IN ('zh', 'en')),
    timezone text NOT NULL,
    day_start time NOT NULL DEFAULT '08:00',
    registry jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON COLUMN catalog.dataset.complete IS 'Whether it was loaded to its end.';
COMMENT ON TABLE catalog.region IS 'The regions that this installation shows, each from a region package.';
COMMENT ON COLUMN catalog.region.id IS 'Identifier of the package, for instance nantong.';
COMMENT ON COLUMN catalog.region.title_zh IS 'Title in Chinese.';
COMMENT ON COLUMN catalog.region.title_en IS 'Title in English.';
COMMENT ON COLUMN catalog.region.language IS 'Language a first-time visitor sees.';
COMMENT ON COLUMN catalog.region.timezone IS 'IANA time zone in which times are shown to people.';
COMMENT ON COLUMN catalog.region.day_start IS 'Local time at which the hydrological day starts.';
COMMENT ON COLUMN catalog.region.registry IS 'The package''s registry as read: what a complete twin must hold.';
