-- +goose Up
CREATE TABLE ingest.published (
    name text PRIMARY KEY,
    mark bigint NOT NULL,
    since timestamptz NOT NULL,
    changed timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE ingest.published IS 'How far committed readings have been published, so that whoever publishes next goes on from there.';
COMMENT ON COLUMN ingest.published.name IS 'Where to: mqtt for the broker.';
COMMENT ON COLUMN ingest.published.mark IS 'Readings that a transaction below this one stored are done with.';
COMMENT ON COLUMN ingest.published.since IS 'Only readings received since then are looked at: before the readings after the mark, by a margin.';
COMMENT ON COLUMN ingest.published.changed IS 'When the mark moved last.';
