-- Replaces the present value of keys that are locked.
UPDATE twin.reading r SET value = g.value, operator = g.operator, issued = g.issued, received = g.received, flags = g.flags
FROM unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::boolean[], $5::timestamptz[], $6::timestamptz[], $7::smallint[]) AS g (datastream, time, value, operator, issued, received, flags)
WHERE r.datastream = g.datastream AND r.time = g.time
