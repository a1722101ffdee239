-- Writes frames, given as arrays: when received $1, protocol $2, channel $3, peer $4, address $5, thing (empty for none) $6, function $7, bytes $8,
-- decoded (null for none) $9, verdict $10, reason $11, readings $12.
INSERT INTO ingest.frame (received, protocol, channel, peer, address, thing, function, bytes, decoded, verdict, reason, readings)
SELECT f.received, f.protocol, f.channel, f.peer, f.address, nullif(f.thing, ''), f.function, f.bytes, f.decoded::jsonb, f.verdict, f.reason, f.readings
FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[], $9::text[], $10::text[], $11::text[],
    $12::integer[]) WITH ORDINALITY
    AS f (received, protocol, channel, peer, address, thing, function, bytes, decoded, verdict, reason, readings, number)
ORDER BY f.number
