-- The {k} features nearest to a place, as GeoJSON with distance_m, nearest first. The index on web mercator finds as many candidates; the farthest of them, by
-- the geodesic, bounds where the nearest can be, and all of what is there is measured. The names in braces are put in by Nearest.
WITH candidate AS MATERIALIZED (
    SELECT ST_Distance(l.geom::geography, {place}::geography) AS d
    FROM {relation} l
    WHERE {where} AND l.geom_3857 IS NOT NULL
    ORDER BY l.geom_3857 <-> {projected}
    LIMIT {k}
), bound AS MATERIALIZED (
    SELECT max(d) + 0.001 AS m FROM candidate
), reach AS MATERIALIZED (
    SELECT bound.m, {around} AS box FROM bound
)
SELECT json_build_object('type', 'Feature', 'id', l.gid, 'geometry', ST_AsGeoJSON({geometry}, {digits})::json, 'distance_m', round(l.distance::numeric, 3),
    'properties', (SELECT row_to_json(p.*) FROM (SELECT {attributes}) p))::text
FROM (
    SELECT l.*, ST_Distance(l.geom::geography, {place}::geography) AS distance
    FROM {relation} l
    WHERE {where} AND l.geom && (SELECT box FROM reach) AND ST_Distance(l.geom::geography, {place}::geography) <= (SELECT m FROM reach)
    ORDER BY distance, l.gid
    LIMIT {k}
) l
ORDER BY l.distance, l.gid
