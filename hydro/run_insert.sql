-- Writes a run.
INSERT INTO hydro.run (kind, title, asked_by, class, begun, ended, state, from_time, until_time, step_s, datum, inputs, assumed, balance, hash, error, origin, fingerprint, snapshot)
VALUES ($1, $2, $3, $4::text::auth.class, $5, clock_timestamp(), $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
RETURNING id
