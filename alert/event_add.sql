-- Adds to the history of warning $1 that $2 happened at $3, by $4 with note $5 and evidence $6, and queues it for every channel that is to hear of it.
WITH happened AS (
    INSERT INTO alert.event (alert, time, kind, severity, by, note, evidence)
    SELECT a.id, $3, $2, a.severity, $4, $5, $6::jsonb FROM alert.alert a WHERE a.id = $1
    RETURNING id, alert, kind
)
INSERT INTO alert.delivery (channel, event)
SELECT c.id, e.id
FROM happened e
JOIN alert.alert a ON a.id = e.alert
JOIN twin.thing t ON t.id = a.thing
JOIN alert.channel c ON c.severity <= a.severity AND c.class >= greatest(a.class, t.class)
WHERE e.kind <> 'acknowledged'
