-- Frames that the field stations of the vendor $1 sent, the newest first: of those that observe the thing of id or code $2 and of the address $3 (each
-- empty for all), of an id below $4 (0 for no bound) and above $5, at most $6. Strangers are the addresses, not registered for that vendor, that a frame
-- speaks for; null where it was not noted whether there are any.
SELECT f.id, f.received, f.protocol, f.channel, f.peer, f.address, r.thing, f.function, upper(encode(f.bytes, 'hex')) AS bytes,
    f.decoded, f.verdict, f.reason, f.readings,
    CASE WHEN f.spoken_for IS NOT NULL THEN ARRAY(
        SELECT a FROM unnest(f.spoken_for) AS a
        WHERE NOT EXISTS (SELECT FROM ingest.rtu o WHERE o.protocol = f.protocol AND o.address = a AND o.vendor = $1)) END AS strangers
FROM ingest.rtu r
JOIN twin.thing t ON t.id = r.thing
CROSS JOIN LATERAL (
    SELECT * FROM ingest.frame x
    WHERE x.protocol = r.protocol AND x.address = r.address AND ($4::bigint = 0 OR x.id < $4) AND x.id > $5::bigint
    ORDER BY x.id DESC
    LIMIT $6
) f
WHERE r.vendor = $1 AND r.vendor <> '' AND ($2 = '' OR t.id = $2 OR (t.code = $2 AND t.kind IN ('station', 'work'))) AND ($3 = '' OR r.address = $3)
ORDER BY f.id DESC
LIMIT $6
