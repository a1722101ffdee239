-- The datastreams of the levels of stations $1 that a reader of clearance $2 may see.
SELECT d.thing, d.code
FROM twin.datastream d
WHERE d.thing = ANY($1) AND d.property = 'level' AND d.role IS NULL AND d.number IS NULL AND d.retired IS NULL AND d.class <= $2::text::auth.class
