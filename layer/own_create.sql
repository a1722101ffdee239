-- A user's table; {table} is put in by CreateOwn. What lies beyond the map of web mercator is cut off for tiles.
CREATE TABLE {table} (
    gid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text NOT NULL UNIQUE,
    code text NOT NULL,
    source_index integer NOT NULL,
    geometry_status text NOT NULL DEFAULT 'unknown'
        CHECK (geometry_status IN ('surveyed', 'derived', 'simplified', 'schematic', 'synthetic', 'assumed', 'unknown')),
    accuracy_m double precision CHECK (accuracy_m >= 0),
    source text NOT NULL DEFAULT '',
    dataset text REFERENCES catalog.dataset (id),
    class auth.class NOT NULL DEFAULT 'internal',
    changed timestamptz NOT NULL DEFAULT now(),
    geom geometry(Geometry, 4326),
    geom_3857 geometry(Geometry, 3857) GENERATED ALWAYS AS (ST_Transform(
        CASE WHEN ST_YMin(geom) < -85.06 OR ST_YMax(geom) > 85.06 THEN ST_ClipByBox2D(geom, ST_MakeEnvelope(-180, -85.06, 180, 85.06, 4326)) ELSE geom END,
        3857)) STORED
);
CREATE INDEX ON {table} USING gist (geom);
CREATE INDEX ON {table} USING gist (geom_3857);
COMMENT ON COLUMN {table}.gid IS 'Stable integer for tiles, feature state and OGC feature ids.';
COMMENT ON COLUMN {table}.id IS 'layer:code, stable and readable.';
COMMENT ON COLUMN {table}.code IS 'What the file calls it, or its place in the file.';
COMMENT ON COLUMN {table}.source_index IS 'Place in the file, from 0.';
COMMENT ON COLUMN {table}.geometry_status IS 'How its geometry came about.';
COMMENT ON COLUMN {table}.accuracy_m IS 'Horizontal accuracy in metres, where stated.';
COMMENT ON COLUMN {table}.source IS 'Where it comes from.';
COMMENT ON COLUMN {table}.dataset IS 'The dataset it was loaded with.';
COMMENT ON COLUMN {table}.class IS 'Classification.';
COMMENT ON COLUMN {table}.changed IS 'When its row last changed.';
COMMENT ON COLUMN {table}.geom IS 'Place, as longitude and latitude.';
COMMENT ON COLUMN {table}.geom_3857 IS 'The same in web mercator, for tiles.';
