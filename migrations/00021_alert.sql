-- +goose Up
CREATE SCHEMA alert;
COMMENT ON SCHEMA alert IS 'Warnings: the rules, what they raised, its history, and where it is sent.';

CREATE TYPE alert.severity AS ENUM ('blue', 'yellow', 'orange', 'red');
COMMENT ON TYPE alert.severity IS 'Severity of a warning, 蓝黄橙红, the least first.';


CREATE TABLE alert.rule (
    id text PRIMARY KEY CHECK (id ~ '^[a-z][a-z0-9-]{0,62}$'),
    kind text NOT NULL CHECK (kind IN ('above', 'below', 'rise', 'data')),
    thing text REFERENCES twin.thing (id) ON DELETE CASCADE,
    thing_kind text,
    property text REFERENCES twin.property (id),
    role text CHECK (role IN ('inner', 'outer', 'upper', 'lower')),
    hold_s integer NOT NULL DEFAULT 0 CHECK (hold_s BETWEEN 0 AND 604800),
    hysteresis double precision NOT NULL DEFAULT 0 CHECK (hysteresis >= 0),
    release_s integer NOT NULL DEFAULT 0 CHECK (release_s BETWEEN 0 AND 604800),
    ahead_h smallint NOT NULL DEFAULT 0 CHECK (ahead_h BETWEEN 0 AND 240),
    enabled boolean NOT NULL DEFAULT true,
    title_zh text NOT NULL CHECK (title_zh <> ''),
    title_en text NOT NULL CHECK (title_en <> ''),
    advice_zh text NOT NULL DEFAULT '',
    advice_en text NOT NULL DEFAULT '',
    CHECK (num_nonnulls(thing, thing_kind) = 1),
    CHECK (kind = 'data' OR property IS NOT NULL),
    CHECK (ahead_h = 0 OR kind IN ('above', 'below')),
    CHECK (hold_s = 0 OR kind IN ('above', 'below'))
);
COMMENT ON TABLE alert.rule IS 'When to warn, of one thing or of all things of a kind.';
COMMENT ON COLUMN alert.rule.id IS 'Identifier, readable.';
COMMENT ON COLUMN alert.rule.kind IS 'above or below: a value reaches a limit; rise: a value rises so fast, at tidal stations its residual; data: a series is stale or faulty.';
COMMENT ON COLUMN alert.rule.thing IS 'The thing that it is about, and with it the stations and works on it and those that measure it; null where it is about a kind.';
COMMENT ON COLUMN alert.rule.thing_kind IS 'The kind of things that it is about; null where it is about one thing.';
COMMENT ON COLUMN alert.rule.property IS 'The property that it looks at; null for any, in rules of data.';
COMMENT ON COLUMN alert.rule.role IS 'Only values seen from this side; null for all.';
COMMENT ON COLUMN alert.rule.hold_s IS 'For how many seconds the limit must be reached before a warning is raised.';
COMMENT ON COLUMN alert.rule.hysteresis IS 'How far a value must be back behind the lowest limit for the warning to be cleared, in the unit of the property; for rates per hour.';
COMMENT ON COLUMN alert.rule.release_s IS 'For how many seconds it must be back.';
COMMENT ON COLUMN alert.rule.ahead_h IS '0: observed values are judged; otherwise forecast values up to so many hours ahead.';
COMMENT ON COLUMN alert.rule.enabled IS 'Whether it is in use.';
COMMENT ON COLUMN alert.rule.title_zh IS 'What it warns of, in Chinese.';
COMMENT ON COLUMN alert.rule.title_en IS 'The same in English.';
COMMENT ON COLUMN alert.rule.advice_zh IS 'What to do then, in Chinese; empty for nothing.';
COMMENT ON COLUMN alert.rule.advice_en IS 'The same in English.';


CREATE TABLE alert.step (
    rule text NOT NULL REFERENCES alert.rule (id) ON DELETE CASCADE,
    severity alert.severity NOT NULL,
    threshold text,
    value double precision,
    datum text REFERENCES twin.datum (id),
    PRIMARY KEY (rule, severity),
    CHECK (num_nonnulls(threshold, value) < 2),
    CHECK (datum IS NULL OR value IS NOT NULL)
);
COMMENT ON TABLE alert.step IS 'The limits of a rule, one for each severity.';
COMMENT ON COLUMN alert.step.rule IS 'The rule.';
COMMENT ON COLUMN alert.step.severity IS 'Severity of a warning for that limit.';
COMMENT ON COLUMN alert.step.threshold IS 'Type of the threshold of the thing that is the limit; null where value says it.';
COMMENT ON COLUMN alert.step.value IS 'The limit: in the unit of the property; of a rise, per hour; of data, hours without a reading. Null in rules of data for what its datastream says.';
COMMENT ON COLUMN alert.step.datum IS 'Datum of the value, for levels.';


CREATE TABLE alert.unable (
    rule text NOT NULL REFERENCES alert.rule (id) ON DELETE CASCADE,
    thing text NOT NULL REFERENCES twin.thing (id) ON DELETE CASCADE,
    code text NOT NULL,
    datastream text NOT NULL DEFAULT '',
    since timestamptz NOT NULL,
    PRIMARY KEY (rule, thing)
);
COMMENT ON TABLE alert.unable IS 'What rules cannot judge right now, and why.';
COMMENT ON COLUMN alert.unable.rule IS 'The rule.';
COMMENT ON COLUMN alert.unable.thing IS 'The thing that it cannot judge.';
COMMENT ON COLUMN alert.unable.code IS 'Why: datum-offset-missing, no-threshold, no-prediction, no-forecast, stale, faulty.';
COMMENT ON COLUMN alert.unable.datastream IS 'The datastream in question; empty for none.';
COMMENT ON COLUMN alert.unable.since IS 'Since when.';
CREATE INDEX unable_thing ON alert.unable (thing);


CREATE TABLE alert.alert (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule text NOT NULL,
    thing text NOT NULL REFERENCES twin.thing (id) ON DELETE CASCADE,
    class auth.class NOT NULL,
    state text NOT NULL DEFAULT 'raised' CHECK (state IN ('raised', 'acknowledged', 'cleared')),
    severity alert.severity NOT NULL,
    title_zh text NOT NULL,
    title_en text NOT NULL,
    advice_zh text NOT NULL,
    advice_en text NOT NULL,
    evidence jsonb NOT NULL,
    raised timestamptz NOT NULL,
    escalated timestamptz,
    acknowledged timestamptz,
    acknowledged_by text,
    note text,
    cleared timestamptz
);
COMMENT ON TABLE alert.alert IS 'Warnings, cleared ones too.';
COMMENT ON COLUMN alert.alert.id IS 'Number.';
COMMENT ON COLUMN alert.alert.rule IS 'The rule that raised it, which may be gone since.';
COMMENT ON COLUMN alert.alert.thing IS 'The thing that it is about.';
COMMENT ON COLUMN alert.alert.class IS 'Classification: the higher of those of the thing and of the datastream that is the evidence.';
COMMENT ON COLUMN alert.alert.state IS 'raised: nobody has seen it; acknowledged: somebody has; cleared: it is over.';
COMMENT ON COLUMN alert.alert.severity IS 'The worst that it reached; it never falls.';
COMMENT ON COLUMN alert.alert.title_zh IS 'What it warns of, in Chinese, as the rule said when it was raised.';
COMMENT ON COLUMN alert.alert.title_en IS 'The same in English.';
COMMENT ON COLUMN alert.alert.advice_zh IS 'What to do, in Chinese; empty for nothing.';
COMMENT ON COLUMN alert.alert.advice_en IS 'The same in English.';
COMMENT ON COLUMN alert.alert.evidence IS 'Value, time, datum, threshold and where they come from, as of when it got its severity.';
COMMENT ON COLUMN alert.alert.raised IS 'When it was raised.';
COMMENT ON COLUMN alert.alert.escalated IS 'When it last became worse; null for never.';
COMMENT ON COLUMN alert.alert.acknowledged IS 'When somebody acknowledged its present severity; null for not yet.';
COMMENT ON COLUMN alert.alert.acknowledged_by IS 'Name of who did.';
COMMENT ON COLUMN alert.alert.note IS 'What he wrote.';
COMMENT ON COLUMN alert.alert.cleared IS 'When it was over; null while it is not.';
CREATE UNIQUE INDEX alert_one ON alert.alert (rule, thing) WHERE state <> 'cleared';
CREATE INDEX alert_thing ON alert.alert (thing);
CREATE INDEX alert_raised ON alert.alert (raised);


CREATE TABLE alert.event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alert bigint NOT NULL REFERENCES alert.alert (id) ON DELETE CASCADE,
    time timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('raised', 'escalated', 'acknowledged', 'cleared')),
    severity alert.severity NOT NULL,
    by text NOT NULL DEFAULT '',
    note text NOT NULL DEFAULT '',
    evidence jsonb
);
COMMENT ON TABLE alert.event IS 'What became of each warning. Rows are only ever added.';
COMMENT ON COLUMN alert.event.id IS 'Order.';
COMMENT ON COLUMN alert.event.alert IS 'The warning.';
COMMENT ON COLUMN alert.event.time IS 'When.';
COMMENT ON COLUMN alert.event.kind IS 'What happened.';
COMMENT ON COLUMN alert.event.severity IS 'Severity from then on.';
COMMENT ON COLUMN alert.event.by IS 'Name of who did it; empty where the rule did.';
COMMENT ON COLUMN alert.event.note IS 'What he wrote; rule-changed where the rule no longer speaks of the thing.';
COMMENT ON COLUMN alert.event.evidence IS 'By which values; null where a person did it.';
CREATE INDEX event_alert ON alert.event (alert);

-- +goose StatementBegin
CREATE FUNCTION alert.event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT FROM alert.alert a WHERE a.id = OLD.alert) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the history of warnings is append-only';
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION alert.event_is_append_only IS 'Refuses any change of the history of warnings, unless the warning itself went with its thing.';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON alert.event FOR EACH ROW EXECUTE FUNCTION alert.event_is_append_only();


CREATE TABLE alert.channel (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('webhook', 'mail')),
    address text NOT NULL CHECK (address <> ''),
    severity alert.severity NOT NULL,
    class auth.class NOT NULL,
    language text NOT NULL CHECK (language IN ('zh', 'en')),
    secret bytea,
    created timestamptz NOT NULL DEFAULT now(),
    UNIQUE (kind, address)
);
COMMENT ON TABLE alert.channel IS 'Where warnings are sent.';
COMMENT ON COLUMN alert.channel.id IS 'Number.';
COMMENT ON COLUMN alert.channel.kind IS 'webhook or mail.';
COMMENT ON COLUMN alert.channel.address IS 'URL or mail address.';
COMMENT ON COLUMN alert.channel.severity IS 'Only warnings of this severity or worse.';
COMMENT ON COLUMN alert.channel.class IS 'Only warnings up to this class.';
COMMENT ON COLUMN alert.channel.language IS 'Language of the words: zh or en.';
COMMENT ON COLUMN alert.channel.secret IS 'Key of the signature of a webhook; shown once, when the channel is made.';
COMMENT ON COLUMN alert.channel.created IS 'When it was made.';


CREATE TABLE alert.delivery (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel bigint NOT NULL REFERENCES alert.channel (id) ON DELETE CASCADE,
    event bigint NOT NULL REFERENCES alert.event (id) ON DELETE CASCADE,
    created timestamptz NOT NULL DEFAULT now(),
    tries integer NOT NULL DEFAULT 0,
    next_try timestamptz NOT NULL DEFAULT now(),
    last_error text NOT NULL DEFAULT '',
    sent timestamptz,
    failed timestamptz,
    UNIQUE (channel, event)
);
COMMENT ON TABLE alert.delivery IS 'What is to be sent, and was.';
COMMENT ON COLUMN alert.delivery.id IS 'Number; a receiver that gets one twice knows by it.';
COMMENT ON COLUMN alert.delivery.channel IS 'To where.';
COMMENT ON COLUMN alert.delivery.event IS 'Of what.';
COMMENT ON COLUMN alert.delivery.created IS 'When it was queued.';
COMMENT ON COLUMN alert.delivery.tries IS 'How often it was tried.';
COMMENT ON COLUMN alert.delivery.next_try IS 'Not before this time; while it is being tried, the time after which another may.';
COMMENT ON COLUMN alert.delivery.last_error IS 'Why the last try failed; empty for no failure.';
COMMENT ON COLUMN alert.delivery.sent IS 'When it was taken by the other side; null while it was not.';
COMMENT ON COLUMN alert.delivery.failed IS 'When it was given up; null while it was not.';
CREATE INDEX delivery_due ON alert.delivery (next_try) WHERE sent IS NULL AND failed IS NULL;
CREATE INDEX delivery_event ON alert.delivery (event);


-- Rules by kind, so that a new region warns by the thresholds that its stations have. Holding for five minutes and calm for half an hour keep a single
-- wave or a jumping gauge from raising warnings.
INSERT INTO alert.rule (id, kind, thing_kind, property, hold_s, hysteresis, release_s, ahead_h, title_zh, title_en, advice_zh, advice_en) VALUES
    ('level-high', 'above', 'station', 'level', 300, 0.05, 1800, 0, '水位超限', 'High water level', '加强巡查，按调度规程开闸开泵', 'Inspect dikes and works; open gates and run pumps as the operating rules say'),
    ('level-high-work', 'above', 'work', 'level', 300, 0.05, 1800, 0, '水位超限', 'High water level', '加强巡查，按调度规程开闸开泵', 'Inspect dikes and works; open gates and run pumps as the operating rules say'),
    ('level-control', 'above', 'station', 'level', 1800, 0.05, 1800, 0, '水位高于控制水位', 'Water level above its control band', '', ''),
    ('level-low', 'below', 'station', 'level', 1800, 0.05, 1800, 0, '水位偏低', 'Low water level', '', ''),
    ('level-ahead', 'above', 'station', 'level', 0, 0.05, 0, 24, '预报水位超限', 'High water level forecast', '研究预降水位', 'Consider lowering the level in advance'),
    ('level-rise', 'rise', 'station', 'level', 0, 0.05, 0, 0, '水位涨幅过快', 'Water rises fast', '', ''),
    ('chloride', 'above', 'station', 'chloride', 0, 0, 1800, 0, '氯化物超标', 'Chloride above its limit', '停止取水', 'Stop the intake'),
    ('data', 'data', 'station', NULL, 0, 0, 1800, 0, '数据中断或异常', 'Data stale or faulty', '检查测站', 'Check the station');
INSERT INTO alert.step (rule, severity, threshold, value) VALUES
    ('level-high', 'yellow', 'warning', NULL), ('level-high', 'orange', 'guaranteed', NULL), ('level-high', 'red', 'record', NULL),
    ('level-high-work', 'yellow', 'warning', NULL), ('level-high-work', 'orange', 'guaranteed', NULL), ('level-high-work', 'red', 'record', NULL),
    ('level-control', 'blue', 'control-high', NULL),
    ('level-low', 'blue', 'control-low', NULL), ('level-low', 'yellow', 'drought', NULL),
    ('level-ahead', 'blue', 'warning', NULL), ('level-ahead', 'yellow', 'guaranteed', NULL), ('level-ahead', 'orange', 'record', NULL),
    ('level-rise', 'blue', NULL, 0.3), ('level-rise', 'yellow', NULL, 0.5),
    ('chloride', 'yellow', 'chloride', NULL),
    ('data', 'blue', NULL, NULL), ('data', 'yellow', NULL, 24);
COMMENT ON COLUMN feed.event.topic IS 'What sort of change: tiles, state, layers, alert.';
