-- The datastreams of the things of ids $1, with the time of the last reading of each.
SELECT d.code, d.property, d.retired IS NOT NULL AS retired, d.stale_after_s, l.time AS last
FROM twin.datastream d
LEFT JOIN twin.latest l ON l.datastream = d.id
WHERE d.thing = ANY($1)
ORDER BY d.code
