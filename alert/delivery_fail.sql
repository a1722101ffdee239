-- Notes why delivery $1 failed, $2, and when it is tried again, after $3 seconds, and with it all others of its channel; given up if it waits for longer than
-- $4 seconds. Says whether it was.
WITH this AS (
    UPDATE alert.delivery SET last_error = $2, next_try = now() + make_interval(secs => $3),
        failed = CASE WHEN created < now() - make_interval(secs => $4) THEN now() END
    WHERE id = $1 AND sent IS NULL
    RETURNING channel, failed
), others AS (
    UPDATE alert.delivery d SET next_try = greatest(d.next_try, now() + make_interval(secs => $3))
    FROM this WHERE d.channel = this.channel AND d.id <> $1 AND d.sent IS NULL AND d.failed IS NULL
)
SELECT failed IS NOT NULL FROM this
