-- Keeps values that lost.
INSERT INTO twin.superseded (datastream, time, value, operator, issued, received, flags)
SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::boolean[], $5::timestamptz[], $6::timestamptz[], $7::smallint[])
ON CONFLICT (datastream, time, operator, issued, value) DO NOTHING
