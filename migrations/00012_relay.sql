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
