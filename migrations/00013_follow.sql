-- +goose Up
CREATE TABLE ingest.followed (
    source text NOT NULL CHECK (source <> '' AND length(source) <= 500),
    relation text NOT NULL CHECK (relation <> ''),
    mark timestamptz NOT NULL,
    rows bigint NOT NULL DEFAULT 0,
    changed timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, relation)
);
COMMENT ON TABLE ingest.followed IS 'How far the tables of databases of other bureaus have been read. What lies before a mark is stored here, except for what came late there.';
COMMENT ON COLUMN ingest.followed.source IS 'Address of the database, without user and password.';
COMMENT ON COLUMN ingest.followed.relation IS 'Name of the table, in upper case.';
COMMENT ON COLUMN ingest.followed.mark IS 'The latest time of a row that was read, MODITIME where the table has it, else TM; never ahead of the clock.';
COMMENT ON COLUMN ingest.followed.rows IS 'How many rows have been read; one that was read again counts again.';
COMMENT ON COLUMN ingest.followed.changed IS 'When the mark moved last.';
