-- The field stations of SL 651 in use, of the stations and works of codes $2 (all where that is null) and of class $4 or below, with how far each was relayed to
-- centre $1. One that was not yet begins with what was received since $3.
WITH begun AS (
    INSERT INTO ingest.relay (centre, protocol, address, since)
    SELECT $1, 'sl651', r.address, $3 FROM ingest.rtu r JOIN twin.thing t ON t.id = r.thing
    WHERE r.protocol = 'sl651' AND r.disabled IS NULL AND t.class <= $4::text::auth.class AND ($2::text[] IS NULL OR t.code = ANY($2))
    ON CONFLICT DO NOTHING
    RETURNING address, mark, since
)
SELECT r.address, r.thing, r.profile, t.code, '' AS type, false AS hourly, coalesce(b.mark, l.mark) AS mark, coalesce(b.since, l.since) AS since
FROM ingest.rtu r
JOIN twin.thing t ON t.id = r.thing
LEFT JOIN begun b ON b.address = r.address
LEFT JOIN ingest.relay l ON l.centre = $1 AND l.protocol = 'sl651' AND l.address = r.address
WHERE r.protocol = 'sl651' AND r.disabled IS NULL AND t.class <= $4::text::auth.class AND ($2::text[] IS NULL OR t.code = ANY($2))
ORDER BY r.address
