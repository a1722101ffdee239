-- Takes the next message that is due: the first of a channel that still waits, so that they arrive in order. Until $1 seconds from now nobody else tries it.
UPDATE alert.delivery d SET tries = d.tries + 1, next_try = now() + make_interval(secs => $1)
FROM (
    SELECT w.id FROM alert.delivery w
    WHERE w.sent IS NULL AND w.failed IS NULL AND w.next_try <= now()
        AND NOT EXISTS (SELECT FROM alert.delivery e WHERE e.channel = w.channel AND e.id < w.id AND e.sent IS NULL AND e.failed IS NULL)
    ORDER BY w.next_try, w.id LIMIT 1 FOR UPDATE SKIP LOCKED
) due, alert.channel c, alert.event e
WHERE d.id = due.id AND c.id = d.channel AND e.id = d.event
RETURNING d.id, d.channel, d.created, d.tries, c.kind, c.address, c.class::text AS class, c.language, c.secret, e.alert, e.id AS event
