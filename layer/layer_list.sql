-- The layers that a reader of clearance $1 may know of, from the bottom of the map to its top, with the columns of their relations as JSON. A view's
-- column has the comment of the column of the same name in the tables that the view reads.
SELECT l.id, l.title_zh, l.title_en, coalesce(obj_description(c.oid, 'pg_class'), '') AS comment, l.geometry_type, l.min_zoom, l.max_zoom, l.tile_attributes, l.own,
    l.class::text, coalesce(d.source, '') AS attribution, l.relation_schema, l.relation_name,
    (SELECT coalesce(json_agg(json_build_object('Name', a.attname, 'Comment', coalesce(col_description(c.oid, a.attnum), (
            SELECT col_description(dep.refobjid, dep.refobjsubid)
            FROM pg_rewrite r
            JOIN pg_depend dep ON dep.classid = 'pg_rewrite'::regclass AND dep.objid = r.oid AND dep.refclassid = 'pg_class'::regclass
            JOIN pg_attribute b ON b.attrelid = dep.refobjid AND b.attnum = dep.refobjsubid
            WHERE r.ev_class = c.oid AND dep.refobjid <> c.oid AND dep.refobjsubid > 0 AND b.attname = a.attname
            ORDER BY dep.refobjid LIMIT 1), ''),
        'Type', CASE
            WHEN t.typname IN ('int2', 'int4', 'int8') THEN 'integer'
            WHEN t.typname IN ('float4', 'float8', 'numeric') THEN 'number'
            WHEN t.typname = 'bool' THEN 'boolean'
            WHEN t.typname = 'date' THEN 'date'
            WHEN t.typname IN ('timestamptz', 'timestamp') THEN 'date-time'
            WHEN t.typname IN ('json', 'jsonb') OR t.typcategory = 'A' THEN 'json'
            ELSE 'string' END) ORDER BY a.attnum), '[]')
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND t.typname NOT IN ('geometry', 'geography', 'bytea')
        AND a.attname NOT IN ('gid', 'class', 'changed')) AS columns
FROM layer.layer l
JOIN pg_namespace n ON n.nspname = l.relation_schema
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = l.relation_name
LEFT JOIN catalog.dataset d ON d.id = l.dataset AND d.class <= $1::text::auth.class
WHERE l.class <= $1::text::auth.class
ORDER BY l.position, l.id
