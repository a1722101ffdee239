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

ALTER TABLE ingest.relay ADD COLUMN protocol text NOT NULL DEFAULT 'sl651' CHECK (protocol IN ('sl651', 'sl323'));
ALTER TABLE ingest.relay ALTER COLUMN protocol DROP DEFAULT;
ALTER TABLE ingest.relay DROP CONSTRAINT relay_pkey, ADD PRIMARY KEY (centre, protocol, address);
COMMENT ON TABLE ingest.relay IS 'How far the readings of each station have been relayed to each other centre, and what that centre confirmed.';
COMMENT ON COLUMN ingest.relay.protocol IS 'How they are relayed: sl651, by frames; sl323, into the tables of a database.';
COMMENT ON COLUMN ingest.relay.address IS 'By SL 651 the address of the field station, by SL 323 the identifier of the station or work.';
COMMENT ON COLUMN ingest.relay.passed IS 'How many readings were passed over because no frame or table can say them.';
COMMENT ON COLUMN ingest.relay.last_confirmed IS 'When the centre confirmed a frame, or its database a transaction, last.';
