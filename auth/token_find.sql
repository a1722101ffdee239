-- Whose the tokens of hashes $1 are; those that are revoked or expired, or whose principal is disabled, are nobody's.
SELECT t.hash, p.id, p.name, p.role, p.stations, p.vendor, p.areas, t.id
FROM auth.token t
JOIN auth.principal p ON p.id = t.principal
WHERE t.hash = ANY($1) AND t.revoked IS NULL AND (t.expires IS NULL OR t.expires > now()) AND p.disabled IS NULL
