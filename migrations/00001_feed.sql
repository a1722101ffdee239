-- +goose Up
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE SCHEMA feed;
COMMENT ON SCHEMA feed IS 'The change feed: what changed, in an order that a reader can trust.';


CREATE TABLE feed.event (
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    seq bigint GENERATED ALWAYS AS IDENTITY,
    topic text NOT NULL,
    key text NOT NULL,
    created timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (xid, seq)
);
COMMENT ON TABLE feed.event IS 'The outbox: an entry for each change, written in the transaction that makes it and read in the order of (xid, seq) below a snapshot watermark.';
COMMENT ON COLUMN feed.event.xid IS 'The transaction.';
COMMENT ON COLUMN feed.event.seq IS 'Order within the transaction.';
COMMENT ON COLUMN feed.event.topic IS 'What sort of change: tiles, state, layers.';
COMMENT ON COLUMN feed.event.key IS 'What changed.';
COMMENT ON COLUMN feed.event.created IS 'When the transaction began.';
CREATE INDEX event_created ON feed.event (created);


CREATE TABLE feed.pruned (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    xid xid8 NOT NULL
);
COMMENT ON TABLE feed.pruned IS 'Up to where the feed was forgotten: one row.';
COMMENT ON COLUMN feed.pruned.only_row IS 'Keeps the table at one row.';
COMMENT ON COLUMN feed.pruned.xid IS 'The last transaction whose events were forgotten.';
INSERT INTO feed.pruned (xid) VALUES ('0');
