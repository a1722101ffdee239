-- The datastreams of the given codes, with what the writer must know of each.
SELECT d.id, d.code, d.thing, t.code AS station_code, d.property, p.unit, p.scale, coalesce(d.datum, '') AS datum, d.class::text AS class,
    d.interval_s, d.minimum, d.maximum, d.max_rate, d.stuck_after_s, p.minimum AS hard_min, p.maximum AS hard_max, d.cell
FROM twin.datastream d
JOIN twin.thing t ON t.id = d.thing
JOIN twin.property p ON p.id = d.property
WHERE d.code = ANY($1) AND d.retired IS NULL
