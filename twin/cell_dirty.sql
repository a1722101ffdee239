-- Notes rollups that must be computed again.
INSERT INTO twin.cell_dirty AS d (cell, bucket, property, datum, class)
SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::text[]::auth.class[])
ON CONFLICT (cell, bucket, property, datum, class) DO UPDATE SET xid = excluded.xid
