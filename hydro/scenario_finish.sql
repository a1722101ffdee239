-- Ends scenario $1, unless it was cancelled.
UPDATE hydro.run
SET state = 'done', ended = clock_timestamp(), part = 1, class = $2::text::auth.class, datum = $3, inputs = $4, assumed = $5, balance = $6, hash = $7
WHERE id = $1 AND state = 'running'
