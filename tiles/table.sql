-- The features of a layer, or those of them that the condition names, for memory. In braces: the attributes, the relation and the condition.
SELECT l.gid, l.class::text, ST_AsBinary(ST_Force2D(l.geom_3857), 'NDR'){attributes}
FROM {relation} l
WHERE {where}
