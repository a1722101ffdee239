-- Registers a user's layer, or changes its entry where it differs: zoom levels $7 to $8 and attributes $9 of its tiles stay as they are where they are null, but that
-- one end of the zoom levels follows the other. No attributes stand for all.
INSERT INTO layer.layer AS l (id, position, relation_schema, relation_name, title_zh, title_en, geometry_type, own, class, dataset, min_zoom, max_zoom, tile_attributes)
VALUES ($1, 200, 'own', $1, $2, $3, $4, true, $5::text::auth.class, $6, coalesce($7::smallint, 0), coalesce($8::smallint, greatest(16, $7::smallint)), nullif($9::text[], '{}'))
ON CONFLICT (id) DO UPDATE SET title_zh = excluded.title_zh, title_en = excluded.title_en, geometry_type = excluded.geometry_type,
    class = excluded.class, dataset = excluded.dataset, min_zoom = coalesce($7::smallint, least(l.min_zoom, $8::smallint)),
    max_zoom = coalesce($8::smallint, greatest(l.max_zoom, $7::smallint)),
    tile_attributes = CASE WHEN $9::text[] IS NULL THEN l.tile_attributes ELSE excluded.tile_attributes END
WHERE (l.title_zh, l.title_en, l.geometry_type, l.class, l.dataset) IS DISTINCT FROM
    (excluded.title_zh, excluded.title_en, excluded.geometry_type, excluded.class, excluded.dataset)
    OR $7::smallint <> l.min_zoom OR $8::smallint <> l.max_zoom OR $9::text[] IS NOT NULL AND excluded.tile_attributes IS DISTINCT FROM l.tile_attributes
