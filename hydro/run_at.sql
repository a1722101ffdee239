-- What run $1 computed of the levels of stations and reaches at time $3, for a reader of clearance $2.
SELECT s.thing, t.gid, t.kind, coalesce(s.datum, '') AS datum, s.unit, s."values"[i.at]::float8 AS value, s.low[i.at]::float8 AS low, s.high[i.at]::float8 AS high,
    coalesce((SELECT d.code FROM twin.datastream d WHERE d.thing = s.thing AND d.property = 'level' AND d.role IS NULL AND d.number IS NULL), '') AS datastream
FROM hydro.run_series s
JOIN twin.thing t ON t.id = s.thing
CROSS JOIN LATERAL (SELECT round(extract(epoch FROM $3::timestamptz - s.first) / s.interval_s)::integer + 1 AS at) i
WHERE s.run = $1 AND s.quantity = 'level' AND s.class <= $2::text::auth.class AND t.class <= $2::text::auth.class AND i.at BETWEEN 1 AND cardinality(s."values")
ORDER BY s.thing
