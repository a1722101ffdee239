-- +goose Up
ALTER TABLE twin.datastream ADD COLUMN stuck_after_s integer CHECK (stuck_after_s > 0);
COMMENT ON COLUMN twin.datastream.stuck_after_s IS 'Seconds for which its value may stay the same before readings are flagged as stuck; null where that is never odd.';

-- A mark is a row of its own, so that whoever stores readings never waits for whoever computes rollups.
ALTER TABLE twin.cell_dirty DROP CONSTRAINT cell_dirty_pkey;
ALTER TABLE twin.cell_dirty ADD PRIMARY KEY (cell, bucket, property, datum, class, xid);
COMMENT ON TABLE twin.cell_dirty IS 'Marks that a rollup must be computed again because a reading of it changed, one for each transaction. Distributed by cell.';
COMMENT ON COLUMN twin.cell_dirty.xid IS 'Transaction that changed a reading: a mark goes away with the rollup that was computed from a picture that held it.';

CREATE TABLE twin.cell_day (
    cell bigint NOT NULL,
    day date NOT NULL,
    property text NOT NULL,
    datum text NOT NULL DEFAULT '',
    class auth.class NOT NULL,
    count bigint NOT NULL,
    min bigint NOT NULL,
    max bigint NOT NULL,
    sum numeric NOT NULL,
    last bigint NOT NULL,
    last_time timestamptz NOT NULL,
    PRIMARY KEY (cell, day, property, datum, class)
);
COMMENT ON TABLE twin.cell_day IS 'Rollups of one hydrological day, one H3 cell of resolution 9, one property, one datum and one class, computed from the readings themselves. Distributed by cell.';
COMMENT ON COLUMN twin.cell_day.cell IS 'H3 cell, resolution 9.';
COMMENT ON COLUMN twin.cell_day.day IS 'Date on which the hydrological day ends, in the region''s zone.';
COMMENT ON COLUMN twin.cell_day.property IS 'The property.';
COMMENT ON COLUMN twin.cell_day.datum IS 'Datum of the levels; empty where there is none.';
COMMENT ON COLUMN twin.cell_day.class IS 'Class of the datastreams that went in.';
COMMENT ON COLUMN twin.cell_day.count IS 'How many readings.';
COMMENT ON COLUMN twin.cell_day.min IS 'Least value, at the scale of the property.';
COMMENT ON COLUMN twin.cell_day.max IS 'Greatest value.';
COMMENT ON COLUMN twin.cell_day.sum IS 'Exact sum of the values.';
COMMENT ON COLUMN twin.cell_day.last IS 'Value with the greatest time; of several, the greatest.';
COMMENT ON COLUMN twin.cell_day.last_time IS 'Its time.';
CREATE INDEX cell_day_property ON twin.cell_day (property, day);

CREATE TABLE twin.cell_day_dirty (
    cell bigint NOT NULL,
    day date NOT NULL,
    property text NOT NULL,
    datum text NOT NULL,
    class auth.class NOT NULL,
    PRIMARY KEY (cell, day, property, datum, class)
);
COMMENT ON TABLE twin.cell_day_dirty IS 'Rollups of days that must be computed again; only the worker that computes rollups writes here. Distributed by cell.';
COMMENT ON COLUMN twin.cell_day_dirty.cell IS 'H3 cell, resolution 9.';
COMMENT ON COLUMN twin.cell_day_dirty.day IS 'Date on which the hydrological day ends.';
COMMENT ON COLUMN twin.cell_day_dirty.property IS 'The property.';
COMMENT ON COLUMN twin.cell_day_dirty.datum IS 'Datum, or empty.';
COMMENT ON COLUMN twin.cell_day_dirty.class IS 'Class.';

CREATE TABLE twin.cell_day_rule (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    start time NOT NULL,
    zone text NOT NULL
);
COMMENT ON TABLE twin.cell_day_rule IS 'The hydrological day that twin.cell_day was computed for: when it is no longer the region''s, all days are computed again.';
COMMENT ON COLUMN twin.cell_day_rule.one IS 'There is one row.';
COMMENT ON COLUMN twin.cell_day_rule.start IS 'Local time at which a day starts.';
COMMENT ON COLUMN twin.cell_day_rule.zone IS 'IANA time zone of that time.';

CREATE TABLE twin.correction (
    datastream bigint NOT NULL,
    id uuid NOT NULL,
    "from" timestamptz NOT NULL,
    "to" timestamptz NOT NULL,
    shift bigint NOT NULL,
    readings bigint NOT NULL,
    reason text NOT NULL,
    principal text NOT NULL,
    name text NOT NULL DEFAULT '',
    issued timestamptz NOT NULL,
    applied timestamptz NOT NULL DEFAULT now(),
    undone timestamptz,
    undone_by text,
    PRIMARY KEY (datastream, id)
);
COMMENT ON TABLE twin.correction IS 'Corrections of a period: all readings between two times shifted by the same amount. Distributed by datastream.';
COMMENT ON COLUMN twin.correction.datastream IS 'The datastream.';
COMMENT ON COLUMN twin.correction.id IS 'Identifier, random.';
COMMENT ON COLUMN twin.correction."from" IS 'First time of the period.';
COMMENT ON COLUMN twin.correction."to" IS 'End of the period, not included.';
COMMENT ON COLUMN twin.correction.shift IS 'What was added to each value, at the scale of the property.';
COMMENT ON COLUMN twin.correction.readings IS 'How many readings it changed.';
COMMENT ON COLUMN twin.correction.reason IS 'Why, in the words of whoever made it.';
COMMENT ON COLUMN twin.correction.principal IS 'Who made it: a principal''s identifier.';
COMMENT ON COLUMN twin.correction.name IS 'The name of who made it, as it was then.';
COMMENT ON COLUMN twin.correction.issued IS 'The time of issue of the values that it made, by which they are recognised.';
COMMENT ON COLUMN twin.correction.applied IS 'When it was made.';
COMMENT ON COLUMN twin.correction.undone IS 'When it was undone; null while it stands.';
COMMENT ON COLUMN twin.correction.undone_by IS 'Who undid it.';

CREATE INDEX datastream_cell ON twin.datastream (cell, property);
