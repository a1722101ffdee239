-- The same of all features together.
SELECT '', '', '', count(*), coalesce(sum(ST_Length(l.geom::geography)), 0), coalesce(sum(ST_Area(l.geom::geography)), 0), sum({value}), min({value}), max({value})
FROM {relation} l
WHERE {where}
