-- The layer $5 in tile $1/$2/$3 as MVT, for a reader of clearance $4: at most $6 features, the greatest first. In braces: the attributes, the geometry
-- at this zoom, the relation, and the condition that leaves out what is too small to be seen.
SELECT ST_AsMVT(f.*, $5::text, 4096, 'geom', 'gid')
FROM (
    SELECT l.gid, ST_AsMVTGeom({geometry}, ST_TileEnvelope($1, $2, $3), 4096, 64, true) AS geom{attributes}
    FROM {relation} l
    WHERE l.geom_3857 && ST_TileEnvelope($1, $2, $3, margin => 64.0 / 4096) AND l.class <= $4::text::auth.class{visible}
    ORDER BY ST_XMax(l.geom_3857) - ST_XMin(l.geom_3857) + ST_YMax(l.geom_3857) - ST_YMin(l.geom_3857) DESC, l.gid
    LIMIT $6
) f
WHERE f.geom IS NOT NULL
