-- What the datastreams of things $1 showed at $2, to a reader of clearance $3, with only what had been received by $4.
SELECT d.code, d.thing, d.property, p.unit, p.scale, coalesce(d.datum, ''), coalesce(d.role, ''), d.number, d.stale_after_s,
    r.value, r.time, r.received, r.flags, e.value, e.time
FROM twin.datastream d
JOIN twin.property p ON p.id = d.property
LEFT JOIN LATERAL (
    SELECT v.* FROM (
        (SELECT x.value, x.time, x.received, x.flags, x.operator, x.issued FROM twin.reading x
         WHERE x.datastream = d.id AND x.time <= $2 AND x.received <= $4 ORDER BY x.time DESC LIMIT 1)
        UNION ALL
        (SELECT x.value, x.time, x.received, x.flags, x.operator, x.issued FROM twin.superseded x
         WHERE x.datastream = d.id AND x.time <= $2 AND x.received <= $4
         ORDER BY x.time DESC, x.operator DESC, x.issued DESC, x.value DESC LIMIT 1)
    ) v ORDER BY v.time DESC, v.operator DESC, v.issued DESC, v.value DESC LIMIT 1
) r ON true
LEFT JOIN LATERAL (
    SELECT x.value, x.time FROM twin.reading x
    WHERE d.property = 'level' AND x.datastream = d.id AND x.received <= $4
        AND x.time <= r.time - interval '55 minutes' AND x.time >= r.time - interval '6 hours'
    ORDER BY x.time DESC LIMIT 1
) e ON true
WHERE d.thing = ANY($1) AND d.class <= $3::text::auth.class AND (d.retired IS NULL OR d.retired > $2)
ORDER BY d.thing, d.property <> 'level', d.property, d.role, d.number
