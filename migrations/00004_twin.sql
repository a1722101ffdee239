-- +goose Up
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE SCHEMA twin;
COMMENT ON SCHEMA twin IS 'Things and what is observed of them: the register, datastreams, thresholds, datums, readings, rollups.';


CREATE TABLE twin.thing (
    id text PRIMARY KEY CHECK (id = kind || ':' || code),
    gid bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    kind text NOT NULL CHECK (kind ~ '^[a-z][a-z_]*$'),
    code text NOT NULL CHECK (code <> '' AND length(code) <= 200),
    name_zh text,
    name_en text,
    name_pinyin text,
    name_former text[] NOT NULL DEFAULT '{}',
    area text,
    class auth.class NOT NULL DEFAULT 'internal',
    geometry_status text NOT NULL DEFAULT 'unknown' CHECK (geometry_status IN ('surveyed', 'derived', 'simplified', 'schematic', 'synthetic', 'assumed', 'unknown')),
    accuracy_m double precision CHECK (accuracy_m >= 0),
    source text NOT NULL DEFAULT '',
    dataset text REFERENCES catalog.dataset (id),
    properties jsonb NOT NULL DEFAULT '{}',
    geom geometry(Geometry, 4326),
    geom_3857 geometry(Geometry, 3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED,
    changed timestamptz NOT NULL DEFAULT now(),
    UNIQUE (kind, code)
);
COMMENT ON TABLE twin.thing IS 'The register of everything that the twin knows: identity, names, place, classification and provenance of each thing, whatever its kind.';
COMMENT ON COLUMN twin.thing.id IS 'kind:code, stable and readable.';
COMMENT ON COLUMN twin.thing.gid IS 'Stable integer for tiles, feature state and OGC feature ids.';
COMMENT ON COLUMN twin.thing.kind IS 'The noun: area, river, reach, node, section, work, dike, station, building, cityobject, road, segment, bridge.';
COMMENT ON COLUMN twin.thing.code IS 'Code given by the owner of the data, unique within its kind.';
COMMENT ON COLUMN twin.thing.name_zh IS 'Name in Chinese.';
COMMENT ON COLUMN twin.thing.name_en IS 'Name in English.';
COMMENT ON COLUMN twin.thing.name_pinyin IS 'Name in pinyin.';
COMMENT ON COLUMN twin.thing.name_former IS 'Former names.';
COMMENT ON COLUMN twin.thing.area IS 'Code of the administrative area it lies in, where known.';
COMMENT ON COLUMN twin.thing.class IS 'Classification.';
COMMENT ON COLUMN twin.thing.geometry_status IS 'How its geometry came about.';
COMMENT ON COLUMN twin.thing.accuracy_m IS 'Horizontal accuracy in metres, where stated.';
COMMENT ON COLUMN twin.thing.source IS 'Where it comes from.';
COMMENT ON COLUMN twin.thing.dataset IS 'The dataset it was loaded with.';
COMMENT ON COLUMN twin.thing.properties IS 'What the source said beyond the columns of its noun.';
COMMENT ON COLUMN twin.thing.geom IS 'Place, as longitude and latitude (WGS84; CGCS2000 differs by centimetres). Null where unknown.';
COMMENT ON COLUMN twin.thing.geom_3857 IS 'The same in web mercator, for tiles.';
COMMENT ON COLUMN twin.thing.changed IS 'When its row last changed.';
CREATE INDEX thing_dataset ON twin.thing (dataset);
-- +goose StatementBegin
DO $$
DECLARE k text;
BEGIN
    FOREACH k IN ARRAY ARRAY['area', 'river', 'reach', 'node', 'section', 'work', 'dike', 'station', 'building', 'cityobject', 'road', 'segment', 'bridge'] LOOP
        EXECUTE format('CREATE INDEX thing_%1$s_4326 ON twin.thing USING gist (geom) WHERE kind = %1$L', k);
        EXECUTE format('CREATE INDEX thing_%1$s_3857 ON twin.thing USING gist (geom_3857) WHERE kind = %1$L', k);
    END LOOP;
END
$$;
-- +goose StatementEnd


CREATE TABLE twin.relation (
    source text NOT NULL REFERENCES twin.thing (id) ON DELETE CASCADE,
    type text NOT NULL CHECK (type IN ('on', 'part_of', 'from_node', 'to_node', 'inner_node', 'outer_node', 'measures', 'in', 'crosses')),
    target text NOT NULL REFERENCES twin.thing (id) ON DELETE CASCADE,
    PRIMARY KEY (source, type, target)
);
COMMENT ON TABLE twin.relation IS 'How things belong together, read from source to target.';
COMMENT ON COLUMN twin.relation.source IS 'The thing that has the relation.';
COMMENT ON COLUMN twin.relation.type IS 'on: a work or station on a river; part_of: a reach of a river, a segment of a route; measures: a station bound to a work or reach; in: an area.';
COMMENT ON COLUMN twin.relation.target IS 'The thing it points at.';
CREATE INDEX relation_target ON twin.relation (target, type);


CREATE TABLE twin.datum (
    id text PRIMARY KEY,
    title_zh text NOT NULL DEFAULT '',
    title_en text NOT NULL DEFAULT ''
);
COMMENT ON TABLE twin.datum IS 'Vertical datums by name. A level always carries one, or is not comparable.';
COMMENT ON COLUMN twin.datum.id IS 'Identifier, for instance wusong or 1985-national.';
COMMENT ON COLUMN twin.datum.title_zh IS 'Name in Chinese.';
COMMENT ON COLUMN twin.datum.title_en IS 'Name in English.';
INSERT INTO twin.datum (id, title_zh, title_en) VALUES
    ('wusong', '吴淞高程基准', 'Wusong datum'),
    ('abandoned-yellow-river-mouth', '废黄河口基准', 'Abandoned Yellow River mouth datum'),
    ('1985-national', '1985国家高程基准', '1985 national height datum'),
    ('lowest-theoretical-tide', '理论最低潮面', 'Theoretical lowest tide'),
    ('unknown', '基准不明', 'Datum not known');


CREATE TABLE twin.datum_offset (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    thing text NOT NULL REFERENCES twin.thing (id) ON DELETE CASCADE,
    from_datum text NOT NULL REFERENCES twin.datum (id),
    to_datum text NOT NULL REFERENCES twin.datum (id) CHECK (to_datum <> from_datum),
    offset_m double precision NOT NULL,
    uncertainty_m double precision CHECK (uncertainty_m >= 0),
    source text NOT NULL,
    valid daterange NOT NULL DEFAULT daterange(NULL, NULL),
    EXCLUDE USING gist (thing WITH =, from_datum WITH =, to_datum WITH =, valid WITH &&)
);
COMMENT ON TABLE twin.datum_offset IS 'What to add to a level above one datum to have it above another, at one station or in one area, for a time.';
COMMENT ON COLUMN twin.datum_offset.id IS 'Row number.';
COMMENT ON COLUMN twin.datum_offset.thing IS 'The station or the area where it holds.';
COMMENT ON COLUMN twin.datum_offset.from_datum IS 'The datum of the level that is given.';
COMMENT ON COLUMN twin.datum_offset.to_datum IS 'The datum that is wanted.';
COMMENT ON COLUMN twin.datum_offset.offset_m IS 'Metres to add: level above to_datum = level above from_datum + offset_m.';
COMMENT ON COLUMN twin.datum_offset.uncertainty_m IS 'Uncertainty in metres, where stated.';
COMMENT ON COLUMN twin.datum_offset.source IS 'Who stated it.';
COMMENT ON COLUMN twin.datum_offset.valid IS 'Days on which it holds.';


CREATE TABLE twin.property (
    id text PRIMARY KEY,
    title_zh text NOT NULL,
    title_en text NOT NULL,
    unit text NOT NULL,
    scale smallint NOT NULL CHECK (scale BETWEEN 0 AND 9),
    datum boolean NOT NULL DEFAULT false,
    minimum double precision,
    maximum double precision
);
COMMENT ON TABLE twin.property IS 'What can be observed, with its unit and the resolution at which values are kept.';
COMMENT ON COLUMN twin.property.id IS 'Identifier, for instance level.';
COMMENT ON COLUMN twin.property.title_zh IS 'Name in Chinese.';
COMMENT ON COLUMN twin.property.title_en IS 'Name in English.';
COMMENT ON COLUMN twin.property.unit IS 'UCUM code of the unit; 1 for none.';
COMMENT ON COLUMN twin.property.scale IS 'Decimals kept: a stored integer v means v / 10^scale units.';
COMMENT ON COLUMN twin.property.datum IS 'Whether a value means nothing without a vertical datum.';
COMMENT ON COLUMN twin.property.minimum IS 'Physical lower bound in units; readings below are refused as impossible.';
COMMENT ON COLUMN twin.property.maximum IS 'Physical upper bound in units; readings above are refused as impossible.';
INSERT INTO twin.property (id, title_zh, title_en, unit, scale, datum, minimum, maximum) VALUES
    ('level', '水位', 'Water level', 'm', 4, true, -500, 9000),
    ('discharge', '流量', 'Discharge', 'm3/s', 4, false, -1000000, 1000000),
    ('velocity', '流速', 'Velocity', 'm/s', 4, false, -100, 100),
    ('rainfall', '降水量', 'Rainfall', 'mm', 3, false, 0, 100000),
    ('gate_opening', '闸门开度', 'Gate opening', 'm', 4, false, 0, 100),
    ('pump_running', '水泵开机台数', 'Pump units running', '1', 0, false, 0, 1000),
    ('chloride', '氯化物浓度', 'Chloride concentration', 'mg/L', 3, false, 0, 100000),
    ('salinity', '盐度', 'Salinity', 'g/kg', 4, false, 0, 400),
    ('water_temperature', '水温', 'Water temperature', 'Cel', 3, false, -5, 100),
    ('wind_speed', '风速', 'Wind speed', 'm/s', 3, false, 0, 150),
    ('voltage', '电源电压', 'Supply voltage', 'V', 3, false, 0, 1000);


CREATE TABLE twin.datastream (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL UNIQUE CHECK (code <> ''),
    thing text NOT NULL REFERENCES twin.thing (id) ON DELETE CASCADE,
    property text NOT NULL REFERENCES twin.property (id),
    role text CHECK (role IN ('inner', 'outer', 'upper', 'lower')),
    number smallint,
    datum text REFERENCES twin.datum (id),
    class auth.class NOT NULL,
    interval_s integer CHECK (interval_s > 0),
    stale_after_s integer NOT NULL DEFAULT 7200 CHECK (stale_after_s > 0),
    minimum double precision,
    maximum double precision,
    max_rate double precision CHECK (max_rate > 0),
    cell bigint,
    retired timestamptz,
    UNIQUE NULLS NOT DISTINCT (thing, property, role, number)
);
COMMENT ON TABLE twin.datastream IS 'One property of one thing, as one source observes it.';
COMMENT ON COLUMN twin.datastream.id IS 'Number used in the keys of readings.';
COMMENT ON COLUMN twin.datastream.code IS 'Readable identifier: code of the thing, property and role joined by dots, for instance 60117200.level.';
COMMENT ON COLUMN twin.datastream.thing IS 'Whose property it is.';
COMMENT ON COLUMN twin.datastream.property IS 'What is observed.';
COMMENT ON COLUMN twin.datastream.role IS 'From which side of a work it is seen; null where there are no sides.';
COMMENT ON COLUMN twin.datastream.number IS 'Number of the gate or pump unit it belongs to; null for the whole.';
COMMENT ON COLUMN twin.datastream.datum IS 'Vertical datum of its levels. The datum unknown is a statement too: such a level is compared only with thresholds that also say unknown for the same station.';
COMMENT ON COLUMN twin.datastream.class IS 'Classification of its readings.';
COMMENT ON COLUMN twin.datastream.interval_s IS 'Reporting interval in seconds, where agreed.';
COMMENT ON COLUMN twin.datastream.stale_after_s IS 'Seconds without a reading after which it is stale.';
COMMENT ON COLUMN twin.datastream.minimum IS 'Plausible lower bound in units; a reading below is flagged.';
COMMENT ON COLUMN twin.datastream.maximum IS 'Plausible upper bound in units; a reading above is flagged.';
COMMENT ON COLUMN twin.datastream.max_rate IS 'Plausible change in units per hour; a faster one is flagged.';
COMMENT ON COLUMN twin.datastream.cell IS 'H3 cell of resolution 9 that its thing lies in.';
COMMENT ON COLUMN twin.datastream.retired IS 'When it stopped reporting for good; null while it reports.';


CREATE TABLE twin.threshold (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    datastream bigint NOT NULL REFERENCES twin.datastream (id) ON DELETE CASCADE,
    type text NOT NULL CHECK (type IN ('warning', 'guaranteed', 'record', 'record-low', 'control-high', 'control-low', 'flood-season', 'drought', 'navigable-low', 'pump-start', 'pump-stop', 'chloride')),
    value double precision NOT NULL,
    datum text REFERENCES twin.datum (id),
    valid daterange NOT NULL DEFAULT daterange(NULL, NULL),
    season_from smallint CHECK (season_from BETWEEN 101 AND 1231),
    season_to smallint CHECK (season_to BETWEEN 101 AND 1231),
    source text NOT NULL DEFAULT '',
    CHECK ((season_from IS NULL) = (season_to IS NULL)),
    EXCLUDE USING gist (datastream WITH =, type WITH =, valid WITH &&, int4range(coalesce(season_from, 0)::integer, coalesce(season_from, 0)::integer, '[]') WITH &&)
);
COMMENT ON TABLE twin.threshold IS 'Levels and limits that mean something, each with its datum, source and validity.';
COMMENT ON COLUMN twin.threshold.id IS 'Row number.';
COMMENT ON COLUMN twin.threshold.datastream IS 'The datastream that it judges.';
COMMENT ON COLUMN twin.threshold.type IS 'Its kind: warning 警戒, guaranteed 保证, record 历史最高, record-low 历史最低, control-high and control-low 控制, flood-season 汛限, drought 旱警, navigable-low 最低通航, pump-start and pump-stop 起停排, chloride 咸潮限值.';
COMMENT ON COLUMN twin.threshold.value IS 'In the unit of the property.';
COMMENT ON COLUMN twin.threshold.datum IS 'Datum of the value, for levels.';
COMMENT ON COLUMN twin.threshold.valid IS 'Days on which it is in force.';
COMMENT ON COLUMN twin.threshold.season_from IS 'First day of the year (month*100+day) on which it applies; null for all year.';
COMMENT ON COLUMN twin.threshold.season_to IS 'Last such day; may be before season_from, for a season over New Year.';
COMMENT ON COLUMN twin.threshold.source IS 'Who set it, by which document.';


CREATE TABLE twin.quality_flag (
    bit smallint PRIMARY KEY CHECK (bit BETWEEN 0 AND 14),
    code text NOT NULL UNIQUE,
    title_zh text NOT NULL,
    title_en text NOT NULL
);
COMMENT ON TABLE twin.quality_flag IS 'The meaning of each bit in a reading''s flags.';
COMMENT ON COLUMN twin.quality_flag.bit IS 'Number of the bit.';
COMMENT ON COLUMN twin.quality_flag.code IS 'Word used in answers.';
COMMENT ON COLUMN twin.quality_flag.title_zh IS 'Meaning in Chinese.';
COMMENT ON COLUMN twin.quality_flag.title_en IS 'Meaning in English.';
INSERT INTO twin.quality_flag (bit, code, title_zh, title_en) VALUES
    (0, 'range', '超出合理范围', 'outside the plausible range'),
    (1, 'rate', '变化过快', 'changes faster than is plausible'),
    (2, 'stuck', '数值不变', 'has not moved for too long'),
    (3, 'future', '时间超前', 'was ahead of the clock when received'),
    (4, 'gap', '之前有缺测', 'comes after a gap'),
    (5, 'late', '迟到', 'arrived after a later reading'),
    (6, 'operator', '人工订正', 'entered or corrected by a person');


CREATE TABLE twin.reading (
    datastream bigint NOT NULL,
    time timestamptz NOT NULL,
    value bigint NOT NULL,
    operator boolean NOT NULL DEFAULT false,
    issued timestamptz NOT NULL,
    received timestamptz NOT NULL DEFAULT now(),
    flags smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (datastream, time)
) PARTITION BY RANGE (time);
COMMENT ON TABLE twin.reading IS 'Readings: for each datastream and time of the phenomenon, the value that wins. Distributed by datastream.';
COMMENT ON COLUMN twin.reading.datastream IS 'The datastream.';
COMMENT ON COLUMN twin.reading.time IS 'Time of the phenomenon.';
COMMENT ON COLUMN twin.reading.value IS 'Value at the scale of the property.';
COMMENT ON COLUMN twin.reading.operator IS 'Whether a person entered it; such a value wins over the source''s.';
COMMENT ON COLUMN twin.reading.issued IS 'When the source stated it; the time of receipt where it said nothing.';
COMMENT ON COLUMN twin.reading.received IS 'When basin received it.';
COMMENT ON COLUMN twin.reading.flags IS 'Quality flags, by the bits of twin.quality_flag; the value is never altered.';
CREATE TABLE twin.reading_default PARTITION OF twin.reading DEFAULT;
COMMENT ON TABLE twin.reading_default IS 'Readings of times for which no partition was made.';


CREATE TABLE twin.superseded (
    datastream bigint NOT NULL,
    time timestamptz NOT NULL,
    value bigint NOT NULL,
    operator boolean NOT NULL,
    issued timestamptz NOT NULL,
    received timestamptz NOT NULL,
    flags smallint NOT NULL,
    PRIMARY KEY (datastream, time, operator, issued, value)
);
COMMENT ON TABLE twin.superseded IS 'Values that were replaced by a better one, or lost against one. Distributed by datastream.';
COMMENT ON COLUMN twin.superseded.datastream IS 'The datastream.';
COMMENT ON COLUMN twin.superseded.time IS 'Time of the phenomenon.';
COMMENT ON COLUMN twin.superseded.value IS 'Value at the scale of the property.';
COMMENT ON COLUMN twin.superseded.operator IS 'Whether a person entered it.';
COMMENT ON COLUMN twin.superseded.issued IS 'When the source stated it.';
COMMENT ON COLUMN twin.superseded.received IS 'When basin received it.';
COMMENT ON COLUMN twin.superseded.flags IS 'Quality flags as they were.';


CREATE TABLE twin.latest (
    datastream bigint PRIMARY KEY REFERENCES twin.datastream (id) ON DELETE CASCADE,
    time timestamptz NOT NULL,
    value bigint NOT NULL,
    operator boolean NOT NULL,
    issued timestamptz NOT NULL,
    received timestamptz NOT NULL,
    flags smallint NOT NULL
);
COMMENT ON TABLE twin.latest IS 'The reading with the greatest time of each datastream, so that the present state is one look-up. Distributed by datastream.';
COMMENT ON COLUMN twin.latest.datastream IS 'The datastream.';
COMMENT ON COLUMN twin.latest.time IS 'Time of the phenomenon.';
COMMENT ON COLUMN twin.latest.value IS 'Value at the scale of the property.';
COMMENT ON COLUMN twin.latest.operator IS 'Whether a person entered it.';
COMMENT ON COLUMN twin.latest.issued IS 'When the source stated it.';
COMMENT ON COLUMN twin.latest.received IS 'When basin received it.';
COMMENT ON COLUMN twin.latest.flags IS 'Quality flags.';


CREATE TABLE twin.cell_hour (
    cell bigint NOT NULL,
    bucket timestamptz NOT NULL,
    property text NOT NULL,
    datum text NOT NULL DEFAULT '',
    class auth.class NOT NULL,
    count bigint NOT NULL,
    min bigint NOT NULL,
    max bigint NOT NULL,
    sum numeric NOT NULL,
    last bigint NOT NULL,
    last_time timestamptz NOT NULL,
    PRIMARY KEY (cell, bucket, property, datum, class)
);
COMMENT ON TABLE twin.cell_hour IS 'Rollups of one hour, one H3 cell of resolution 9, one property, one datum and one class, computed from the readings themselves. Distributed by cell.';
COMMENT ON COLUMN twin.cell_hour.cell IS 'H3 cell, resolution 9.';
COMMENT ON COLUMN twin.cell_hour.bucket IS 'Start of the hour, UTC.';
COMMENT ON COLUMN twin.cell_hour.property IS 'The property.';
COMMENT ON COLUMN twin.cell_hour.datum IS 'Datum of the levels; empty where there is none.';
COMMENT ON COLUMN twin.cell_hour.class IS 'Class of the datastreams that went in.';
COMMENT ON COLUMN twin.cell_hour.count IS 'How many readings.';
COMMENT ON COLUMN twin.cell_hour.min IS 'Least value, at the scale of the property.';
COMMENT ON COLUMN twin.cell_hour.max IS 'Greatest value.';
COMMENT ON COLUMN twin.cell_hour.sum IS 'Exact sum of the values.';
COMMENT ON COLUMN twin.cell_hour.last IS 'Value with the greatest time; of several, that of the greatest datastream.';
COMMENT ON COLUMN twin.cell_hour.last_time IS 'Its time.';
CREATE INDEX cell_hour_property ON twin.cell_hour (property, bucket);


CREATE TABLE twin.cell_dirty (
    cell bigint NOT NULL,
    bucket timestamptz NOT NULL,
    property text NOT NULL,
    datum text NOT NULL,
    class auth.class NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (cell, bucket, property, datum, class)
);
COMMENT ON TABLE twin.cell_dirty IS 'Rollups that must be computed again because a reading of theirs changed. Distributed by cell.';
COMMENT ON COLUMN twin.cell_dirty.cell IS 'H3 cell, resolution 9.';
COMMENT ON COLUMN twin.cell_dirty.bucket IS 'Start of the hour.';
COMMENT ON COLUMN twin.cell_dirty.property IS 'The property.';
COMMENT ON COLUMN twin.cell_dirty.datum IS 'Datum, or empty.';
COMMENT ON COLUMN twin.cell_dirty.class IS 'Class.';
COMMENT ON COLUMN twin.cell_dirty.xid IS 'Transaction that dirtied it last: a rollup computed before that is computed again.';

-- +goose StatementBegin
CREATE FUNCTION twin.make_partition(month timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    start timestamptz := date_trunc('month', month, 'UTC');
    part text := 'reading_' || to_char(start AT TIME ZONE 'UTC', 'YYYYMM');
BEGIN
    IF to_regclass('twin.' || part) IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('twin.make_partition'));
    IF to_regclass('twin.' || part) IS NOT NULL
        OR EXISTS (SELECT FROM twin.reading_default WHERE time >= start AND time < start + interval '1 month') THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE twin.%I PARTITION OF twin.reading FOR VALUES FROM (%L) TO (%L)', part, start, (start AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC');
    EXECUTE format('COMMENT ON TABLE twin.%I IS %L', part, 'Readings of ' || to_char(start AT TIME ZONE 'UTC', 'YYYY-MM') || '.');
    RETURN true;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION twin.make_partition IS 'Makes the partition of readings for the month of the given time, and says whether it did: not where it exists, nor where the default partition already holds readings of that month.';
