-- Features on their way out, by gid. The names in braces are put in by Export: geometry is how it is written, attributes is the list of columns, relation
-- and where come from the register and the query.
SELECT l.gid, coalesce(GeometryType(l.geom), '') AS kind, coalesce(ST_NDims(l.geom) > 2, false) AS z, {geometry} AS geometry,
    (SELECT row_to_json(p.*)::text FROM (SELECT {attributes}) p) AS attributes
FROM {relation} l
WHERE {where} AND l.gid > {after}
ORDER BY l.gid
LIMIT {limit}
