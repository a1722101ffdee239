-- The lines of the rivers of dataset $1 with what their reaches inherit.
SELECT t.code, t.geometry_status, t.accuracy_m, t.source, t.class::text, coalesce(r.boundary, ''), ST_AsGeoJSON(t.geom, 15),
    coalesce(t.name_zh, ''), coalesce(t.name_en, '')
FROM twin.thing t
JOIN hydro.river r ON r.id = t.id
WHERE t.dataset IS NOT DISTINCT FROM nullif($1, '') AND ST_Dimension(t.geom) = 1
ORDER BY t.code
