-- The history of a feature, the last change first: $1 the layer, $2 its gid, $3 the clearance of the reader, $4 versions below which are asked for,
-- $5 how many.
SELECT h.version, h.changed, h.by, h.operation, h.class::text AS class,
    CASE WHEN h.attributes IS NOT NULL THEN json_build_object('type', 'Feature', 'id', h.gid, 'geometry', ST_AsGeoJSON(ST_ForcePolygonCCW(h.geom), 9)::json,
        'properties', h.attributes - 'gid' - 'class' - 'changed') END::text AS before
FROM layer.history h
WHERE h.layer = $1 AND h.gid = $2 AND h.class <= $3::text::auth.class AND h.version < $4
ORDER BY h.version DESC
LIMIT $5
