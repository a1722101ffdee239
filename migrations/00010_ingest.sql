-- +goose Up
CREATE SCHEMA ingest;
COMMENT ON SCHEMA ingest IS 'How readings come in: field stations by protocol and address, the frames that they sent, and who is not registered yet.';

CREATE TABLE ingest.rtu (
    protocol text NOT NULL CHECK (protocol ~ '^[a-z0-9]+$'),
    address text NOT NULL CHECK (address <> '' AND length(address) <= 64),
    thing text NOT NULL REFERENCES twin.thing (id) ON DELETE CASCADE,
    vendor text NOT NULL DEFAULT '',
    password_hash bytea CHECK (length(password_hash) = 32),
    profile jsonb NOT NULL DEFAULT '{}',
    created timestamptz NOT NULL DEFAULT now(),
    disabled timestamptz,
    PRIMARY KEY (protocol, address)
);
CREATE INDEX rtu_thing ON ingest.rtu (thing);
COMMENT ON TABLE ingest.rtu IS 'Field stations (RTU, 遥测站) by the address that a protocol knows them under.';
COMMENT ON COLUMN ingest.rtu.protocol IS 'Name of the protocol: sl651, szy206, hj212.';
COMMENT ON COLUMN ingest.rtu.address IS 'Address as the protocol writes it, in upper-case hexadecimal where it is bytes.';
COMMENT ON COLUMN ingest.rtu.thing IS 'The station or work that it observes.';
COMMENT ON COLUMN ingest.rtu.vendor IS 'Who made or maintains it.';
COMMENT ON COLUMN ingest.rtu.password_hash IS 'SHA-256 of the password that its frames must carry; null where none is asked for.';
COMMENT ON COLUMN ingest.rtu.profile IS 'What it does otherwise than the standard: time zone, meaning of elements, quirks.';
COMMENT ON COLUMN ingest.rtu.created IS 'When it was registered.';
COMMENT ON COLUMN ingest.rtu.disabled IS 'From when on its frames are refused.';

CREATE TABLE ingest.frame (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    received timestamptz NOT NULL DEFAULT now(),
    protocol text NOT NULL,
    channel text NOT NULL,
    peer text NOT NULL DEFAULT '',
    address text NOT NULL DEFAULT '',
    thing text,
    function text NOT NULL DEFAULT '',
    bytes bytea NOT NULL,
    decoded jsonb,
    verdict text NOT NULL CHECK (verdict IN ('accepted', 'refused', 'pending', 'keep-alive', 'test')),
    reason text NOT NULL DEFAULT '',
    readings integer NOT NULL DEFAULT 0
);
CREATE INDEX frame_thing ON ingest.frame (thing, id);
CREATE INDEX frame_received ON ingest.frame (received);
COMMENT ON TABLE ingest.frame IS 'Every frame that came, accepted or refused, for as long as the policy says.';
COMMENT ON COLUMN ingest.frame.id IS 'Number, in the order of arrival.';
COMMENT ON COLUMN ingest.frame.received IS 'When it came.';
COMMENT ON COLUMN ingest.frame.protocol IS 'Protocol that it was read by.';
COMMENT ON COLUMN ingest.frame.channel IS 'Way it came by: tcp, udp, mqtt.';
COMMENT ON COLUMN ingest.frame.peer IS 'Network address of the sender.';
COMMENT ON COLUMN ingest.frame.address IS 'Address that it says to be from; empty where it could not be read.';
COMMENT ON COLUMN ingest.frame.thing IS 'The station that address is registered for; null for none.';
COMMENT ON COLUMN ingest.frame.function IS 'Function code, as the protocol writes it.';
COMMENT ON COLUMN ingest.frame.bytes IS 'The frame itself, its password masked.';
COMMENT ON COLUMN ingest.frame.decoded IS 'What it says.';
COMMENT ON COLUMN ingest.frame.verdict IS 'What became of it.';
COMMENT ON COLUMN ingest.frame.reason IS 'Why it was refused.';
COMMENT ON COLUMN ingest.frame.readings IS 'How many readings it held.';

CREATE TABLE ingest.pending (
    protocol text NOT NULL,
    address text NOT NULL,
    peer text NOT NULL,
    first_seen timestamptz NOT NULL DEFAULT now(),
    last_seen timestamptz NOT NULL DEFAULT now(),
    frames bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (protocol, address)
);
COMMENT ON TABLE ingest.pending IS 'Addresses that send frames but are not registered; never more than a bounded number.';
COMMENT ON COLUMN ingest.pending.protocol IS 'Protocol of the frames.';
COMMENT ON COLUMN ingest.pending.address IS 'Address that they say to be from.';
COMMENT ON COLUMN ingest.pending.peer IS 'Network address of the last one.';
COMMENT ON COLUMN ingest.pending.first_seen IS 'When the first one came.';
COMMENT ON COLUMN ingest.pending.last_seen IS 'When the last one came.';
COMMENT ON COLUMN ingest.pending.frames IS 'How many came.';

INSERT INTO twin.property (id, title_zh, title_en, unit, scale, datum, minimum, maximum) VALUES
    ('rainfall_total', '累计降水量', 'Rainfall since the counter began', 'mm', 3, false, 0, 1000000),
    ('rainfall_day', '日内降水量', 'Rainfall since the day start', 'mm', 3, false, 0, 10000),
    ('rainfall_daily', '日降水量', 'Rainfall of the day that ended', 'mm', 3, false, 0, 10000),
    ('rainfall_hour', '小时降水量', 'Rainfall of the hour that ended', 'mm', 3, false, 0, 10000),
    ('rainfall_5min', '五分钟降水量', 'Rainfall of the five minutes that ended', 'mm', 3, false, 0, 10000);
