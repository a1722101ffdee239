-- +goose Up
CREATE SCHEMA layer;
COMMENT ON SCHEMA layer IS 'The register of layers: which relations are served as tiles and features.';
CREATE SCHEMA own;
COMMENT ON SCHEMA own IS 'Layers that users loaded from files of their own, one table each.';


CREATE TABLE layer.layer (
    id text PRIMARY KEY CHECK (id ~ '^[a-z][a-z0-9_]{0,62}$'),
    position smallint NOT NULL DEFAULT 100,
    relation_schema text NOT NULL,
    relation_name text NOT NULL,
    title_zh text NOT NULL,
    title_en text NOT NULL,
    geometry_type text NOT NULL CHECK (geometry_type IN ('point', 'line', 'polygon', 'mixed')),
    min_zoom smallint NOT NULL DEFAULT 0 CHECK (min_zoom BETWEEN 0 AND 22),
    max_zoom smallint NOT NULL DEFAULT 16 CHECK (max_zoom BETWEEN 0 AND 22),
    own boolean NOT NULL DEFAULT false,
    class auth.class NOT NULL DEFAULT 'public',
    dataset text REFERENCES catalog.dataset (id),
    CHECK (max_zoom >= min_zoom)
);
COMMENT ON TABLE layer.layer IS 'A layer: a relation with the columns gid, id, class, geom and geom_3857, served as vector tiles and as a collection of features.';
COMMENT ON COLUMN layer.layer.id IS 'Identifier in addresses and inside tiles.';
COMMENT ON COLUMN layer.layer.position IS 'Order in lists, from the bottom of the map to its top.';
COMMENT ON COLUMN layer.layer.relation_schema IS 'Schema of the relation.';
COMMENT ON COLUMN layer.layer.relation_name IS 'Name of the relation.';
COMMENT ON COLUMN layer.layer.title_zh IS 'Title in Chinese.';
COMMENT ON COLUMN layer.layer.title_en IS 'Title in English.';
COMMENT ON COLUMN layer.layer.geometry_type IS 'What it draws.';
COMMENT ON COLUMN layer.layer.min_zoom IS 'First zoom level at which tiles hold it.';
COMMENT ON COLUMN layer.layer.max_zoom IS 'Last zoom level for which tiles are made; clients stretch it beyond.';
COMMENT ON COLUMN layer.layer.own IS 'Whether a user loaded it, rather than being one of the nouns.';
COMMENT ON COLUMN layer.layer.class IS 'Classification of the layer''s existence; each feature has its own.';
COMMENT ON COLUMN layer.layer.dataset IS 'The dataset behind a user''s layer.';

CREATE VIEW area.area_layer AS
SELECT t.gid, t.id, t.code, t.kind, t.name_zh, t.name_en, t.name_pinyin, t.area,
    n.level, n.parent_code, lower(n.valid) AS valid_from, upper(n.valid) AS valid_to,
    t.geometry_status, t.accuracy_m, t.source, t.dataset, t.class, t.changed, t.geom, t.geom_3857
FROM twin.thing t JOIN area.area n ON n.id = t.id
WHERE t.kind = 'area';
COMMENT ON VIEW area.area_layer IS 'The layer area: administrative areas with their place, names and provenance.';
COMMENT ON COLUMN area.area_layer.valid_from IS 'First day on which it exists; null where it is not known.';
COMMENT ON COLUMN area.area_layer.valid_to IS 'First day on which it exists no more; null while it exists.';

CREATE VIEW city.cityobject_layer AS
SELECT t.gid, t.id, t.code, t.kind, t.name_zh, t.name_en, t.name_pinyin, t.area,
    n.type, n.parent, n.base_m, n.height_m, n.datum,
    t.geometry_status, t.accuracy_m, t.source, t.dataset, t.class, t.changed, t.geom, t.geom_3857
FROM twin.thing t JOIN city.object n ON n.id = t.id
WHERE t.kind = 'cityobject';
COMMENT ON VIEW city.cityobject_layer IS 'The layer cityobject: other city objects with their place, names and provenance.';

CREATE VIEW city.building_layer AS
SELECT t.gid, t.id, t.code, t.kind, t.name_zh, t.name_en, t.name_pinyin, t.area,
    n.type, n.base_m, n.height_m, n.height_status, n.datum, n.storeys_above AS storeys, n.storeys_below, n.occupancy, n.use, n.built_year, n.cim_level, (SELECT max(m.lod) FROM city.model m WHERE m.object = t.id) AS lod,
    t.geometry_status, t.accuracy_m, t.source, t.dataset, t.class, t.changed, t.geom, t.geom_3857
FROM twin.thing t JOIN city.object n ON n.id = t.id
WHERE t.kind = 'building';
COMMENT ON VIEW city.building_layer IS 'The layer building: buildings with their place, names and provenance.';
COMMENT ON COLUMN city.building_layer.storeys IS 'Storeys above ground.';

CREATE VIEW road.segment_layer AS
SELECT t.gid, t.id, t.code, t.kind, t.name_zh, t.name_en, t.name_pinyin, t.area,
    n.route, n.from_stake_m, n.to_stake_m, n.length_m, n.grade, n.surface, n.width_m, n.lanes, n.direction, n.owner,
    t.geometry_status, t.accuracy_m, t.source, t.dataset, t.class, t.changed, t.geom, t.geom_3857
FROM twin.thing t JOIN road.segment n ON n.id = t.id
WHERE t.kind = 'segment';
COMMENT ON VIEW road.segment_layer IS 'The layer segment: road segments with their place, names and provenance.';

CREATE VIEW road.road_layer AS
SELECT t.gid, t.id, t.code, t.kind, t.name_zh, t.name_en, t.name_pinyin, t.area,
    n.number, n.level, n.chief, n.opened, n.ended,
    t.geometry_status, t.accuracy_m, t.source, t.dataset, t.class, t.changed, t.geom, t.geom_3857
FROM twin.thing t JOIN road.route n ON n.id = t.id
WHERE t.kind = 'road';
COMMENT ON VIEW road.road_layer IS 'The layer road: roads with their place, names and provenance.';

CREATE VIEW road.bridge_layer AS
SELECT t.gid, t.id, t.code, t.kind, t.name_zh, t.name_en, t.name_pinyin, t.area,
    n.type, n.route, n.stake_m, n.length_m, n.technical_class, n.load_limit_t, n.width_limit_m, n.height_limit_m,
    t.geometry_status, t.accuracy_m, t.source, t.dataset, t.class, t.changed, t.geom, t.geom_3857
FROM twin.thing t JOIN road.bridge n ON n.id = t.id
WHERE t.kind = 'bridge';
COMMENT ON VIEW road.bridge_layer IS 'The layer bridge: bridges and culverts with their place, names and provenance.';

CREATE VIEW hydro.river_layer AS
SELECT t.gid, t.id, t.code, t.kind, t.name_zh, t.name_en, t.name_pinyin, t.area,
    n.rank, n.boundary, n.attested_length_km,
    t.geometry_status, t.accuracy_m, t.source, t.dataset, t.class, t.changed, t.geom, t.geom_3857
FROM twin.thing t JOIN hydro.river n ON n.id = t.id
WHERE t.kind = 'river';
COMMENT ON VIEW hydro.river_layer IS 'The layer river: rivers with their place, names and provenance.';

CREATE VIEW hydro.reach_layer AS
SELECT t.gid, t.id, t.code, t.kind, t.name_zh, t.name_en, t.name_pinyin, t.area,
    n.river, n.from_node, n.to_node, n.from_chainage_m, n.to_chainage_m, n.to_chainage_m - n.from_chainage_m AS length_m, n.flow_direction,
    t.geometry_status, t.accuracy_m, t.source, t.dataset, t.class, t.changed, t.geom, t.geom_3857
FROM twin.thing t JOIN hydro.reach n ON n.id = t.id
WHERE t.kind = 'reach';
COMMENT ON VIEW hydro.reach_layer IS 'The layer reach: reaches with their place, names and provenance.';
COMMENT ON COLUMN hydro.reach_layer.length_m IS 'Length in metres, along the river.';

CREATE VIEW hydro.section_layer AS
SELECT t.gid, t.id, t.code, t.kind, t.name_zh, t.name_en, t.name_pinyin, t.area,
    n.river, n.reach, n.chainage_m, n.datum, n.surveyed,
    t.geometry_status, t.accuracy_m, t.source, t.dataset, t.class, t.changed, t.geom, t.geom_3857
FROM twin.thing t JOIN hydro.section n ON n.id = t.id
WHERE t.kind = 'section';
COMMENT ON VIEW hydro.section_layer IS 'The layer section: cross-sections with their place, names and provenance.';

CREATE VIEW hydro.dike_layer AS
SELECT t.gid, t.id, t.code, t.kind, t.name_zh, t.name_en, t.name_pinyin, t.area,
    n.river, n.return_years,
    t.geometry_status, t.accuracy_m, t.source, t.dataset, t.class, t.changed, t.geom, t.geom_3857
FROM twin.thing t JOIN hydro.dike n ON n.id = t.id
WHERE t.kind = 'dike';
COMMENT ON VIEW hydro.dike_layer IS 'The layer dike: dikes with their place, names and provenance.';

CREATE VIEW hydro.node_layer AS
SELECT t.gid, t.id, t.code, t.kind, t.name_zh, t.name_en, t.name_pinyin, t.area,
    n.type, n.elevation_m, n.datum,
    t.geometry_status, t.accuracy_m, t.source, t.dataset, t.class, t.changed, t.geom, t.geom_3857
FROM twin.thing t JOIN hydro.node n ON n.id = t.id
WHERE t.kind = 'node';
COMMENT ON VIEW hydro.node_layer IS 'The layer node: nodes with their place, names and provenance.';

CREATE VIEW hydro.work_layer AS
SELECT t.gid, t.id, t.code, t.kind, t.name_zh, t.name_en, t.name_pinyin, t.area,
    n.type, n.river, n.chainage_m, n.side, n.key_works, n.inner_node, n.outer_node, n.net_width_m, n.design_drain_m3s, n.design_intake_m3s, n.max_drain_m3s, n.built_year, n.flood_return_years, n.drain_return_years,
    t.geometry_status, t.accuracy_m, t.source, t.dataset, t.class, t.changed, t.geom, t.geom_3857
FROM twin.thing t JOIN hydro.work n ON n.id = t.id
WHERE t.kind = 'work';
COMMENT ON VIEW hydro.work_layer IS 'The layer work: works with their place, names and provenance.';

CREATE VIEW hydro.station_layer AS
SELECT t.gid, t.id, t.code, t.kind, t.name_zh, t.name_en, t.name_pinyin, t.area,
    n.type, n.river, n.reach, n.chainage_m,
    t.geometry_status, t.accuracy_m, t.source, t.dataset, t.class, t.changed, t.geom, t.geom_3857
FROM twin.thing t JOIN hydro.station n ON n.id = t.id
WHERE t.kind = 'station';
COMMENT ON VIEW hydro.station_layer IS 'The layer station: stations with their place, names and provenance.';

INSERT INTO layer.layer (id, position, relation_schema, relation_name, title_zh, title_en, geometry_type, min_zoom, max_zoom) VALUES
    ('area', 10, 'area', 'area_layer', '行政区', 'Administrative areas', 'polygon', 0, 14),
    ('cityobject', 20, 'city', 'cityobject_layer', '其他城市对象', 'Other city objects', 'mixed', 12, 16),
    ('building', 30, 'city', 'building_layer', '建筑', 'Buildings', 'polygon', 12, 16),
    ('segment', 40, 'road', 'segment_layer', '路段', 'Road segments', 'line', 10, 16),
    ('road', 50, 'road', 'road_layer', '公路', 'Roads', 'line', 5, 16),
    ('bridge', 60, 'road', 'bridge_layer', '桥涵', 'Bridges and culverts', 'point', 10, 16),
    ('river', 70, 'hydro', 'river_layer', '河道', 'Rivers', 'line', 0, 16),
    ('reach', 80, 'hydro', 'reach_layer', '河段', 'Reaches', 'line', 5, 16),
    ('section', 90, 'hydro', 'section_layer', '断面', 'Cross-sections', 'line', 11, 16),
    ('dike', 100, 'hydro', 'dike_layer', '堤防', 'Dikes', 'line', 8, 16),
    ('node', 110, 'hydro', 'node_layer', '节点', 'Nodes', 'point', 9, 16),
    ('work', 120, 'hydro', 'work_layer', '水工程', 'Works', 'point', 5, 16),
    ('station', 130, 'hydro', 'station_layer', '测站', 'Stations', 'point', 5, 16);
