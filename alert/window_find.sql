-- What datastreams $1 showed from $2 on until $3, the reading that stood at $2 included: place in the list, least and greatest value of readings without the
-- flags $4 or entered by a person, how many readings have one of these, and whether one stood at $2.
SELECT w.n, (min(r.value) FILTER (WHERE NOT r.flagged) / 10::numeric ^ min(r.scale))::double precision,
    (max(r.value) FILTER (WHERE NOT r.flagged) / 10::numeric ^ min(r.scale))::double precision,
    count(*) FILTER (WHERE r.flagged), coalesce(bool_or(r.stood), false)
FROM unnest($1::text[], $2::timestamptz[]) WITH ORDINALITY AS w (code, since, n)
JOIN twin.datastream d ON d.code = w.code
JOIN twin.property p ON p.id = d.property
LEFT JOIN LATERAL (
    SELECT x.value, x.flags & $4::smallint <> 0 AND NOT x.operator AS flagged, p.scale, false AS stood
    FROM twin.reading x WHERE x.datastream = d.id AND x.time > w.since AND x.time <= $3
    UNION ALL
    (SELECT x.value, x.flags & $4::smallint <> 0 AND NOT x.operator, p.scale, x.flags & $4::smallint = 0 OR x.operator
     FROM twin.reading x WHERE x.datastream = d.id AND x.time <= w.since ORDER BY x.time DESC LIMIT 1)
) r ON true
GROUP BY w.n
ORDER BY w.n
