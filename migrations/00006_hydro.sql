-- +goose Up
CREATE SCHEMA hydro;
COMMENT ON SCHEMA hydro IS 'The water network: rivers, reaches, nodes, cross-sections, works and stations.';


CREATE TABLE hydro.river (
    id text PRIMARY KEY REFERENCES twin.thing (id) ON DELETE CASCADE,
    rank text,
    boundary text CHECK (boundary IN ('tidal', 'inflow', 'level')),
    attested_length_km double precision CHECK (attested_length_km > 0)
);
COMMENT ON TABLE hydro.river IS 'Rivers and canals, and the lines that bound the network (a tidal coast).';
COMMENT ON COLUMN hydro.river.id IS 'The thing.';
COMMENT ON COLUMN hydro.river.rank IS 'Rank in the water plan: basin-mainstream, regional-backbone, important, or what the source says.';
COMMENT ON COLUMN hydro.river.boundary IS 'Where it is a boundary of the network rather than part of it: which kind.';
COMMENT ON COLUMN hydro.river.attested_length_km IS 'Length that the source attests, which a schematic line need not have.';


CREATE TABLE hydro.node (
    id text PRIMARY KEY REFERENCES twin.thing (id) ON DELETE CASCADE,
    type text NOT NULL CHECK (type IN ('junction', 'end', 'inner', 'outer')),
    elevation_m double precision,
    datum text REFERENCES twin.datum (id)
);
COMMENT ON TABLE hydro.node IS 'Places where reaches meet, end, or meet a work.';
COMMENT ON COLUMN hydro.node.id IS 'The thing.';
COMMENT ON COLUMN hydro.node.type IS 'junction and end of reaches; inner and outer side of a work.';
COMMENT ON COLUMN hydro.node.elevation_m IS 'Bed elevation in metres above the datum, where known.';
COMMENT ON COLUMN hydro.node.datum IS 'Datum of the elevation.';


CREATE TABLE hydro.reach (
    id text PRIMARY KEY REFERENCES twin.thing (id) ON DELETE CASCADE,
    river text NOT NULL REFERENCES hydro.river (id) ON DELETE CASCADE,
    from_node text NOT NULL REFERENCES hydro.node (id),
    to_node text NOT NULL REFERENCES hydro.node (id),
    from_chainage_m double precision NOT NULL,
    to_chainage_m double precision NOT NULL CHECK (to_chainage_m > from_chainage_m),
    flow_direction text CHECK (flow_direction IN ('forward', 'backward', 'both'))
);
COMMENT ON TABLE hydro.reach IS 'Pieces of rivers between nodes. A reach runs from its first to its last node in the direction of its river''s line; water may run either way.';
COMMENT ON COLUMN hydro.reach.id IS 'The thing.';
COMMENT ON COLUMN hydro.reach.river IS 'The river that it is part of.';
COMMENT ON COLUMN hydro.reach.from_node IS 'Node at its start.';
COMMENT ON COLUMN hydro.reach.to_node IS 'Node at its end.';
COMMENT ON COLUMN hydro.reach.from_chainage_m IS 'Metres along the river at its start.';
COMMENT ON COLUMN hydro.reach.to_chainage_m IS 'Metres along the river at its end.';
COMMENT ON COLUMN hydro.reach.flow_direction IS 'Stated direction of flow along the reach; null where nobody stated one.';
CREATE INDEX reach_river ON hydro.reach (river, from_chainage_m);
CREATE INDEX reach_from_node ON hydro.reach (from_node);
CREATE INDEX reach_to_node ON hydro.reach (to_node);


CREATE TABLE hydro.section (
    id text PRIMARY KEY REFERENCES twin.thing (id) ON DELETE CASCADE,
    river text REFERENCES hydro.river (id) ON DELETE CASCADE,
    reach text REFERENCES hydro.reach (id) ON DELETE SET NULL,
    chainage_m double precision,
    datum text REFERENCES twin.datum (id),
    surveyed date
);
COMMENT ON TABLE hydro.section IS 'Cross-sections: the shape of the bed across a river.';
COMMENT ON COLUMN hydro.section.id IS 'The thing.';
COMMENT ON COLUMN hydro.section.river IS 'The river that it cuts, where known.';
COMMENT ON COLUMN hydro.section.reach IS 'The reach that it cuts, where known.';
COMMENT ON COLUMN hydro.section.chainage_m IS 'Metres along the river, where known.';
COMMENT ON COLUMN hydro.section.datum IS 'Datum of the elevations.';
COMMENT ON COLUMN hydro.section.surveyed IS 'Day of the survey, where known.';


CREATE TABLE hydro.section_point (
    section text NOT NULL REFERENCES hydro.section (id) ON DELETE CASCADE,
    number integer NOT NULL CHECK (number >= 0),
    offset_m double precision NOT NULL,
    elevation_m double precision NOT NULL,
    roughness double precision CHECK (roughness > 0),
    PRIMARY KEY (section, number)
);
COMMENT ON TABLE hydro.section_point IS 'The points of a cross-section, from left to right looking downstream.';
COMMENT ON COLUMN hydro.section_point.section IS 'The cross-section.';
COMMENT ON COLUMN hydro.section_point.number IS 'Order from the left bank.';
COMMENT ON COLUMN hydro.section_point.offset_m IS 'Metres from the first point.';
COMMENT ON COLUMN hydro.section_point.elevation_m IS 'Metres above the section''s datum.';
COMMENT ON COLUMN hydro.section_point.roughness IS 'Manning''s n from this point to the next, where known.';


CREATE TABLE hydro.work (
    id text PRIMARY KEY REFERENCES twin.thing (id) ON DELETE CASCADE,
    type text NOT NULL CHECK (type IN ('sluice', 'tidal-sluice', 'pump', 'sluice-pump', 'lock', 'sluice-lock', 'weir', 'culvert', 'siphon', 'aqueduct', 'storage', 'gate', 'other')),
    river text REFERENCES hydro.river (id) ON DELETE SET NULL,
    chainage_m double precision,
    side text,
    key_works boolean NOT NULL DEFAULT false,
    inner_node text REFERENCES hydro.node (id) ON DELETE SET NULL,
    outer_node text REFERENCES hydro.node (id) ON DELETE SET NULL,
    net_width_m double precision CHECK (net_width_m > 0),
    design_drain_m3s double precision CHECK (design_drain_m3s >= 0),
    design_intake_m3s double precision CHECK (design_intake_m3s >= 0),
    max_drain_m3s double precision CHECK (max_drain_m3s >= 0),
    built_year smallint,
    flood_return_years double precision CHECK (flood_return_years > 0),
    drain_return_years double precision CHECK (drain_return_years > 0)
);
COMMENT ON TABLE hydro.work IS 'Flood-control and distribution works. A work is a link that splits a reach: water passes it only from its inner to its outer node or back.';
COMMENT ON COLUMN hydro.work.id IS 'The thing.';
COMMENT ON COLUMN hydro.work.type IS 'What it is.';
COMMENT ON COLUMN hydro.work.river IS 'The river that it stands on.';
COMMENT ON COLUMN hydro.work.chainage_m IS 'Metres along that river.';
COMMENT ON COLUMN hydro.work.side IS 'Which water it faces on the outer side, in the source''s word (yangtze, sea).';
COMMENT ON COLUMN hydro.work.key_works IS 'Whether it counts among the key flood-control works.';
COMMENT ON COLUMN hydro.work.inner_node IS 'Node on the inner (land) side.';
COMMENT ON COLUMN hydro.work.outer_node IS 'Node on the outer (tidal, upstream) side.';
COMMENT ON COLUMN hydro.work.net_width_m IS 'Net width of all openings, metres.';
COMMENT ON COLUMN hydro.work.design_drain_m3s IS 'Design discharge outwards, m3/s.';
COMMENT ON COLUMN hydro.work.design_intake_m3s IS 'Design discharge inwards, m3/s.';
COMMENT ON COLUMN hydro.work.max_drain_m3s IS 'Greatest discharge outwards on record, m3/s.';
COMMENT ON COLUMN hydro.work.built_year IS 'Year of completion.';
COMMENT ON COLUMN hydro.work.flood_return_years IS 'Return period of the flood it resists, years.';
COMMENT ON COLUMN hydro.work.drain_return_years IS 'Return period of the storm it drains, years.';
CREATE INDEX work_river ON hydro.work (river);


CREATE TABLE hydro.gate (
    work text NOT NULL REFERENCES hydro.work (id) ON DELETE CASCADE,
    number smallint NOT NULL CHECK (number > 0),
    width_m double precision CHECK (width_m > 0),
    height_m double precision CHECK (height_m > 0),
    sill_m double precision,
    datum text REFERENCES twin.datum (id),
    PRIMARY KEY (work, number),
    CHECK (sill_m IS NULL OR datum IS NOT NULL)
);
COMMENT ON TABLE hydro.gate IS 'The gates of a work.';
COMMENT ON COLUMN hydro.gate.work IS 'The work.';
COMMENT ON COLUMN hydro.gate.number IS 'Number of the opening.';
COMMENT ON COLUMN hydro.gate.width_m IS 'Width of the opening, metres.';
COMMENT ON COLUMN hydro.gate.height_m IS 'Height of the opening, metres.';
COMMENT ON COLUMN hydro.gate.sill_m IS 'Elevation of the sill, metres above the datum.';
COMMENT ON COLUMN hydro.gate.datum IS 'Datum of the sill.';


CREATE TABLE hydro.pump_unit (
    work text NOT NULL REFERENCES hydro.work (id) ON DELETE CASCADE,
    number smallint NOT NULL CHECK (number > 0),
    direction text NOT NULL DEFAULT 'drain' CHECK (direction IN ('drain', 'intake', 'both')),
    capacity_m3s double precision CHECK (capacity_m3s > 0),
    power_kw double precision CHECK (power_kw > 0),
    PRIMARY KEY (work, number)
);
COMMENT ON TABLE hydro.pump_unit IS 'The pump units of a work.';
COMMENT ON COLUMN hydro.pump_unit.work IS 'The work.';
COMMENT ON COLUMN hydro.pump_unit.number IS 'Number of the unit.';
COMMENT ON COLUMN hydro.pump_unit.direction IS 'Which way it pumps: drain outwards, intake inwards.';
COMMENT ON COLUMN hydro.pump_unit.capacity_m3s IS 'Design discharge, m3/s.';
COMMENT ON COLUMN hydro.pump_unit.power_kw IS 'Power, kW.';


CREATE TABLE hydro.pump_curve (
    work text NOT NULL,
    number smallint NOT NULL,
    head_m double precision NOT NULL,
    discharge_m3s double precision NOT NULL CHECK (discharge_m3s >= 0),
    PRIMARY KEY (work, number, head_m),
    FOREIGN KEY (work, number) REFERENCES hydro.pump_unit (work, number) ON DELETE CASCADE
);
COMMENT ON TABLE hydro.pump_curve IS 'Points of a pump unit''s curve of head and discharge.';
COMMENT ON COLUMN hydro.pump_curve.work IS 'The work.';
COMMENT ON COLUMN hydro.pump_curve.number IS 'The unit.';
COMMENT ON COLUMN hydro.pump_curve.head_m IS 'Head, metres.';
COMMENT ON COLUMN hydro.pump_curve.discharge_m3s IS 'Discharge at that head, m3/s.';


CREATE TABLE hydro.storage_curve (
    work text NOT NULL REFERENCES hydro.work (id) ON DELETE CASCADE,
    level_m double precision NOT NULL,
    datum text NOT NULL REFERENCES twin.datum (id),
    area_m2 double precision CHECK (area_m2 >= 0),
    volume_m3 double precision CHECK (volume_m3 >= 0),
    PRIMARY KEY (work, datum, level_m)
);
COMMENT ON TABLE hydro.storage_curve IS 'Points of a storage''s curve of level, area and volume.';
COMMENT ON COLUMN hydro.storage_curve.work IS 'The work, of type storage.';
COMMENT ON COLUMN hydro.storage_curve.level_m IS 'Level, metres above the datum.';
COMMENT ON COLUMN hydro.storage_curve.datum IS 'Datum of the level.';
COMMENT ON COLUMN hydro.storage_curve.area_m2 IS 'Water surface at that level, square metres.';
COMMENT ON COLUMN hydro.storage_curve.volume_m3 IS 'Volume below that level, cubic metres.';


CREATE TABLE hydro.dike (
    id text PRIMARY KEY REFERENCES twin.thing (id) ON DELETE CASCADE,
    river text REFERENCES hydro.river (id) ON DELETE SET NULL,
    return_years double precision CHECK (return_years > 0)
);
COMMENT ON TABLE hydro.dike IS 'Dikes and sea walls.';
COMMENT ON COLUMN hydro.dike.id IS 'The thing.';
COMMENT ON COLUMN hydro.dike.river IS 'The water that it holds back.';
COMMENT ON COLUMN hydro.dike.return_years IS 'Return period of the flood it resists, years.';


CREATE TABLE hydro.dike_crest (
    dike text NOT NULL REFERENCES hydro.dike (id) ON DELETE CASCADE,
    chainage_m double precision NOT NULL CHECK (chainage_m >= 0),
    crest_m double precision NOT NULL,
    datum text NOT NULL REFERENCES twin.datum (id),
    PRIMARY KEY (dike, chainage_m)
);
COMMENT ON TABLE hydro.dike_crest IS 'Elevation of a dike''s crest along it.';
COMMENT ON COLUMN hydro.dike_crest.dike IS 'The dike.';
COMMENT ON COLUMN hydro.dike_crest.chainage_m IS 'Metres along it.';
COMMENT ON COLUMN hydro.dike_crest.crest_m IS 'Elevation of the crest, metres above the datum.';
COMMENT ON COLUMN hydro.dike_crest.datum IS 'Datum of the crest.';


CREATE TABLE hydro.station (
    id text PRIMARY KEY REFERENCES twin.thing (id) ON DELETE CASCADE,
    type text NOT NULL CHECK (type IN ('level', 'tide', 'discharge', 'rainfall', 'gate', 'pump', 'quality', 'other')),
    river text REFERENCES hydro.river (id) ON DELETE SET NULL,
    reach text REFERENCES hydro.reach (id) ON DELETE SET NULL,
    chainage_m double precision
);
COMMENT ON TABLE hydro.station IS 'Gauging stations.';
COMMENT ON COLUMN hydro.station.id IS 'The thing.';
COMMENT ON COLUMN hydro.station.type IS 'What it chiefly observes.';
COMMENT ON COLUMN hydro.station.river IS 'The river that it stands on.';
COMMENT ON COLUMN hydro.station.reach IS 'The reach whose status it tells.';
COMMENT ON COLUMN hydro.station.chainage_m IS 'Metres along that river.';
CREATE INDEX station_reach ON hydro.station (reach);
CREATE INDEX station_river ON hydro.station (river);
