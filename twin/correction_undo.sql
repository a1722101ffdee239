-- Gives the readings of datastream $1 from $2 until before $3 that show what the correction issued at $4 made of them the values that win without it, as
-- values of an operator issued at $5. Those that show something else stay.
WITH r AS MATERIALIZED (
    SELECT * FROM twin.reading c
    WHERE c.datastream = $1 AND c.time >= $2 AND c.time < $3 AND c.operator
        AND (c.issued = $4::timestamptz OR EXISTS (
            SELECT FROM twin.superseded s
            WHERE s.datastream = c.datastream AND s.time = c.time AND s.operator AND s.issued = $4::timestamptz AND s.value = c.value))
    ORDER BY c.time FOR UPDATE
), kept AS (
    INSERT INTO twin.superseded (datastream, time, value, operator, issued, received, flags)
    SELECT datastream, time, value, operator, issued, received, flags FROM r
    ON CONFLICT (datastream, time, operator, issued, value) DO NOTHING
), p AS MATERIALIZED (
    SELECT r.time, o.value, o.flags FROM r
    CROSS JOIN LATERAL (
        SELECT s.value, s.flags FROM twin.superseded s
        WHERE s.datastream = r.datastream AND s.time = r.time AND NOT (s.operator AND s.issued >= $4::timestamptz)
        ORDER BY s.operator DESC, s.issued DESC, s.value DESC LIMIT 1
    ) o
)
UPDATE twin.reading n SET value = p.value, operator = true, issued = $5::timestamptz, received = $5::timestamptz + interval '1 microsecond',
    flags = p.flags | (1::smallint << 6)::smallint
FROM p
WHERE n.datastream = $1 AND n.time >= $2 AND n.time < $3 AND n.time = p.time
