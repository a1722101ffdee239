-- +goose Up
CREATE SCHEMA area;
COMMENT ON SCHEMA area IS 'Administrative areas: their codes, when they are valid, and what became of them.';


CREATE TABLE area.area (
    id text PRIMARY KEY REFERENCES twin.thing (id) ON DELETE CASCADE,
    level text NOT NULL CHECK (level IN ('country', 'province', 'city', 'county', 'town', 'village')),
    parent_code text,
    valid daterange NOT NULL DEFAULT daterange(NULL, NULL)
);
COMMENT ON TABLE area.area IS 'An administrative area.';
COMMENT ON COLUMN area.area.id IS 'The thing.';
COMMENT ON COLUMN area.area.level IS 'Its rank in the hierarchy.';
COMMENT ON COLUMN area.area.parent_code IS 'Code of the area that it is part of.';
COMMENT ON COLUMN area.area.valid IS 'Days on which the code is in force.';


CREATE TABLE area.succession (
    code text NOT NULL,
    successor text NOT NULL,
    since date,
    note text NOT NULL DEFAULT '',
    PRIMARY KEY (code, successor)
);
COMMENT ON TABLE area.succession IS 'Which code took over from which.';
COMMENT ON COLUMN area.succession.code IS 'The code that ended.';
COMMENT ON COLUMN area.succession.successor IS 'The code that took over all or part of it.';
COMMENT ON COLUMN area.succession.since IS 'First day of the successor, where known.';
COMMENT ON COLUMN area.succession.note IS 'The document or event behind it.';
