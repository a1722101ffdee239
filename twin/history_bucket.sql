-- The readings of datastream $1 from $2 until before $3 in buckets of length $4 that start at $2.
SELECT date_bin($4, r.time, $2) AS bucket, count(*), min(r.value), max(r.value), (array_agg(r.value ORDER BY r.time DESC))[1]
FROM twin.reading r
WHERE r.datastream = $1 AND r.time >= $2 AND r.time < $3
GROUP BY bucket
ORDER BY bucket
