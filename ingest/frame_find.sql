-- Frames, the newest first: of the thing of id or code $1 and the address $2 (each empty for all), of an id below $3 (0 for no bound) and above $4, at most
-- $5, as far as a reader of clearance $6 may know of their things, and where $7 is not null of the things of those codes only.
SELECT f.id, f.received, f.protocol, f.channel, f.peer, f.address, coalesce(f.thing, '') AS thing, f.function, upper(encode(f.bytes, 'hex')) AS bytes,
    f.decoded, f.verdict, f.reason, f.readings
FROM ingest.frame f
LEFT JOIN twin.thing t ON t.id = f.thing
WHERE ($1 = '' OR f.thing IN (SELECT id FROM twin.thing WHERE id = $1 OR (code = $1 AND kind IN ('station', 'work'))))
    AND ($2 = '' OR f.address = $2)
    AND ($3::bigint = 0 OR f.id < $3)
    AND f.id > $4::bigint
    AND (t.class IS NULL OR t.class <= $6::text::auth.class)
    AND ($7::text[] IS NULL OR t.code = ANY($7))
ORDER BY f.id DESC
LIMIT $5
