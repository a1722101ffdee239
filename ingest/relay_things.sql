-- The stations and works that have readings of class $4 or below, of codes $2 (all where that is null), with how far each was relayed to centre $1 by SL 323.
-- One that was not yet begins with what was received since $3. Type is tide, pump or empty: it decides which table says a level.
WITH mine AS (
    SELECT t.id, coalesce(nullif(t.properties ->> 'stcd', ''), t.code) AS code,
        CASE WHEN s.type = 'tide' THEN 'tide' WHEN w.type = 'pump' THEN 'pump' ELSE '' END AS type,
        EXISTS (SELECT FROM twin.datastream d WHERE d.thing = t.id AND d.property = 'rainfall_hour' AND d.class <= $4::text::auth.class) AS hourly
    FROM twin.thing t
    LEFT JOIN hydro.station s ON s.id = t.id
    LEFT JOIN hydro.work w ON w.id = t.id
    WHERE t.kind IN ('station', 'work') AND t.class <= $4::text::auth.class
        AND ($2::text[] IS NULL OR t.code = ANY($2) OR t.properties ->> 'stcd' = ANY($2))
        AND EXISTS (SELECT FROM twin.datastream d WHERE d.thing = t.id AND d.class <= $4::text::auth.class)
), begun AS (
    INSERT INTO ingest.relay (centre, protocol, address, since)
    SELECT $1, 'sl323', m.id, $3 FROM mine m
    WHERE NOT EXISTS (SELECT FROM ingest.relay l WHERE l.centre = $1 AND l.protocol = 'sl323' AND l.address = m.id)
    ON CONFLICT DO NOTHING
    RETURNING address, mark, since
)
SELECT m.id AS address, m.id AS thing, '{}'::jsonb AS profile, m.code, m.type, m.hourly, coalesce(b.mark, l.mark) AS mark, coalesce(b.since, l.since) AS since
FROM mine m
LEFT JOIN begun b ON b.address = m.id
LEFT JOIN ingest.relay l ON l.centre = $1 AND l.protocol = 'sl323' AND l.address = m.id
WHERE coalesce(b.mark, l.mark) IS NOT NULL
ORDER BY m.id
