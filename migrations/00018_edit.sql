-- +goose Up
CREATE TABLE layer.history (
    layer text NOT NULL REFERENCES layer.layer (id) ON DELETE CASCADE,
    gid bigint NOT NULL,
    version integer NOT NULL,
    changed timestamptz NOT NULL DEFAULT now(),
    by text NOT NULL,
    operation text NOT NULL CHECK (operation IN ('create', 'replace', 'update', 'delete', 'restore', 'load')),
    class auth.class NOT NULL,
    attributes jsonb,
    geom geometry(Geometry, 4326),
    PRIMARY KEY (layer, gid, version)
);
COMMENT ON TABLE layer.history IS 'What features of users'' layers were before each change. The last 200 changes of a feature are kept; the history of a layer goes with it.';
COMMENT ON COLUMN layer.history.layer IS 'The layer.';
COMMENT ON COLUMN layer.history.gid IS 'The feature.';
COMMENT ON COLUMN layer.history.version IS 'Number of the change, from 1 for each feature.';
COMMENT ON COLUMN layer.history.changed IS 'When it was changed.';
COMMENT ON COLUMN layer.history.by IS 'The principal who changed it; load for what came with a file.';
COMMENT ON COLUMN layer.history.operation IS 'What was done.';
COMMENT ON COLUMN layer.history.class IS 'Classification of what is kept here: that before the change, or of what was created.';
COMMENT ON COLUMN layer.history.attributes IS 'The row before the change, without its place; null where there was none.';
COMMENT ON COLUMN layer.history.geom IS 'Its place before the change; null where there was none.';

-- +goose StatementBegin
CREATE FUNCTION layer.keep() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    n integer;
    g bigint := CASE WHEN TG_OP = 'INSERT' THEN NEW.gid ELSE OLD.gid END;
BEGIN
    SELECT coalesce(max(h.version), 0) + 1 INTO n FROM layer.history h WHERE h.layer = TG_TABLE_NAME::text AND h.gid = g;
    INSERT INTO layer.history (layer, gid, version, by, operation, class, attributes, geom)
    VALUES (TG_TABLE_NAME::text, g, n, coalesce(nullif(current_setting('basin.by', true), ''), 'load'),
        coalesce(nullif(current_setting('basin.operation', true), ''), 'load'),
        CASE WHEN TG_OP = 'INSERT' THEN NEW.class ELSE OLD.class END,
        CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - 'geom' - 'geom_3857' END,
        CASE WHEN TG_OP <> 'INSERT' THEN OLD.geom END);
    DELETE FROM layer.history h WHERE h.layer = TG_TABLE_NAME::text AND h.gid = g AND h.version <= n - 200;
    RETURN NULL;
END
$$;
CREATE FUNCTION layer.keep_history(layer_name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER keep AFTER UPDATE OR DELETE ON own.%I FOR EACH ROW EXECUTE FUNCTION layer.keep()', layer_name);
    EXECUTE format('CREATE TRIGGER keep_new AFTER INSERT ON own.%I FOR EACH ROW WHEN (current_setting(''basin.operation'', true) <> '''') EXECUTE FUNCTION layer.keep()', layer_name);
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION layer.keep IS 'Keeps what a feature was before its change. The settings basin.by and basin.operation say who does what; without them a file is loaded.';
COMMENT ON FUNCTION layer.keep_history IS 'Has the history of a user''s table kept. Rows that a file adds are no part of it, for nothing was there before.';
SELECT layer.keep_history(l.relation_name) FROM layer.layer l WHERE l.own AND l.relation_schema = 'own';
