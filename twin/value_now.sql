-- What the datastreams of things $1 show at the present, $2, to a reader of clearance $3. The latest reading is at hand, unless it is
-- ahead of the clock: then the one before it counts.
SELECT d.code, d.thing, d.property, p.unit, p.scale, coalesce(d.datum, ''), coalesce(d.role, ''), d.number, d.stale_after_s,
    r.value, r.time, r.received, r.flags, e.value, e.time
FROM twin.datastream d
JOIN twin.property p ON p.id = d.property
LEFT JOIN twin.latest l ON l.datastream = d.id
LEFT JOIN LATERAL (
    SELECT l.value, l.time, l.received, l.flags WHERE l.time <= $2
    UNION ALL
    (SELECT x.value, x.time, x.received, x.flags FROM twin.reading x
     WHERE l.time > $2 AND x.datastream = d.id AND x.time <= $2 ORDER BY x.time DESC LIMIT 1)
) r ON true
LEFT JOIN LATERAL (
    SELECT x.value, x.time FROM twin.reading x
    WHERE d.property = 'level' AND x.datastream = d.id AND x.time <= r.time - interval '55 minutes' AND x.time >= r.time - interval '6 hours'
    ORDER BY x.time DESC LIMIT 1
) e ON true
WHERE d.thing = ANY($1) AND d.class <= $3::text::auth.class AND (d.retired IS NULL OR d.retired > $2)
ORDER BY d.thing, d.property <> 'level', d.property, d.role, d.number
