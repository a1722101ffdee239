-- Runs of the model of the water: forecasts, and what scenarios and plans will be; the rain that they take; how past ones fared.

-- +goose Up
CREATE TABLE hydro.run (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('forecast', 'scenario', 'plan')),
    base bigint REFERENCES hydro.run (id) ON DELETE SET NULL,
    title text NOT NULL DEFAULT '',
    asked_by text NOT NULL DEFAULT '',
    class auth.class NOT NULL,
    begun timestamptz NOT NULL DEFAULT now(),
    ended timestamptz,
    state text NOT NULL CHECK (state IN ('running', 'done', 'failed')),
    from_time timestamptz NOT NULL,
    until_time timestamptz NOT NULL CHECK (until_time > from_time),
    step_s integer NOT NULL CHECK (step_s > 0),
    datum text NOT NULL DEFAULT 'unknown' REFERENCES twin.datum (id),
    inputs jsonb NOT NULL DEFAULT '{}',
    assumed jsonb NOT NULL DEFAULT '[]',
    balance jsonb,
    hash text NOT NULL DEFAULT '',
    error jsonb,
    origin timestamptz,
    fingerprint text NOT NULL DEFAULT '',
    snapshot bytea
);
COMMENT ON TABLE hydro.run IS 'Runs of the model of the water. One that was cancelled is not there; one that failed has an error and no series.';
COMMENT ON COLUMN hydro.run.id IS 'Number of the run.';
COMMENT ON COLUMN hydro.run.kind IS 'forecast, scenario or plan.';
COMMENT ON COLUMN hydro.run.base IS 'The run whose state it began from, of scenarios and plans.';
COMMENT ON COLUMN hydro.run.title IS 'What it was called by who asked for it.';
COMMENT ON COLUMN hydro.run.asked_by IS 'Name of who asked for it; empty for the clock.';
COMMENT ON COLUMN hydro.run.class IS 'Class of the most secret thing that had a part in it.';
COMMENT ON COLUMN hydro.run.begun IS 'When it was begun.';
COMMENT ON COLUMN hydro.run.ended IS 'When it ended.';
COMMENT ON COLUMN hydro.run.state IS 'running, done or failed.';
COMMENT ON COLUMN hydro.run.from_time IS 'From when it looks ahead: the time until which it knew what was observed.';
COMMENT ON COLUMN hydro.run.until_time IS 'Its horizon.';
COMMENT ON COLUMN hydro.run.step_s IS 'Greatest step of the solver, seconds.';
COMMENT ON COLUMN hydro.run.datum IS 'Vertical datum of the network, and of levels whose series says none.';
COMMENT ON COLUMN hydro.run.inputs IS 'What it was made of, and how it went.';
COMMENT ON COLUMN hydro.run.assumed IS 'What was assumed rather than known.';
COMMENT ON COLUMN hydro.run.balance IS 'What became of the water, cubic metres, with all terms.';
COMMENT ON COLUMN hydro.run.hash IS 'Hash of its final state: the same inputs make the same.';
COMMENT ON COLUMN hydro.run.error IS 'Why it failed.';
COMMENT ON COLUMN hydro.run.origin IS 'From when the clock of its solver counts.';
COMMENT ON COLUMN hydro.run.fingerprint IS 'Layout of its network: a state fits networks that have the same.';
COMMENT ON COLUMN hydro.run.snapshot IS 'State of the solver at from_time, of the last forecast alone.';
CREATE INDEX run_from ON hydro.run (kind, from_time DESC);


CREATE TABLE hydro.run_series (
    run bigint NOT NULL REFERENCES hydro.run (id) ON DELETE CASCADE,
    thing text NOT NULL REFERENCES twin.thing (id) ON DELETE CASCADE,
    quantity text NOT NULL CHECK (quantity IN ('level', 'discharge', 'opening')),
    unit text NOT NULL,
    datum text REFERENCES twin.datum (id),
    class auth.class NOT NULL,
    first timestamptz NOT NULL,
    interval_s integer NOT NULL CHECK (interval_s > 0),
    "values" real[] NOT NULL,
    low real[] NOT NULL,
    high real[] NOT NULL,
    PRIMARY KEY (run, thing, quantity)
);
COMMENT ON TABLE hydro.run_series IS 'What runs computed, by thing and quantity, at equal intervals. Series of forecasts go after 30 days; the rows of the runs stay.';
COMMENT ON COLUMN hydro.run_series.run IS 'The run.';
COMMENT ON COLUMN hydro.run_series.thing IS 'The station, reach or work.';
COMMENT ON COLUMN hydro.run_series.quantity IS 'level, discharge (of works outwards), or opening as a part of the whole.';
COMMENT ON COLUMN hydro.run_series.unit IS 'UCUM code of the unit; 1 for none.';
COMMENT ON COLUMN hydro.run_series.datum IS 'Vertical datum of levels.';
COMMENT ON COLUMN hydro.run_series.class IS 'The greater of the classes of the thing and of the run.';
COMMENT ON COLUMN hydro.run_series.first IS 'Time of the first value.';
COMMENT ON COLUMN hydro.run_series.interval_s IS 'Seconds from one value to the next.';
COMMENT ON COLUMN hydro.run_series."values" IS 'The values.';
COMMENT ON COLUMN hydro.run_series.low IS 'Lower ends of their spread, the 10th percentile of an ensemble.';
COMMENT ON COLUMN hydro.run_series.high IS 'Upper ends, the 90th percentile.';
CREATE INDEX run_series_thing ON hydro.run_series (thing, run DESC);


CREATE TABLE hydro.rainfall (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    area text NOT NULL DEFAULT '',
    issued timestamptz NOT NULL,
    received timestamptz NOT NULL DEFAULT now(),
    source text NOT NULL,
    class auth.class NOT NULL,
    first timestamptz NOT NULL,
    interval_s integer NOT NULL CHECK (interval_s > 0),
    mm double precision[] NOT NULL,
    UNIQUE (area, issued, source)
);
COMMENT ON TABLE hydro.rainfall IS 'Forecasts of rain, every issue of them. Runs take the latest issue for an area, else the latest for all.';
COMMENT ON COLUMN hydro.rainfall.id IS 'Number of the issue.';
COMMENT ON COLUMN hydro.rainfall.area IS 'Code of the administrative area; empty for all.';
COMMENT ON COLUMN hydro.rainfall.issued IS 'When its source stated it.';
COMMENT ON COLUMN hydro.rainfall.received IS 'When basin received it.';
COMMENT ON COLUMN hydro.rainfall.source IS 'Who stated it.';
COMMENT ON COLUMN hydro.rainfall.class IS 'Classification.';
COMMENT ON COLUMN hydro.rainfall.first IS 'Beginning of the first interval.';
COMMENT ON COLUMN hydro.rainfall.interval_s IS 'Length of each interval, seconds.';
COMMENT ON COLUMN hydro.rainfall.mm IS 'What falls in each interval, mm.';


CREATE TABLE hydro.skill (
    run bigint NOT NULL REFERENCES hydro.run (id) ON DELETE CASCADE,
    thing text NOT NULL REFERENCES twin.thing (id) ON DELETE CASCADE,
    lead_h smallint NOT NULL,
    class auth.class NOT NULL,
    time timestamptz NOT NULL,
    forecast double precision NOT NULL,
    observed double precision NOT NULL,
    warning double precision,
    PRIMARY KEY (thing, lead_h, run)
);
COMMENT ON TABLE hydro.skill IS 'Forecast levels of stations beside what was then observed, above the same datum.';
COMMENT ON COLUMN hydro.skill.run IS 'The forecast.';
COMMENT ON COLUMN hydro.skill.thing IS 'The station.';
COMMENT ON COLUMN hydro.skill.lead_h IS 'How far ahead it was, hours.';
COMMENT ON COLUMN hydro.skill.class IS 'The greater of the classes of the forecast and of the observation.';
COMMENT ON COLUMN hydro.skill.time IS 'Of which time.';
COMMENT ON COLUMN hydro.skill.forecast IS 'The level that was forecast, metres.';
COMMENT ON COLUMN hydro.skill.observed IS 'The level that was observed, metres.';
COMMENT ON COLUMN hydro.skill.warning IS 'The warning level above the same datum, where there is one.';
