-- +goose Up
CREATE SCHEMA city;
COMMENT ON SCHEMA city IS 'City objects and their models at several levels of detail.';


CREATE TABLE city.object (
    id text PRIMARY KEY REFERENCES twin.thing (id) ON DELETE CASCADE,
    type text NOT NULL,
    parent text REFERENCES city.object (id) ON DELETE CASCADE,
    cim_level smallint CHECK (cim_level BETWEEN 1 AND 7),
    base_m double precision,
    height_m double precision CHECK (height_m >= 0),
    height_status text CHECK (height_status IN ('measured', 'stated', 'assumed', 'synthetic')),
    datum text REFERENCES twin.datum (id),
    storeys_above smallint CHECK (storeys_above >= 0),
    storeys_below smallint CHECK (storeys_below >= 0),
    occupancy integer CHECK (occupancy >= 0),
    use text,
    built_year smallint
);
COMMENT ON TABLE city.object IS 'Buildings and other objects of a city model. The register holds the footprint; models hold the shapes.';
COMMENT ON COLUMN city.object.id IS 'The thing: of kind building, or cityobject for everything else.';
COMMENT ON COLUMN city.object.type IS 'CityJSON type: Building, BuildingPart, Bridge, Road, WaterBody, …';
COMMENT ON COLUMN city.object.parent IS 'The object that it is part of.';
COMMENT ON COLUMN city.object.cim_level IS 'Level of the city information model, 1 to 7, where stated.';
COMMENT ON COLUMN city.object.base_m IS 'Elevation of its lowest point, metres above the datum.';
COMMENT ON COLUMN city.object.height_m IS 'Height above its base, metres.';
COMMENT ON COLUMN city.object.height_status IS 'Where the height comes from.';
COMMENT ON COLUMN city.object.datum IS 'Vertical datum of base and models.';
COMMENT ON COLUMN city.object.storeys_above IS 'Storeys above ground, where known.';
COMMENT ON COLUMN city.object.storeys_below IS 'Storeys below ground, where known.';
COMMENT ON COLUMN city.object.occupancy IS 'People who live or work in it, where known.';
COMMENT ON COLUMN city.object.use IS 'What it is used for, in the source''s word.';
COMMENT ON COLUMN city.object.built_year IS 'Year of completion, where known.';
CREATE INDEX object_parent ON city.object (parent);


CREATE TABLE city.model (
    object text NOT NULL REFERENCES city.object (id) ON DELETE CASCADE,
    lod text NOT NULL,
    number smallint NOT NULL DEFAULT 0,
    type text NOT NULL,
    geom geometry(GeometryZ, 4326) NOT NULL,
    semantics jsonb,
    PRIMARY KEY (object, lod, number)
);
COMMENT ON TABLE city.model IS 'The shape of a city object at one level of detail.';
COMMENT ON COLUMN city.model.object IS 'The object.';
COMMENT ON COLUMN city.model.lod IS 'Level of detail as the source writes it: 0, 1.2, 2.2, …';
COMMENT ON COLUMN city.model.number IS 'Order among the geometries of the same level.';
COMMENT ON COLUMN city.model.type IS 'CityJSON geometry type: Solid, MultiSurface, …';
COMMENT ON COLUMN city.model.geom IS 'Faces as longitude, latitude and metres above the object''s datum.';
COMMENT ON COLUMN city.model.semantics IS 'Meaning of each face in the order of the geometry (WallSurface, RoofSurface, …), where stated.';
