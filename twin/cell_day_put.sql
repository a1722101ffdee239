-- Computes up to $1 rollups of days, which start at $2 in zone $3, from the readings themselves and takes their marks away.
-- The rollup of a day that a month whose readings were dropped has a part in stays as it is.
WITH k AS MATERIALIZED (
    SELECT cell, day, property, datum, class FROM twin.cell_day_dirty ORDER BY cell, day, property, datum, class LIMIT $1
), computed AS (
    INSERT INTO twin.cell_day AS h (cell, day, property, datum, class, count, min, max, sum, last, last_time)
    SELECT k.cell, k.day, k.property, k.datum, k.class, r.*
    FROM k
    CROSS JOIN LATERAL (
        SELECT count(*), min(r.value), max(r.value), sum(r.value), (array_agg(r.value ORDER BY r.time DESC, r.value DESC))[1], max(r.time)
        FROM twin.datastream d
        JOIN twin.reading r ON r.datastream = d.id AND r.time >= (k.day - 1 + $2::text::time) AT TIME ZONE $3::text
            AND r.time < (k.day + $2::text::time) AT TIME ZONE $3::text
        WHERE d.cell = k.cell AND d.property = k.property AND coalesce(d.datum, '') = k.datum AND d.class = k.class
        HAVING count(*) > 0
    ) r
    WHERE NOT EXISTS (SELECT FROM twin.reading_dropped g WHERE (k.day - 1 + $2::text::time) AT TIME ZONE $3::text < g.until
        AND (k.day + $2::text::time) AT TIME ZONE $3::text > g.month)
    ON CONFLICT (cell, day, property, datum, class) DO UPDATE SET count = excluded.count, min = excluded.min, max = excluded.max,
        sum = excluded.sum, last = excluded.last, last_time = excluded.last_time
)
DELETE FROM twin.cell_day_dirty d USING k
WHERE d.cell = k.cell AND d.day = k.day AND d.property = k.property AND d.datum = k.datum AND d.class = k.class
