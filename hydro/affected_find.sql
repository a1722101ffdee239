-- The things whose status derives from the readings of things $1, themselves included.
SELECT unnest($1::text[])
UNION
SELECT r.target FROM twin.relation r WHERE r.type = 'measures' AND r.source = ANY($1)
UNION
SELECT s.reach FROM hydro.station s WHERE s.id = ANY($1) AND s.reach IS NOT NULL
UNION
SELECT s.river FROM hydro.station s WHERE s.id = ANY($1) AND s.river IS NOT NULL
UNION
SELECT w.river FROM hydro.work w WHERE w.id = ANY($1) AND w.river IS NOT NULL
UNION
SELECT e.id FROM hydro.work w JOIN hydro.reach e ON e.from_node IN (w.inner_node, w.outer_node) OR e.to_node IN (w.inner_node, w.outer_node)
WHERE w.id = ANY($1)
