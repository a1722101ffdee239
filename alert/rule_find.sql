-- Rules with their steps, the least first, and if $3 what they cannot judge, for a reader of clearance $1; only the rule $2 unless that is null.
SELECT r.id, r.kind, coalesce(r.thing, '') AS thing, coalesce(r.thing_kind, '') AS thing_kind, coalesce(r.property, '') AS property, coalesce(r.role, '') AS role,
    r.hold_s, r.hysteresis, r.release_s, r.ahead_h, r.enabled,
    json_build_object('zh', r.title_zh, 'en', r.title_en) AS title, json_build_object('zh', r.advice_zh, 'en', r.advice_en) AS advice,
    (SELECT json_agg(json_build_object('severity', s.severity, 'threshold', coalesce(s.threshold, ''), 'value', s.value, 'datum', coalesce(s.datum, '')) ORDER BY s.severity)
     FROM alert.step s WHERE s.rule = r.id) AS steps,
    coalesce((SELECT json_agg(json_build_object('thing', u.thing, 'code', u.code, 'datastream', CASE WHEN d.class <= $1::text::auth.class THEN u.datastream ELSE '' END) ORDER BY u.thing)
     FROM alert.unable u JOIN twin.thing t ON t.id = u.thing LEFT JOIN twin.datastream d ON d.code = u.datastream
     WHERE $3::boolean AND u.rule = r.id AND t.class <= $1::text::auth.class), '[]') AS unable
FROM alert.rule r
LEFT JOIN twin.thing t ON t.id = r.thing
WHERE ($2::text IS NULL OR r.id = $2) AND (r.thing IS NULL OR t.class <= $1::text::auth.class)
ORDER BY r.id
