-- Times from $2 until $3 in which datastream $1 said nothing for more than $4 seconds; the edges of the question count as readings only
-- where there is one before or after them. At most $5.
WITH r AS (
    SELECT time FROM twin.reading WHERE datastream = $1 AND time >= $2 AND time < $3
    UNION ALL
    (SELECT time FROM twin.reading WHERE datastream = $1 AND time < $2 ORDER BY time DESC LIMIT 1)
    UNION ALL
    (SELECT time FROM twin.reading WHERE datastream = $1 AND time >= $3 ORDER BY time LIMIT 1)
), pair AS (
    SELECT lag(time) OVER (ORDER BY time) AS "from", time AS "to" FROM r
)
SELECT greatest("from", $2::timestamptz) AS "from", least("to", $3::timestamptz) AS "to"
FROM pair
WHERE "to" - "from" > make_interval(secs => $4)
ORDER BY 1
LIMIT $5
