-- Times at the edges of $2 until $3 in which datastream $1 said nothing for more than $4 seconds; the edges count as readings only where there is one
-- before or after them. At most $5.
WITH edge AS (
    SELECT (SELECT time FROM twin.reading WHERE datastream = $1 AND time < $2 ORDER BY time DESC LIMIT 1) AS before,
        (SELECT time FROM twin.reading WHERE datastream = $1 AND time >= $2 ORDER BY time LIMIT 1) AS first,
        (SELECT time FROM twin.reading WHERE datastream = $1 AND time < $3 ORDER BY time DESC LIMIT 1) AS last,
        (SELECT time FROM twin.reading WHERE datastream = $1 AND time >= $3 ORDER BY time LIMIT 1) AS after
), pair AS (
    SELECT before AS "from", first AS "to" FROM edge
    UNION ALL SELECT last, after FROM edge WHERE last >= $2
)
SELECT greatest("from", $2::timestamptz) AS "from", least("to", $3::timestamptz) AS "to"
FROM pair
WHERE "to" - "from" > make_interval(secs => $4)
ORDER BY 1
LIMIT $5
