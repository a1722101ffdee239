-- Computes up to $1 dirty rollups from the readings themselves and marks them clean, unless they were dirtied again meanwhile.
WITH k AS MATERIALIZED (
    SELECT cell, bucket, property, datum, class, xid FROM twin.cell_dirty ORDER BY cell, bucket, property, datum, class LIMIT $1
), computed AS (
    INSERT INTO twin.cell_hour AS h (cell, bucket, property, datum, class, count, min, max, sum, last, last_time)
    SELECT k.cell, k.bucket, k.property, k.datum, k.class, count(*), min(r.value), max(r.value), sum(r.value),
        (array_agg(r.value ORDER BY r.time DESC, r.value DESC))[1], max(r.time)
    FROM k
    JOIN twin.datastream d ON d.cell = k.cell AND d.property = k.property AND coalesce(d.datum, '') = k.datum AND d.class = k.class
    JOIN twin.reading r ON r.datastream = d.id AND r.time >= k.bucket AND r.time < k.bucket + interval '1 hour'
    GROUP BY k.cell, k.bucket, k.property, k.datum, k.class
    ON CONFLICT (cell, bucket, property, datum, class) DO UPDATE SET count = excluded.count, min = excluded.min, max = excluded.max,
        sum = excluded.sum, last = excluded.last, last_time = excluded.last_time
)
DELETE FROM twin.cell_dirty d USING k
WHERE d.cell = k.cell AND d.bucket = k.bucket AND d.property = k.property AND d.datum = k.datum AND d.class = k.class AND d.xid = k.xid
