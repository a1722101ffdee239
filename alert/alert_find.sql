-- Warnings for a reader of clearance $1, those that are not over first, the worst and then the newest first: of the numbers $2, in the states $3, of severity $4 or
-- worse, about the thing $5, raised from $6 until before $7; what is null does not matter. At most $8, after the first $9.
SELECT a.id, a.rule, a.thing, t.kind, t.code, json_build_object('zh', coalesce(t.name_zh, ''), 'en', coalesce(t.name_en, '')) AS name, a.state, a.severity::text AS severity,
    json_build_object('zh', a.title_zh, 'en', a.title_en) AS title, json_build_object('zh', a.advice_zh, 'en', a.advice_en) AS advice, a.evidence,
    greatest(a.class, t.class)::text AS class, ST_X(p.place) AS lon, ST_Y(p.place) AS lat, a.raised, a.escalated, a.acknowledged,
    coalesce(a.acknowledged_by, '') AS acknowledged_by, coalesce(a.note, '') AS note, a.cleared
FROM alert.alert a
JOIN twin.thing t ON t.id = a.thing
LEFT JOIN LATERAL (SELECT ST_PointOnSurface(t.geom) AS place) p ON true
WHERE a.class <= $1::text::auth.class AND t.class <= $1::text::auth.class
    AND ($2::bigint[] IS NULL OR a.id = ANY($2)) AND ($3::text[] IS NULL OR a.state = ANY($3)) AND ($4::text IS NULL OR a.severity >= $4::text::alert.severity)
    AND ($5::text IS NULL OR a.thing = $5) AND ($6::timestamptz IS NULL OR a.raised >= $6) AND ($7::timestamptz IS NULL OR a.raised < $7)
ORDER BY a.state = 'cleared', a.severity DESC, a.raised DESC, a.id DESC
LIMIT $8 OFFSET $9
