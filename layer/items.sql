-- Features as GeoJSON by gid. The names in braces are put in by Items: attributes is the list of columns, geometry what is given of it, relation and where come from the register
-- and the query.
SELECT l.gid, json_build_object('type', 'Feature', 'id', l.gid, 'geometry', ST_AsGeoJSON({geometry}, {digits})::json,
    'properties', (SELECT row_to_json(p.*) FROM (SELECT {attributes}) p))::text
FROM {relation} l
WHERE {where} AND l.gid > {after}
ORDER BY l.gid
LIMIT {limit}
