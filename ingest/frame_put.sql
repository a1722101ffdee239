-- Writes frames, given as arrays: when received $1, protocol $2, channel $3, peer $4, address $5, thing (empty for none) $6, function $7, bytes $8,
-- decoded (null for none) $9, verdict $10, reason $11, readings $12, as JSON the addresses that it speaks for $13 and the readings that are held $14
-- (null for none of either).
INSERT INTO ingest.frame (received, protocol, channel, peer, address, thing, function, bytes, decoded, verdict, reason, readings, spoken_for, held)
SELECT f.received, f.protocol, f.channel, f.peer, f.address, nullif(f.thing, ''), f.function, f.bytes, f.decoded::jsonb, f.verdict, f.reason, f.readings,
    CASE WHEN f.spoken_for IS NULL THEN '{}' ELSE ARRAY(SELECT jsonb_array_elements_text(f.spoken_for::jsonb)) END, f.held::jsonb
FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[], $9::text[], $10::text[], $11::text[],
    $12::integer[], $13::text[], $14::text[]) WITH ORDINALITY
    AS f (received, protocol, channel, peer, address, thing, function, bytes, decoded, verdict, reason, readings, spoken_for, held, number)
ORDER BY f.number
