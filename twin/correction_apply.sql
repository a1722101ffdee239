-- Shifts the readings of datastream $1 from $2 until before $3 by $4, as values of an operator issued at $5. The old ones are kept.
WITH r AS MATERIALIZED (
    SELECT * FROM twin.reading WHERE datastream = $1 AND time >= $2 AND time < $3 ORDER BY time FOR UPDATE
), kept AS (
    INSERT INTO twin.superseded (datastream, time, value, operator, issued, received, flags)
    SELECT datastream, time, value, operator, issued, received, flags FROM r
    ON CONFLICT (datastream, time, operator, issued, value) DO NOTHING
)
UPDATE twin.reading n SET value = r.value + $4::bigint, operator = true, issued = $5::timestamptz, received = $5::timestamptz + interval '1 microsecond',
    flags = r.flags | (1::smallint << 6)::smallint
FROM r
WHERE n.datastream = $1 AND n.time >= $2 AND n.time < $3 AND n.time = r.time
