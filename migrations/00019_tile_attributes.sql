-- +goose Up
ALTER TABLE layer.layer ADD COLUMN tile_attributes text[];
COMMENT ON COLUMN layer.layer.tile_attributes IS 'Columns that its tiles have; null for all that tiles can have. Its features have all of them anyway.';

-- +goose StatementBegin
CREATE FUNCTION twin.tell_noun() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM twin.tell(ARRAY[NEW.id]);
    RETURN NULL;
END
$$;

DO $$
DECLARE
    noun text;
BEGIN
    FOREACH noun IN ARRAY ARRAY['area.area', 'city.object', 'road.segment', 'road.route', 'road.bridge', 'hydro.river', 'hydro.reach', 'hydro.section', 'hydro.dike',
        'hydro.node', 'hydro.work', 'hydro.station'] LOOP
        EXECUTE format('CREATE TRIGGER tell AFTER INSERT OR UPDATE ON %s FOR EACH ROW
            WHEN (current_setting(''basin.told'', true) IS DISTINCT FROM ''yes'') EXECUTE FUNCTION twin.tell_noun()', noun);
    END LOOP;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION twin.tell_noun IS 'Tells the feed that a thing has other columns of its noun. Whoever writes many sets basin.told to yes, and tells of all together.';
