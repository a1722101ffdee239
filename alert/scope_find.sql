-- Which enabled rules are about which things, among things $1 or, where it is null, among all: those that have a series that the rule looks at. Only rules of
-- observed values unless $2.
WITH scope AS (
    SELECT r.id AS rule, t.id AS thing FROM alert.rule r JOIN twin.thing t ON t.kind = r.thing_kind WHERE $1::text[] IS NULL OR t.id = ANY($1)
    UNION
    SELECT r.id, r.thing FROM alert.rule r WHERE r.thing IS NOT NULL AND ($1::text[] IS NULL OR r.thing = ANY($1))
    UNION
    SELECT r.id, s.source FROM alert.rule r JOIN twin.relation s ON s.target = r.thing AND s.type IN ('on', 'measures') WHERE $1::text[] IS NULL OR s.source = ANY($1)
)
SELECT s.thing, s.rule
FROM scope s
JOIN alert.rule r ON r.id = s.rule
WHERE r.enabled AND CASE WHEN r.ahead_h > 0 THEN $2::boolean ELSE EXISTS (SELECT FROM twin.datastream d WHERE d.thing = s.thing AND d.retired IS NULL
    AND (r.property IS NULL OR d.property = r.property) AND (r.role IS NULL OR d.role = r.role)) END
ORDER BY s.thing, s.rule
