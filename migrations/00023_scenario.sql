-- Scenarios: runs that begin from the state of a forecast and differ from it in what was asked.

-- +goose Up
ALTER TABLE hydro.run DROP CONSTRAINT run_state_check;
ALTER TABLE hydro.run ADD CONSTRAINT run_state_check CHECK (state IN ('waiting', 'running', 'done', 'failed'));
ALTER TABLE hydro.run ADD COLUMN asker text NOT NULL DEFAULT '';
ALTER TABLE hydro.run ADD COLUMN changes jsonb;
ALTER TABLE hydro.run ADD COLUMN part real NOT NULL DEFAULT 0 CHECK (part BETWEEN 0 AND 1);
ALTER TABLE hydro.run ADD COLUMN beat timestamptz;
COMMENT ON COLUMN hydro.run.state IS 'waiting, running, done or failed.';
COMMENT ON COLUMN hydro.run.asker IS 'Identifier of the principal who asked for it; empty for the clock.';
COMMENT ON COLUMN hydro.run.changes IS 'In what a scenario differs from its base.';
COMMENT ON COLUMN hydro.run.part IS 'How much of it is computed, from 0 to 1, while it runs.';
COMMENT ON COLUMN hydro.run.beat IS 'When the server that computes it last said so. One that falls silent has lost it.';
COMMENT ON COLUMN hydro.run.snapshot IS 'State of the solver at from_time: of the last forecast, and of those that are the base of a scenario.';
CREATE INDEX run_base ON hydro.run (base) WHERE base IS NOT NULL;

ALTER TABLE hydro.run_series DROP CONSTRAINT run_series_quantity_check;
ALTER TABLE hydro.run_series ADD CONSTRAINT run_series_quantity_check CHECK (quantity IN ('level', 'discharge', 'opening', 'running', 'outer_level'));
COMMENT ON COLUMN hydro.run_series.quantity IS 'level, discharge (of works outwards), opening as a part of the whole, running pump units, or outer_level, beside a work to tidal water.';
CREATE INDEX run_pending ON hydro.run (id) WHERE state IN ('waiting', 'running');
