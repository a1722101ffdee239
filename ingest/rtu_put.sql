-- Registers a field station: protocol $1, address $2, id of its thing $3, vendor $4, hash of its password $5 (null keeps what is held, unless $6 says
-- that none is asked for), profile $7. One that was disabled is in use again. What waited for it in ingest.pending goes.
WITH gone AS (
    DELETE FROM ingest.pending WHERE protocol = $1 AND address = $2
)
INSERT INTO ingest.rtu AS r (protocol, address, thing, vendor, password_hash, profile)
VALUES ($1, $2, $3, $4, $5, $7)
ON CONFLICT (protocol, address) DO UPDATE SET thing = excluded.thing, vendor = excluded.vendor, profile = excluded.profile, disabled = NULL,
    password_hash = CASE WHEN $6 THEN NULL ELSE coalesce(excluded.password_hash, r.password_hash) END
