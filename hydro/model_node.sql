-- The nodes of all reaches and works, with their beds where known.
SELECT t.id, ST_X(c) AS x, ST_Y(c) AS y, n.elevation_m AS bed, coalesce(n.datum, '') AS datum
FROM hydro.node n
JOIN twin.thing t ON t.id = n.id
CROSS JOIN ST_Centroid(t.geom) AS c
WHERE t.geom IS NOT NULL
ORDER BY t.id
