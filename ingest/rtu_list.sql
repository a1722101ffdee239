-- The field stations of the thing of id or code $1 (all where it is empty) whose things a reader of clearance $2 may know of; where $3 is not null only
-- those of the vendor of that name.
SELECT r.protocol, r.address, r.thing, t.code AS station, r.vendor, r.password_hash IS NOT NULL AS secured, r.profile, r.created, r.disabled,
    (SELECT f.received FROM ingest.frame f WHERE f.protocol = r.protocol AND f.address = r.address ORDER BY f.id DESC LIMIT 1) AS last
FROM ingest.rtu r
JOIN twin.thing t ON t.id = r.thing
WHERE ($1 = '' OR t.id = $1 OR t.code = $1) AND t.class <= $2::text::auth.class AND ($3::text IS NULL OR (r.vendor = $3 AND r.vendor <> ''))
ORDER BY t.code, r.protocol, r.address
