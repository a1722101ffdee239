-- Takes the scenario whose turn it is: of those who have the fewest running, the first asked for.
UPDATE hydro.run r
SET state = 'running', begun = clock_timestamp(), beat = clock_timestamp(), part = 0
WHERE r.id = (
    SELECT w.id FROM hydro.run w
    WHERE w.kind = 'scenario' AND w.state = 'waiting'
    ORDER BY (SELECT count(*) FROM hydro.run x WHERE x.state = 'running' AND x.kind = 'scenario' AND x.asker = w.asker), w.id
    LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING r.id, r.until_time, coalesce(r.base, 0), r.changes
