-- The relations of things $1, seen from either end, to things that a reader of clearance $2 may see. At most 500 for each thing.
SELECT r.thing, r.type, r.inverse, t.id, t.kind, coalesce(t.name_zh, ''), coalesce(t.name_en, '')
FROM unnest($1::text[]) AS g (id)
CROSS JOIN LATERAL (
    (SELECT source AS thing, type, false AS inverse, target AS other FROM twin.relation WHERE source = g.id LIMIT 500)
    UNION ALL
    (SELECT target, type, true, source FROM twin.relation WHERE target = g.id LIMIT 500)
) r
JOIN twin.thing t ON t.id = r.other
WHERE t.class <= $2::text::auth.class
ORDER BY r.thing, r.inverse, r.type, t.id
