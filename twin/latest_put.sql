-- Moves the latest reading of datastreams forward.
INSERT INTO twin.latest AS l (datastream, time, value, operator, issued, received, flags)
SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::boolean[], $5::timestamptz[], $6::timestamptz[], $7::smallint[])
ON CONFLICT (datastream) DO UPDATE SET time = excluded.time, value = excluded.value, operator = excluded.operator,
    issued = excluded.issued, received = excluded.received, flags = excluded.flags
WHERE excluded.time >= l.time
