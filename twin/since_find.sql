-- The first reading of the present run of readings of datastream $1 at or beyond limit $2 (above it with $3, else below), as of $4.
SELECT min(r.time)
FROM twin.datastream d
JOIN twin.property p ON p.id = d.property
CROSS JOIN LATERAL (
    SELECT max(x.time) AS time FROM twin.reading x
    WHERE x.datastream = d.id AND x.time <= $4
        AND CASE WHEN $3 THEN x.value < $2::double precision * 10 ^ p.scale ELSE x.value > $2::double precision * 10 ^ p.scale END
) other
JOIN twin.reading r ON r.datastream = d.id AND r.time <= $4 AND r.time > coalesce(other.time, '-infinity')
WHERE d.code = $1
