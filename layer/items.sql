-- Features in an order. The names in braces are put in by Items and Export: columns is what is given of each, relation, where and order come from the register and
-- the query.
SELECT {columns}
FROM {relation} l
WHERE {where}
ORDER BY {order}
LIMIT {limit}
