-- The places of the labels of the layer's polygons in tile $1/$2/$3 as MVT, under the name $5, for a reader of clearance $4: at most $6, of the greatest polygons
-- first. Each is on one tile. In braces: the attributes, the relation, and the condition that leaves out what is too small to be seen.
SELECT ST_AsMVT(f.*, $5::text, 4096, 'geom', 'gid')
FROM (
    SELECT l.gid, ST_AsMVTGeom(label.place, tile.box, 4096, 64, true) AS geom{attributes}
    FROM (SELECT ST_TileEnvelope($1, $2, $3) AS box) AS tile
    JOIN {relation} l ON l.geom_3857 && tile.box
    CROSS JOIN LATERAL (SELECT ST_PointOnSurface(l.geom_3857) AS place OFFSET 0) AS label
    WHERE l.class <= $4::text::auth.class AND ST_Dimension(l.geom_3857) = 2 AND ST_Area(l.geom_3857) > 0{visible}
        AND ST_X(label.place) >= ST_XMin(tile.box) AND ST_X(label.place) < ST_XMax(tile.box)
        AND ST_Y(label.place) > ST_YMin(tile.box) AND ST_Y(label.place) <= ST_YMax(tile.box)
    ORDER BY ST_XMax(l.geom_3857) - ST_XMin(l.geom_3857) + ST_YMax(l.geom_3857) - ST_YMin(l.geom_3857) DESC, l.gid
    LIMIT $6
) f
WHERE f.geom IS NOT NULL
