-- Sets what forecasts of the last $2 said of the levels of stations beside what was observed by now, $1, for each lead of $3 (hours): the plausible reading
-- ($4 are the flags of others) nearest to the time and no further than ten minutes, above the same datum.
INSERT INTO hydro.skill (run, thing, lead_h, class, time, forecast, observed, warning)
SELECT r.id, s.thing, l.lead, greatest(s.class, d.class), v.at, s."values"[v.place], o.value / power(10::float8, p.scale), w.value
FROM hydro.run r
CROSS JOIN unnest($3::integer[]) AS l (lead)
JOIN hydro.run_series s ON s.run = r.id AND s.quantity = 'level'
JOIN twin.datastream d ON d.thing = s.thing AND d.property = 'level' AND d.role IS NULL AND d.number IS NULL AND d.datum = s.datum
JOIN twin.property p ON p.id = d.property
CROSS JOIN LATERAL (SELECT r.from_time + make_interval(hours => l.lead) AS at, l.lead * 3600 / s.interval_s + 1 AS place) v
CROSS JOIN LATERAL (
    SELECT x.value FROM twin.reading x
    WHERE x.datastream = d.id AND x.time BETWEEN v.at - interval '10 minutes' AND v.at + interval '10 minutes' AND x.flags & $4::integer = 0
    ORDER BY abs(extract(epoch FROM x.time - v.at)), x.time LIMIT 1
) o
LEFT JOIN LATERAL (
    SELECT h.value FROM twin.threshold h
    WHERE h.datastream = d.id AND h.type = 'warning' AND h.datum = d.datum AND h.valid @> v.at::date ORDER BY h.value LIMIT 1
) w ON true
WHERE r.kind = 'forecast' AND r.state = 'done' AND r.from_time > $1::timestamptz - $2::interval AND v.at <= $1 AND v.place <= cardinality(s."values")
    AND NOT EXISTS (SELECT FROM hydro.skill k WHERE k.run = r.id AND k.thing = s.thing AND k.lead_h = l.lead)
ON CONFLICT DO NOTHING
