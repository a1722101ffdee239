-- The {limit} features nearest to a place, nearest first; n.distance is how far each is. The index on web mercator finds as many candidates; the farthest of them, by
-- the geodesic, bounds where the nearest can be, and all of what is there is measured. The names in braces are put in by Items and Export.
WITH candidate AS MATERIALIZED (
    SELECT ST_Distance(l.geom::geography, {place}::geography) AS d
    FROM {relation} l
    WHERE {where} AND l.geom_3857 IS NOT NULL
    ORDER BY l.geom_3857 <-> {projected}
    LIMIT {limit}
), bound AS MATERIALIZED (
    SELECT max(d) + 0.001 AS m FROM candidate
), reach AS MATERIALIZED (
    SELECT bound.m, {around} AS box FROM bound
)
SELECT {columns}
FROM (
    SELECT l.gid, ST_Distance(l.geom::geography, {place}::geography) AS distance
    FROM {relation} l
    WHERE {where} AND l.geom && (SELECT box FROM reach) AND ST_Distance(l.geom::geography, {place}::geography) <= (SELECT m FROM reach)
    ORDER BY distance, l.gid
    LIMIT {limit}
) n
JOIN {relation} l ON l.gid = n.gid
ORDER BY n.distance, n.gid
