-- +goose Up
CREATE SCHEMA road;
COMMENT ON SCHEMA road IS 'Roads: routes, segments, stakes, bridges and condition.';


CREATE TABLE road.route (
    id text PRIMARY KEY REFERENCES twin.thing (id) ON DELETE CASCADE,
    number text NOT NULL,
    level text NOT NULL CHECK (level IN ('national', 'provincial', 'prefectural', 'county', 'township', 'village', 'urban', 'other')),
    chief text,
    opened date,
    ended date
);
COMMENT ON TABLE road.route IS 'A road with a number. Places on it are stakes: metres written as K12+345.';
COMMENT ON COLUMN road.route.id IS 'The thing, of kind road.';
COMMENT ON COLUMN road.route.number IS 'Route number as its owner writes it, for instance X203320612.';
COMMENT ON COLUMN road.route.level IS 'Administrative level: G, S, Z, X, Y, C by the letter of the number; urban and other have none.';
COMMENT ON COLUMN road.route.chief IS 'Road chief (路长), where known.';
COMMENT ON COLUMN road.route.opened IS 'Day on which the number came into force, where known.';
COMMENT ON COLUMN road.route.ended IS 'Day on which it ended; null while in force.';


CREATE TABLE road.segment (
    id text PRIMARY KEY REFERENCES twin.thing (id) ON DELETE CASCADE,
    route text REFERENCES road.route (id) ON DELETE CASCADE,
    from_stake_m double precision,
    to_stake_m double precision,
    from_node text NOT NULL,
    to_node text NOT NULL,
    length_m double precision NOT NULL CHECK (length_m > 0),
    grade text,
    surface text,
    width_m double precision CHECK (width_m > 0),
    lanes smallint CHECK (lanes > 0),
    direction text NOT NULL DEFAULT 'both' CHECK (direction IN ('both', 'forward', 'backward')),
    owner text,
    safety text
);
COMMENT ON TABLE road.segment IS 'A stretch of road of one kind, between two nodes of the road network.';
COMMENT ON COLUMN road.segment.id IS 'The thing.';
COMMENT ON COLUMN road.segment.route IS 'The route that it is part of; null for a road without a number.';
COMMENT ON COLUMN road.segment.from_stake_m IS 'Stake at its start, metres.';
COMMENT ON COLUMN road.segment.to_stake_m IS 'Stake at its end, metres.';
COMMENT ON COLUMN road.segment.from_node IS 'Identifier of the network node at its start: equal identifiers join segments.';
COMMENT ON COLUMN road.segment.to_node IS 'Identifier of the network node at its end.';
COMMENT ON COLUMN road.segment.length_m IS 'Length along the line, metres.';
COMMENT ON COLUMN road.segment.grade IS 'Technical grade: expressway, 1, 2, 3, 4, unclassified; or the source''s word.';
COMMENT ON COLUMN road.segment.surface IS 'Surface: asphalt, cement, gravel, …';
COMMENT ON COLUMN road.segment.width_m IS 'Width of the carriageway, metres.';
COMMENT ON COLUMN road.segment.lanes IS 'Number of lanes.';
COMMENT ON COLUMN road.segment.direction IS 'Which way vehicles may go along the line.';
COMMENT ON COLUMN road.segment.owner IS 'Who maintains it.';
COMMENT ON COLUMN road.segment.safety IS 'Safety works, where known.';
CREATE INDEX segment_route ON road.segment (route, from_stake_m);
CREATE INDEX segment_from_node ON road.segment (from_node);
CREATE INDEX segment_to_node ON road.segment (to_node);


CREATE TABLE road.calibration (
    route text NOT NULL REFERENCES road.route (id) ON DELETE CASCADE,
    stake_m double precision NOT NULL,
    along_m double precision NOT NULL CHECK (along_m >= 0),
    geom geometry(Point, 4326) NOT NULL,
    valid daterange NOT NULL DEFAULT daterange(NULL, NULL),
    source text NOT NULL DEFAULT '',
    PRIMARY KEY (route, along_m, stake_m, valid)
);
COMMENT ON TABLE road.calibration IS 'Points that tie stakes to places, dated, so that an old stake is found where it was on its day.';
COMMENT ON COLUMN road.calibration.route IS 'The route.';
COMMENT ON COLUMN road.calibration.stake_m IS 'The stake, metres.';
COMMENT ON COLUMN road.calibration.along_m IS 'Metres along the line of the route; two calibrations at the same place are a break in the stakes.';
COMMENT ON COLUMN road.calibration.geom IS 'The place.';
COMMENT ON COLUMN road.calibration.valid IS 'Days on which it holds.';
COMMENT ON COLUMN road.calibration.source IS 'Who measured it.';


CREATE TABLE road.bridge (
    id text PRIMARY KEY REFERENCES twin.thing (id) ON DELETE CASCADE,
    type text NOT NULL DEFAULT 'bridge' CHECK (type IN ('bridge', 'culvert', 'tunnel')),
    route text REFERENCES road.route (id) ON DELETE SET NULL,
    stake_m double precision,
    length_m double precision CHECK (length_m > 0),
    technical_class smallint CHECK (technical_class BETWEEN 1 AND 5),
    load_limit_t double precision CHECK (load_limit_t > 0),
    width_limit_m double precision CHECK (width_limit_m > 0),
    height_limit_m double precision CHECK (height_limit_m > 0),
    river text
);
COMMENT ON TABLE road.bridge IS 'Bridges and culverts on roads.';
COMMENT ON COLUMN road.bridge.id IS 'The thing.';
COMMENT ON COLUMN road.bridge.type IS 'What it is.';
COMMENT ON COLUMN road.bridge.route IS 'The route that it carries.';
COMMENT ON COLUMN road.bridge.stake_m IS 'Stake of its centre, metres.';
COMMENT ON COLUMN road.bridge.length_m IS 'Length, metres.';
COMMENT ON COLUMN road.bridge.technical_class IS 'Technical condition class 1 to 5.';
COMMENT ON COLUMN road.bridge.load_limit_t IS 'Load limit, tonnes.';
COMMENT ON COLUMN road.bridge.width_limit_m IS 'Width limit, metres.';
COMMENT ON COLUMN road.bridge.height_limit_m IS 'Height limit, metres.';
COMMENT ON COLUMN road.bridge.river IS 'Thing id of the river under it, where known.';


CREATE TABLE road.condition_edition (
    id text PRIMARY KEY,
    title text NOT NULL,
    in_force daterange NOT NULL,
    weights jsonb NOT NULL
);
COMMENT ON TABLE road.condition_edition IS 'Editions of the condition standard with their weights, as data.';
COMMENT ON COLUMN road.condition_edition.id IS 'Identifier of the standard, for instance JTG-5210-2018.';
COMMENT ON COLUMN road.condition_edition.title IS 'Title of the standard.';
COMMENT ON COLUMN road.condition_edition.in_force IS 'Days on which it is in force.';
COMMENT ON COLUMN road.condition_edition.weights IS 'Weight of each partial index, by road level where the standard tells them apart.';


CREATE TABLE road.condition (
    segment text NOT NULL REFERENCES road.segment (id) ON DELETE CASCADE,
    surveyed date NOT NULL,
    edition text REFERENCES road.condition_edition (id),
    pqi double precision CHECK (pqi BETWEEN 0 AND 100),
    sci double precision CHECK (sci BETWEEN 0 AND 100),
    bci double precision CHECK (bci BETWEEN 0 AND 100),
    tci double precision CHECK (tci BETWEEN 0 AND 100),
    mqi double precision CHECK (mqi BETWEEN 0 AND 100),
    source text NOT NULL DEFAULT '',
    PRIMARY KEY (segment, surveyed)
);
COMMENT ON TABLE road.condition IS 'Surveyed condition of a segment, with the partial indices that the total is weighed from.';
COMMENT ON COLUMN road.condition.segment IS 'The segment.';
COMMENT ON COLUMN road.condition.surveyed IS 'Day of the survey.';
COMMENT ON COLUMN road.condition.edition IS 'Edition of the standard it was judged by.';
COMMENT ON COLUMN road.condition.pqi IS 'Pavement quality index.';
COMMENT ON COLUMN road.condition.sci IS 'Subgrade condition index.';
COMMENT ON COLUMN road.condition.bci IS 'Bridge, tunnel and culvert condition index.';
COMMENT ON COLUMN road.condition.tci IS 'Traffic facility condition index.';
COMMENT ON COLUMN road.condition.mqi IS 'Maintenance quality index, as the survey states it.';
COMMENT ON COLUMN road.condition.source IS 'Who surveyed it.';
