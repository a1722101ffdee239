-- The field station of protocol $1 and address $2, with what it observes.
SELECT r.protocol, r.address, r.thing, t.code, t.class::text AS class, r.password_hash, r.profile, r.disabled IS NOT NULL AS disabled,
    ST_X(ST_PointOnSurface(t.geom)) AS longitude, ST_Y(ST_PointOnSurface(t.geom)) AS latitude
FROM ingest.rtu r
JOIN twin.thing t ON t.id = r.thing
WHERE r.protocol = $1 AND r.address = $2
