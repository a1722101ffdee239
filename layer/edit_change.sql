-- Changes a feature of a user's layer: $1 its gid, $2 its class, $3 its attributes, $4 whether its place changes, $5 to what.
UPDATE {table} o SET ({names}, class, geom, changed) = (
    SELECT {given}, $2::text::auth.class, CASE WHEN $4::boolean THEN ST_GeomFromEWKB($5::bytea) ELSE o.geom END, now()
    FROM jsonb_populate_record(NULL::{table}, $3::jsonb) a)
WHERE o.gid = $1
RETURNING o.gid, md5(o::text)
