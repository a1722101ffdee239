-- Features counted and measured by the features of another layer that they meet: what of them lies within. The names in braces are put in by Stats: names
-- and value are columns, relation, group and where come from the register and the query. What the reader may not see is not computed with.
SELECT g.id, {names}, count(*), coalesce(sum(ST_Length(p.part::geography)), 0), coalesce(sum(ST_Area(p.part::geography)), 0), sum({value}), min({value}), max({value})
FROM {group} g
JOIN {relation} l ON l.geom && g.geom AND CASE WHEN g.class <= {clearance} AND l.class <= {clearance} THEN ST_Intersects(l.geom, g.geom) ELSE false END
CROSS JOIN LATERAL (SELECT CASE
    WHEN ST_Dimension(l.geom) = 0 THEN NULL
    WHEN ST_CoveredBy(l.geom, g.geom) THEN l.geom
    ELSE ST_CollectionExtract(ST_Intersection(l.geom, g.geom), ST_Dimension(l.geom) + 1) END AS part) p
WHERE {where} AND g.class <= {clearance}
GROUP BY g.gid, g.id, 2, 3
ORDER BY g.id
LIMIT {limit}
