-- Inserts readings whose key holds nothing, and answers their keys.
INSERT INTO twin.reading (datastream, time, value, operator, issued, received, flags)
SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::boolean[], $5::timestamptz[], $6::timestamptz[], $7::smallint[])
ON CONFLICT (datastream, time) DO NOTHING
RETURNING datastream, time
