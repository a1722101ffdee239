-- Rollups of a property for the days that meet a time, as a reader of clearance $4 may see them.
SELECT c.cell, (c.day - 1 + u.start) AT TIME ZONE u.zone AS bucket, c.day::text, c.datum, c.count, c.min, c.max, c.sum::bigint, c.last, c.last_time
FROM twin.cell_day_rule u
JOIN twin.cell_day c ON c.day > (($2::timestamptz AT TIME ZONE u.zone) - u.start)::date
    AND c.day <= ((($3::timestamptz - interval '1 microsecond') AT TIME ZONE u.zone) - u.start)::date + 1
WHERE c.property = $1 AND c.class <= $4::text::auth.class
LIMIT $5
