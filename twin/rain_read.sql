-- The readings of datastream $1 after $2 until $3, at most $4, and the two before them.
(SELECT time, value FROM (SELECT time, value FROM twin.reading WHERE datastream = $1 AND time <= $2 ORDER BY time DESC LIMIT 2) b ORDER BY time)
UNION ALL
(SELECT time, value FROM twin.reading WHERE datastream = $1 AND time > $2 AND time <= $3 ORDER BY time LIMIT $4)
