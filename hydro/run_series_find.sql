-- The series of run $1 that a reader of clearance $2 may see, of things $3 (null for all) and quantity $4 (empty for all).
SELECT s.run, s.thing, t.gid, t.kind, s.quantity, s.unit, coalesce(s.datum, '') AS datum, s.first, s.interval_s, s."values", s.low, s.high
FROM hydro.run_series s
JOIN twin.thing t ON t.id = s.thing
WHERE s.run = $1 AND s.class <= $2::text::auth.class AND t.class <= $2::text::auth.class
    AND ($3::text[] IS NULL OR s.thing = ANY($3)) AND ($4::text = '' OR s.quantity = $4)
ORDER BY s.thing, s.quantity
