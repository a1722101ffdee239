-- The latest forecast of a quantity $2 of thing $1.
SELECT s.run, coalesce(s.datum, '') AS datum, s.first, s.interval_s, s."values", s.low, s.high
FROM hydro.run_series s
JOIN hydro.run r ON r.id = s.run
WHERE s.thing = $1 AND s.quantity = $2 AND r.kind = 'forecast' AND r.state = 'done'
ORDER BY s.run DESC LIMIT 1
