-- Brings back a deleted feature of a user's layer: $1 its gid, $2 its class, $3 its attributes, $4 its place.
INSERT INTO {table} AS o (gid, {names}, class, geom) OVERRIDING SYSTEM VALUE
SELECT $1, {given}, $2::text::auth.class, ST_GeomFromEWKB($4::bytea)
FROM jsonb_populate_record(NULL::{table}, $3::jsonb) a
RETURNING o.gid, md5(o::text)
