-- Marks the rollups of the readings of datastream $1 from $2 until before $3 that were issued at $4, and makes the latest reading follow.
WITH marked AS (
    INSERT INTO twin.cell_dirty (cell, bucket, property, datum, class)
    SELECT DISTINCT d.cell, date_trunc('hour', r.time), d.property, coalesce(d.datum, ''), d.class
    FROM twin.reading r JOIN twin.datastream d ON d.id = r.datastream
    WHERE r.datastream = $1 AND r.time >= $2 AND r.time < $3 AND r.issued = $4 AND d.cell IS NOT NULL
    ON CONFLICT DO NOTHING
)
UPDATE twin.latest l SET value = r.value, operator = r.operator, issued = r.issued, received = r.received, flags = r.flags
FROM twin.reading r
WHERE l.datastream = $1 AND r.datastream = $1 AND r.time = l.time AND r.time >= $2 AND r.time < $3 AND r.issued = $4
