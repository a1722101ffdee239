-- The stations on rivers, with the datastream of their own level, and the class of their discharges.
SELECT t.id, t.class::text AS class, s.type, coalesce(s.river, '') AS river, coalesce(s.reach, '') AS reach, coalesce(s.chainage_m, 0) AS chainage,
    coalesce(v.boundary, '') AS boundary, ST_X(c) AS x, ST_Y(c) AS y, coalesce(d.id, 0) AS stream, coalesce(d.code, '') AS code,
    coalesce(d.datum, 'unknown') AS datum, coalesce(d.class, t.class)::text AS level_class,
    coalesce((SELECT max(f.class) FROM twin.datastream f WHERE f.thing = s.id AND f.property = 'discharge'), t.class)::text AS flow_class, coalesce(d.stale_after_s, 0) AS stale_after, coalesce(p.scale, 0)::integer AS scale
FROM hydro.station s
JOIN twin.thing t ON t.id = s.id
CROSS JOIN ST_Centroid(t.geom) AS c
LEFT JOIN hydro.river v ON v.id = s.river
LEFT JOIN twin.datastream d ON d.thing = s.id AND d.property = 'level' AND d.role IS NULL AND d.number IS NULL AND d.retired IS NULL
LEFT JOIN twin.property p ON p.id = d.property
WHERE t.geom IS NOT NULL
ORDER BY t.id
