-- The readings of datastream $1 from $2 until before $3, in whatever order they lie.
SELECT r.time, r.value
FROM twin.reading r
WHERE r.datastream = $1 AND r.time >= $2 AND r.time < $3
