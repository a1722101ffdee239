-- Makes the warning $1 one of severity $2, with evidence $3 of datastream $4 and class $5, at time $6. It is to be acknowledged anew.
UPDATE alert.alert a SET severity = $2::text::alert.severity, evidence = $3::jsonb, escalated = $6, state = 'raised', acknowledged = NULL, acknowledged_by = NULL, note = NULL,
    class = greatest(a.class, nullif($5::text, '')::auth.class, (SELECT d.class FROM twin.datastream d WHERE d.code = $4))
WHERE a.id = $1 AND a.state <> 'cleared' AND a.severity < $2::text::alert.severity
RETURNING a.id
