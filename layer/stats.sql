-- Features counted and measured by the features of another layer that they meet: what of them lies within. The names in braces are put in by Stats: names
-- and value are columns, relation, group and where come from the register and the query. What the reader may not see is not computed with. Everything is measured before it is
-- grouped, so that no geometry is sorted.
SELECT m.id, m.zh, m.en, count(*), coalesce(sum(m.length), 0), coalesce(sum(m.area), 0), sum(m.value), min(m.value), max(m.value)
FROM (
    SELECT g.gid, g.id, n.zh, n.en, ST_Length(p.part::geography) AS length, ST_Area(p.part::geography) AS area, {value} AS value
    FROM {group} g
    JOIN {relation} l ON l.geom && g.geom AND CASE WHEN g.class <= {clearance} AND l.class <= {clearance} THEN ST_Intersects(l.geom, g.geom) ELSE false END
    CROSS JOIN LATERAL (SELECT {names}) AS n (zh, en)
    CROSS JOIN LATERAL (SELECT CASE
        WHEN ST_Dimension(l.geom) = 0 THEN NULL
        WHEN ST_Covers(g.geom, l.geom) THEN l.geom
        ELSE ST_CollectionExtract(ST_Intersection(l.geom, g.geom), ST_Dimension(l.geom) + 1) END AS part) p
    WHERE {where} AND g.class <= {clearance}
    OFFSET 0
) m
GROUP BY m.gid, m.id, m.zh, m.en
ORDER BY m.id
LIMIT {limit}
