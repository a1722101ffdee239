-- Adds things to the register, or changes those that differ; answers a row for each that was added or changed.
WITH given AS (
    SELECT g.kind, g.code, g.zh, g.en, g.pinyin, ARRAY(SELECT jsonb_array_elements_text(g.former::jsonb)) AS former,
        g.area, g.class::auth.class AS class, g.status, g.accuracy, g.source, g.dataset, g.properties::jsonb AS properties,
        ST_Force2D(ST_GeomFromEWKB(g.geom)) AS geom
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::double precision[], $11::text[], $12::text[], $13::text[], $14::bytea[])
        AS g (kind, code, zh, en, pinyin, former, area, class, status, accuracy, source, dataset, properties, geom)
)
INSERT INTO twin.thing AS t (id, kind, code, name_zh, name_en, name_pinyin, name_former, area, class,
    geometry_status, accuracy_m, source, dataset, properties, geom)
SELECT kind || ':' || code, kind, code, zh, en, pinyin, former, area, class, status, accuracy, source, dataset, properties, geom
FROM given
ON CONFLICT (id) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en, name_pinyin = excluded.name_pinyin,
    name_former = excluded.name_former, area = coalesce(excluded.area, t.area), class = excluded.class,
    geometry_status = excluded.geometry_status, accuracy_m = excluded.accuracy_m, source = excluded.source,
    dataset = excluded.dataset, properties = excluded.properties, geom = excluded.geom, changed = now()
WHERE (t.name_zh, t.name_en, t.name_pinyin, t.name_former, t.area, t.class, t.geometry_status, t.accuracy_m, t.source, t.dataset,
        t.properties, ST_AsEWKB(t.geom))
    IS DISTINCT FROM (excluded.name_zh, excluded.name_en, excluded.name_pinyin, excluded.name_former,
        coalesce(excluded.area, t.area), excluded.class,
        excluded.geometry_status, excluded.accuracy_m, excluded.source, excluded.dataset, excluded.properties, ST_AsEWKB(excluded.geom))
RETURNING (xmax = 0) AS added
