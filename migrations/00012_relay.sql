-- +goose Up
CREATE TABLE twin.reading_dropped (
    month timestamptz PRIMARY KEY,
    until timestamptz NOT NULL,
    dropped timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE twin.reading_dropped IS 'Months whose readings were dropped by policy. Their rollups stay as they were: a late reading does not change them.';
COMMENT ON COLUMN twin.reading_dropped.month IS 'Start of the month, UTC.';
COMMENT ON COLUMN twin.reading_dropped.until IS 'Start of the next month, UTC.';
COMMENT ON COLUMN twin.reading_dropped.dropped IS 'When its readings were dropped last.';

-- +goose StatementBegin
CREATE FUNCTION twin.drop_month(month timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    start timestamptz := date_trunc('month', month, 'UTC');
    stop timestamptz := (start AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC';
    part regclass;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('twin.make_partition'));
    LOCK TABLE twin.reading IN ACCESS EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM twin.cell_dirty WHERE bucket >= start AND bucket < stop)
        OR EXISTS (SELECT FROM twin.cell_day_dirty WHERE day BETWEEN (start AT TIME ZONE 'UTC')::date - 1 AND (stop AT TIME ZONE 'UTC')::date + 1) THEN
        RETURN false;
    END IF;
    SELECT c.oid INTO part FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'twin.reading'::regclass AND pg_get_expr(c.relpartbound, c.oid) = format('FOR VALUES FROM (%L) TO (%L)', start, stop);
    IF part IS NOT NULL THEN
        EXECUTE format('DROP TABLE %s', part);
    END IF;
    DELETE FROM twin.reading_default WHERE time >= start AND time < stop;
    INSERT INTO twin.reading_dropped (month, until) VALUES (start, stop) ON CONFLICT ON CONSTRAINT reading_dropped_pkey DO UPDATE SET dropped = now();
    RETURN true;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION twin.drop_month IS 'Drops the readings of the month of the given time, and says whether it did: not while rollups of that month wait to be computed.';

CREATE INDEX reading_received ON twin.reading USING brin (received);

CREATE TABLE ingest.relay (
    centre text NOT NULL CHECK (centre <> '' AND length(centre) <= 64),
    address text NOT NULL,
    mark bigint NOT NULL DEFAULT 0,
    since timestamptz NOT NULL DEFAULT now(),
    confirmed bigint NOT NULL DEFAULT 0,
    passed bigint NOT NULL DEFAULT 0,
    last_confirmed timestamptz,
    failed timestamptz,
    reason text NOT NULL DEFAULT '',
    PRIMARY KEY (centre, address)
);
COMMENT ON TABLE ingest.relay IS 'How far the readings of each field station have been relayed to each other centre, and what that centre confirmed.';
COMMENT ON COLUMN ingest.relay.centre IS 'Name of the centre that readings are relayed to.';
COMMENT ON COLUMN ingest.relay.address IS 'Address of the field station by SL 651.';
COMMENT ON COLUMN ingest.relay.mark IS 'Readings that a transaction below this one stored have been confirmed or passed over; 0 for none.';
COMMENT ON COLUMN ingest.relay.since IS 'Only readings received since then are looked at: before the readings after the mark, by a margin.';
COMMENT ON COLUMN ingest.relay.confirmed IS 'How many readings were confirmed; one that was sent again counts again.';
COMMENT ON COLUMN ingest.relay.passed IS 'How many readings were passed over because no frame can say them.';
COMMENT ON COLUMN ingest.relay.last_confirmed IS 'When the centre confirmed a frame last.';
COMMENT ON COLUMN ingest.relay.failed IS 'Since when the centre confirms nothing; null while it does.';
COMMENT ON COLUMN ingest.relay.reason IS 'Why it was not confirmed, or the last reason for which a reading was passed over.';
