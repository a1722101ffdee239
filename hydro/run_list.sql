-- Runs that a reader of clearance $1 may see, of kind $2 (empty for any), the last first: those before run $3 (0 for all), or run $4 alone; of state $5 (empty for any); at most $6.
SELECT r.id, r.kind, coalesce(r.base, 0) AS base, r.title, r.asked_by, r.class::text AS class, r.begun, r.ended, r.state, r.from_time AS "from", r.until_time AS until,
    r.step_s, r.datum, nullif(r.inputs, '{}') AS inputs, r.assumed, r.balance, r.hash, r.error, r.changes, r.asker,
    CASE r.state WHEN 'done' THEN 1 ELSE r.part END AS part
FROM hydro.run r
WHERE r.class <= $1::text::auth.class AND ($2::text = '' OR r.kind = $2) AND ($3::bigint = 0 OR r.id < $3) AND ($4::bigint = 0 OR r.id = $4) AND ($5::text = '' OR r.state = $5)
ORDER BY r.id DESC
LIMIT $6
