-- What is wrong with a place, $1, and what is stored of it.
SELECT ST_IsEmpty(p.g) AS empty, coalesce(ST_XMin(p.g) < -180 OR ST_XMax(p.g) > 180 OR ST_YMin(p.g) < -90 OR ST_YMax(p.g) > 90, false) AS outside,
    coalesce((p.d).reason, '') AS reason, coalesce(ST_AsText((p.d).location, 9), '') AS location, (p.d).valid AS valid, ST_AsEWKB(p.g) AS place
FROM (SELECT g, ST_IsValidDetail(g) AS d FROM ST_Transform(ST_GeomFromEWKB($1::bytea), 4326) g) p
