-- +goose Up
ALTER TABLE feed.event ADD COLUMN detail jsonb;
COMMENT ON COLUMN feed.event.detail IS 'Of a change of tiles: the gids of the features that changed, and boxes in web mercator, each with the class of the feature, that hold what they were and what they are. Null where the whole layer may have changed.';

-- +goose StatementBegin
CREATE FUNCTION feed.moved(gids bigint[], classes text[], shapes geometry[]) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN cardinality(gids) <= 5000 THEN jsonb_build_object(
        'gids', (SELECT jsonb_agg(DISTINCT g) FROM unnest(gids) AS g),
        'boxes', (SELECT coalesce(jsonb_agg(jsonb_build_array(c, round(ST_XMin(s)::numeric, 2), round(ST_YMin(s)::numeric, 2), round(ST_XMax(s)::numeric, 2),
            round(ST_YMax(s)::numeric, 2))), '[]') FROM unnest(classes, shapes) AS u (c, s) WHERE NOT ST_IsEmpty(s))) END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION feed.moved IS 'The detail of a change of tiles, of features as they were and as they are; null where that are too many to name.';

-- +goose StatementBegin
CREATE FUNCTION twin.tell_tiles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO feed.event (topic, key, detail)
        SELECT 'tiles', kind, feed.moved(array_agg(gid), array_agg(class::text), array_agg(geom_3857)) FROM fresh GROUP BY kind;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO feed.event (topic, key, detail)
        SELECT 'tiles', kind, feed.moved(array_agg(gid), array_agg(class::text), array_agg(geom_3857))
        FROM (SELECT kind, gid, class, geom_3857 FROM stale UNION ALL SELECT kind, gid, class, geom_3857 FROM fresh) AS both_of_them GROUP BY kind;
    ELSE
        INSERT INTO feed.event (topic, key, detail)
        SELECT 'tiles', kind, feed.moved(array_agg(gid), array_agg(class::text), array_agg(geom_3857)) FROM stale GROUP BY kind;
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('basin_feed', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION own.tell_tiles() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    detail jsonb;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT feed.moved(array_agg(gid), array_agg(class::text), array_agg(geom_3857)) INTO detail FROM fresh HAVING count(*) > 0;
    ELSIF TG_OP = 'UPDATE' THEN
        SELECT feed.moved(array_agg(gid), array_agg(class::text), array_agg(geom_3857)) INTO detail
        FROM (SELECT gid, class, geom_3857 FROM stale UNION ALL SELECT gid, class, geom_3857 FROM fresh) AS both_of_them HAVING count(*) > 0;
    ELSE
        SELECT feed.moved(array_agg(gid), array_agg(class::text), array_agg(geom_3857)) INTO detail FROM stale HAVING count(*) > 0;
    END IF;
    IF FOUND THEN
        INSERT INTO feed.event (topic, key, detail) VALUES ('tiles', TG_TABLE_NAME, detail);
        PERFORM pg_notify('basin_feed', '');
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION twin.tell_tiles IS 'Tells the feed which things changed, however they were changed, for the tiles of the layers of their kinds.';
COMMENT ON FUNCTION own.tell_tiles IS 'Tells the feed which features of a user''s layer changed, for its tiles.';

CREATE TRIGGER tell_added AFTER INSERT ON twin.thing REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION twin.tell_tiles();
CREATE TRIGGER tell_changed AFTER UPDATE ON twin.thing REFERENCING OLD TABLE AS stale NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION twin.tell_tiles();
CREATE TRIGGER tell_removed AFTER DELETE ON twin.thing REFERENCING OLD TABLE AS stale FOR EACH STATEMENT EXECUTE FUNCTION twin.tell_tiles();

-- +goose StatementBegin
CREATE FUNCTION twin.tell(things text[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO feed.event (topic, key, detail)
    SELECT 'tiles', kind, feed.moved(array_agg(gid), array_agg(class::text), array_agg(geom_3857)) FROM twin.thing WHERE id = ANY(things) GROUP BY kind;
    SELECT pg_notify('basin_feed', '');
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION twin.tell IS 'Tells the feed that things look otherwise in tiles though their rows in the register are as they were: columns of their nouns changed.';

-- +goose StatementBegin
CREATE FUNCTION own.tell_of(relation text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER tell_added AFTER INSERT ON own.%I REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION own.tell_tiles()', relation);
    EXECUTE format('CREATE TRIGGER tell_changed AFTER UPDATE ON own.%I REFERENCING OLD TABLE AS stale NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION own.tell_tiles()', relation);
    EXECUTE format('CREATE TRIGGER tell_removed AFTER DELETE ON own.%I REFERENCING OLD TABLE AS stale FOR EACH STATEMENT EXECUTE FUNCTION own.tell_tiles()', relation);
END
$$;

DO $$
DECLARE
    relation text;
BEGIN
    FOR relation IN SELECT relation_name FROM layer.layer WHERE relation_schema = 'own' LOOP
        PERFORM own.tell_of(relation);
    END LOOP;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION own.tell_of IS 'Makes the table of a user''s layer tell the feed of its changes.';
