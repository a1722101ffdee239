-- The readings of datastreams $1 after $2 and until $3 that no check holds for implausible ($4), the last of each stretch of $5 seconds.
SELECT DISTINCT ON (r.datastream, floor(extract(epoch FROM r.time) / $5::float8)) r.datastream, r.time, r.value
FROM twin.reading r
WHERE r.datastream = ANY($1::bigint[]) AND r.time > $2 AND r.time <= $3 AND r.flags & $4::integer = 0
ORDER BY r.datastream, floor(extract(epoch FROM r.time) / $5::float8), r.time DESC
