-- What the latest forecast, made after $3, says of quantity $2 of thing $1.
SELECT s.run::text, coalesce(s.datum, '') AS datum, s.unit, s.class::text, s.first, s.interval_s, s."values", s.low, s.high
FROM hydro.run_series s
JOIN hydro.run r ON r.id = s.run
WHERE s.thing = $1 AND s.quantity = $2 AND r.kind = 'forecast' AND r.state = 'done' AND r.from_time > $3
ORDER BY s.run DESC LIMIT 1
