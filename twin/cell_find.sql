-- Rollups of a property in a time that a reader of clearance $4 may see.
SELECT cell, bucket, '' AS day, datum, count, min, max, sum::bigint, last, last_time
FROM twin.cell_hour
WHERE property = $1 AND bucket >= date_trunc('hour', $2::timestamptz) AND bucket < $3 AND class <= $4::text::auth.class
LIMIT $5
