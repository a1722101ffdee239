-- Gives things without an area the smallest area that holds a point of them, and answers how many.
WITH found AS (
    SELECT t.id, t.kind, a.code
    FROM twin.thing t
    CROSS JOIN LATERAL (
        SELECT x.code FROM twin.thing x
        WHERE x.kind = 'area' AND x.geom && t.geom AND ST_Intersects(x.geom, CASE ST_Dimension(t.geom)
            WHEN 0 THEN t.geom WHEN 1 THEN ST_PointN(ST_GeometryN(t.geom, 1), 1) ELSE ST_PointOnSurface(t.geom) END)
        ORDER BY ST_Area(x.geom) LIMIT 1
    ) a
    WHERE t.area IS NULL AND t.kind NOT IN ('area', 'river', 'road') AND t.geom IS NOT NULL AND ST_IsValid(t.geom)
), moved AS (
    UPDATE twin.thing t SET area = f.code, changed = now() FROM found f WHERE f.id = t.id RETURNING 1
)
SELECT count(*) FROM moved
