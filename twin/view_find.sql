-- Things by gid: of ids $1, of kinds $2, of code $3, meeting the box $4 to $7 (west, south, east, north), after gid $8, at most $9, for a reader of
-- clearance $10.
SELECT t.id, t.gid, t.kind, t.code, coalesce(t.name_zh, ''), coalesce(t.name_en, ''), coalesce(t.name_pinyin, ''), t.name_former,
    coalesce(t.area, ''), t.class::text, t.geometry_status, t.accuracy_m, t.source, coalesce(t.dataset, ''),
    ST_AsGeoJSON(t.geom, 7)::json, t.properties
FROM twin.thing t
WHERE ($1::text[] IS NULL OR t.id = ANY($1))
    AND ($2::text[] IS NULL OR t.kind = ANY($2))
    AND ($3::text IS NULL OR t.code = $3)
    AND ($4::double precision IS NULL OR CASE WHEN $4 <= $6
        THEN t.geom && ST_MakeEnvelope($4, $5, $6, $7, 4326)
        ELSE t.geom && ST_MakeEnvelope($4, $5, 180, $7, 4326) OR t.geom && ST_MakeEnvelope(-180, $5, $6, $7, 4326) END)
    AND t.gid > $8
    AND t.class <= $10::text::auth.class
ORDER BY t.gid
LIMIT $9
