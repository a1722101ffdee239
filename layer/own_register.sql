-- Registers a user's layer, or changes its entry where it differs.
INSERT INTO layer.layer (id, position, relation_schema, relation_name, title_zh, title_en, geometry_type, own, class, dataset)
VALUES ($1, 200, 'own', $1, $2, $3, $4, true, $5::text::auth.class, $6)
ON CONFLICT (id) DO UPDATE SET title_zh = excluded.title_zh, title_en = excluded.title_en, geometry_type = excluded.geometry_type,
    class = excluded.class, dataset = excluded.dataset
WHERE (layer.title_zh, layer.title_en, layer.geometry_type, layer.class, layer.dataset)
    IS DISTINCT FROM (excluded.title_zh, excluded.title_en, excluded.geometry_type, excluded.class, excluded.dataset)
