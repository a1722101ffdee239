-- Inserts readings that are later than anything held, so that no key of theirs can hold something.
INSERT INTO twin.reading (datastream, time, value, operator, issued, received, flags)
SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::boolean[], $5::timestamptz[], $6::timestamptz[], $7::smallint[])
