-- Marks rollups that must be computed again. One transaction marks each of them once.
INSERT INTO twin.cell_dirty (cell, bucket, property, datum, class)
SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::text[]::auth.class[])
