-- Everything held under the given keys, the present value and the superseded ones.
WITH k AS (SELECT * FROM unnest($1::bigint[], $2::timestamptz[]) AS k (datastream, time))
SELECT r.datastream, r.time, r.value, r.operator, r.issued, r.received, r.flags, true AS current
FROM k JOIN twin.reading r USING (datastream, time)
UNION ALL
SELECT s.datastream, s.time, s.value, s.operator, s.issued, s.received, s.flags, false
FROM k JOIN twin.superseded s USING (datastream, time)
