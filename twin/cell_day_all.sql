-- Marks every day that has readings, for days that start at $1 in zone $2.
INSERT INTO twin.cell_day_dirty (cell, day, property, datum, class)
SELECT DISTINCT h.cell, ((e.edge AT TIME ZONE $2::text) - $1::text::time)::date + 1, h.property, h.datum, h.class
FROM twin.cell_hour h CROSS JOIN LATERAL (VALUES (h.bucket), (h.bucket + interval '1 hour' - interval '1 microsecond')) AS e (edge)
ON CONFLICT DO NOTHING
