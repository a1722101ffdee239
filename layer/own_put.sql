-- Writes features into a user's table; new ones are added, others changed only where they differ. In braces: the table, the definitions of its own
-- columns, their names, the names of new values, and those of the old ones.
INSERT INTO {table} AS o (id, code, source_index, geometry_status, accuracy_m, source, dataset, class, geom{names})
SELECT r.id, r.code, r.source_index, r.status, r.accuracy_m, r.source, $10, r.class::auth.class, ST_GeomFromEWKB(r.geom){given}
FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::double precision[], $6::text[], $7::text[], $8::bytea[], $9::jsonb[])
    AS r (id, code, source_index, status, accuracy_m, source, class, geom, attributes)
{record}
ON CONFLICT (id) DO UPDATE SET code = excluded.code, source_index = excluded.source_index, geometry_status = excluded.geometry_status,
    accuracy_m = excluded.accuracy_m, source = excluded.source, dataset = excluded.dataset, class = excluded.class, geom = excluded.geom,
    changed = now(){set}
WHERE ROW(o.code, o.source_index, o.geometry_status, o.accuracy_m, o.source, o.dataset, o.class{old})
    IS DISTINCT FROM ROW(excluded.code, excluded.source_index, excluded.geometry_status, excluded.accuracy_m, excluded.source, excluded.dataset,
        excluded.class{new})
    OR ST_AsEWKB(o.geom) IS DISTINCT FROM ST_AsEWKB(excluded.geom)
RETURNING xmax = 0
