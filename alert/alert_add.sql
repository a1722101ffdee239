-- Raises a warning of rule $1 on thing $2 with severity $3, evidence $4 of datastream $5 (empty for none) and class $6 (empty for none but those of the thing
-- and the datastream), at time $7; unless there is one already.
INSERT INTO alert.alert (rule, thing, class, severity, title_zh, title_en, advice_zh, advice_en, evidence, raised)
SELECT r.id, t.id, greatest(t.class, d.class, nullif($6::text, '')::auth.class), $3::text::alert.severity, r.title_zh, r.title_en, r.advice_zh, r.advice_en, $4::jsonb, $7
FROM alert.rule r
JOIN twin.thing t ON t.id = $2
LEFT JOIN twin.datastream d ON d.code = $5
WHERE r.id = $1
ON CONFLICT DO NOTHING
RETURNING id
