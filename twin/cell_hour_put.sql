-- Computes rollups of up to $1 marks from the readings themselves and takes these marks away; marks of transactions that end meanwhile stay.
-- The rollups of a month whose readings were dropped stay as they are.
-- The days $2 (start) in zone $3 that the hours belong to are marked in turn.
WITH m AS MATERIALIZED (
    SELECT cell, bucket, property, datum, class, xid FROM twin.cell_dirty ORDER BY xid LIMIT $1
), k AS MATERIALIZED (
    SELECT DISTINCT cell, bucket, property, datum, class FROM m
), computed AS (
    INSERT INTO twin.cell_hour AS h (cell, bucket, property, datum, class, count, min, max, sum, last, last_time)
    SELECT k.cell, k.bucket, k.property, k.datum, k.class, r.*
    FROM k
    CROSS JOIN LATERAL (
        SELECT count(*), min(r.value), max(r.value), sum(r.value), (array_agg(r.value ORDER BY r.time DESC, r.value DESC))[1], max(r.time)
        FROM twin.datastream d
        JOIN twin.reading r ON r.datastream = d.id AND r.time >= k.bucket AND r.time < k.bucket + interval '1 hour'
        WHERE d.cell = k.cell AND d.property = k.property AND coalesce(d.datum, '') = k.datum AND d.class = k.class
        HAVING count(*) > 0
    ) r
    WHERE NOT EXISTS (SELECT FROM twin.reading_dropped g WHERE k.bucket >= g.month AND k.bucket < g.until)
    ON CONFLICT (cell, bucket, property, datum, class) DO UPDATE SET count = excluded.count, min = excluded.min, max = excluded.max,
        sum = excluded.sum, last = excluded.last, last_time = excluded.last_time
), days AS (
    INSERT INTO twin.cell_day_dirty (cell, day, property, datum, class)
    SELECT DISTINCT k.cell, ((e.edge AT TIME ZONE $3::text) - $2::text::time)::date + 1, k.property, k.datum, k.class
    FROM k CROSS JOIN LATERAL (VALUES (k.bucket), (k.bucket + interval '1 hour' - interval '1 microsecond')) AS e (edge)
    ON CONFLICT DO NOTHING
)
DELETE FROM twin.cell_dirty d USING m
WHERE d.cell = m.cell AND d.bucket = m.bucket AND d.property = m.property AND d.datum = m.datum AND d.class = m.class AND d.xid = m.xid
