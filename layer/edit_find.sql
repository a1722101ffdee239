-- A feature of a user's layer before it is changed, its geometry in the system of the change: $1 its gid, $2 the clearance of whoever changes it. Nobody else changes it until the transaction ends.
SELECT l.class::text, md5(l::text) AS version, coalesce(ST_AsGeoJSON({geometry}, 15, 0), 'null') AS geometry,
    (SELECT row_to_json(p.*)::text FROM (SELECT {attributes}) p) AS attributes
FROM {table} l
WHERE l.gid = $1 AND l.class <= $2::text::auth.class
FOR UPDATE
