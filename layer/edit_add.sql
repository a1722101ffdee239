-- Adds a feature to a user's layer: $1 the layer, $2 its class, $3 its attributes, $4 its place. It came from no file, so it has the place -1 in it.
INSERT INTO {table} AS o (gid, id, code, source_index, {names}, class, geom) OVERRIDING SYSTEM VALUE
SELECT n.gid, $1::text || ':edit-' || n.gid, 'edit-' || n.gid, -1, {given}, $2::text::auth.class, ST_GeomFromEWKB($4::bytea)
FROM (SELECT nextval(pg_get_serial_sequence('own.' || quote_ident($1::text), 'gid')) AS gid) n, jsonb_populate_record(NULL::{table}, $3::jsonb) a
RETURNING o.gid, md5(o::text)
