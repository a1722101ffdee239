-- The administrative areas that reaches lie in, with their size.
SELECT t.code, ST_Area(t.geom::geography) AS m2
FROM twin.thing t
WHERE t.kind = 'area' AND ST_Dimension(t.geom) = 2 AND t.code IN (SELECT x.area FROM twin.thing x WHERE x.kind = 'reach')
ORDER BY t.code
