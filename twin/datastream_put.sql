-- Makes a datastream, or changes it where it differs.
INSERT INTO twin.datastream AS d (code, thing, property, role, number, datum, class, interval_s, stale_after_s, minimum, maximum, max_rate, cell)
VALUES ($1, $2, $3, $4, $5, $6, $7::text::auth.class, $8, $9, $10, $11, $12, $13)
ON CONFLICT (code) DO UPDATE SET datum = excluded.datum, class = excluded.class, interval_s = excluded.interval_s,
    stale_after_s = excluded.stale_after_s, minimum = excluded.minimum, maximum = excluded.maximum, max_rate = excluded.max_rate,
    cell = excluded.cell
WHERE (d.datum, d.class, d.interval_s, d.stale_after_s, d.minimum, d.maximum, d.max_rate, d.cell)
    IS DISTINCT FROM (excluded.datum, excluded.class, excluded.interval_s, excluded.stale_after_s, excluded.minimum,
        excluded.maximum, excluded.max_rate, excluded.cell)
