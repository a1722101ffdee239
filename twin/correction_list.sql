-- Corrections of periods that reach into $1 until before $2 (each null for no bound) of the datastream of code $3 (empty for all), as far as a reader of
-- clearance $4 may know of it, the last made first: those after the one made at $5 with identifier $6 (null for the first page), at most $7.
SELECT c.id::text, d.code AS datastream, d.thing, c."from", c."to", c.shift, p.scale, p.unit, c.readings, c.reason, c.principal, c.name, c.applied, c.undone,
    coalesce(c.undone_by, '') AS undone_by, c.undone_name
FROM twin.correction c
JOIN twin.datastream d ON d.id = c.datastream
JOIN twin.property p ON p.id = d.property
WHERE ($1::timestamptz IS NULL OR c."to" > $1) AND ($2::timestamptz IS NULL OR c."from" < $2) AND ($3 = '' OR d.code = $3)
    AND d.class <= $4::text::auth.class AND ($5::timestamptz IS NULL OR (c.applied, c.id) < ($5, $6::text::uuid))
ORDER BY c.applied DESC, c.id DESC
LIMIT $7
