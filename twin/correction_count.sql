-- Locks the readings of datastream $1 from $2 until before $3, at most $4, and sums them up.
WITH r AS MATERIALIZED (
    SELECT time, value, operator, issued FROM twin.reading WHERE datastream = $1 AND time >= $2 AND time < $3 ORDER BY time LIMIT $4 FOR UPDATE
)
SELECT count(*), (SELECT value FROM r ORDER BY time LIMIT 1), (SELECT value FROM r ORDER BY time DESC LIMIT 1), min(value), max(value),
    greatest(max(issued) FILTER (WHERE operator) + interval '1 microsecond', now()) AS issued
FROM r
