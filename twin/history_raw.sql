-- The readings of datastream $1 from $2 until before $3, at most $4.
SELECT r.time, r.value, r.flags,
    EXISTS (SELECT FROM twin.superseded s WHERE s.datastream = r.datastream AND s.time = r.time
        AND (s.value <> r.value OR s.operator <> r.operator)) AS corrected
FROM twin.reading r
WHERE r.datastream = $1 AND r.time >= $2 AND r.time < $3
ORDER BY r.time
LIMIT $4
