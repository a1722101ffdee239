-- The cross-sections that are placed on a river and have a shape, along each river.
SELECT t.id, s.river, s.chainage_m AS chainage, coalesce(s.datum, 'unknown') AS datum, t.class::text AS class, t.geometry_status = 'synthetic' AS synthetic,
    array_agg(p.offset_m ORDER BY p.number) AS offsets, array_agg(p.elevation_m ORDER BY p.number) AS elevations,
    array_agg(coalesce(p.roughness, 0) ORDER BY p.number) AS roughness
FROM hydro.section s
JOIN twin.thing t ON t.id = s.id
JOIN hydro.section_point p ON p.section = s.id
WHERE s.river IS NOT NULL AND s.chainage_m IS NOT NULL
GROUP BY t.id, s.river, s.chainage_m, s.datum
ORDER BY s.river, s.chainage_m, t.id
