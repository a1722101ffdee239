-- Deletes frames received before $1, at most $2 of them, the eldest first.
DELETE FROM ingest.frame
WHERE id IN (SELECT id FROM ingest.frame WHERE received < $1 ORDER BY received LIMIT $2)
