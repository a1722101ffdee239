-- Readings that anybody may see and that transactions from $1 until before $2 stored or changed, of those received since $3: the last $4 of them, the last first,
-- with the number of their transaction in full, for xmin holds only its lower half, and how many there are in all.
SELECT r.datastream, r.time, x.xid, count(*) OVER () AS found
FROM twin.reading r
JOIN twin.datastream d ON d.id = r.datastream
JOIN twin.thing t ON t.id = d.thing
CROSS JOIN LATERAL (SELECT $2::bigint + 2147483648 - (($2::bigint + 2147483648 - r.xmin::text::bigint) & 4294967295) AS xid) x
WHERE r.received >= $3 AND x.xid >= $1::bigint AND x.xid < $2 AND d.retired IS NULL AND d.class = 'public' AND t.class = 'public'
ORDER BY x.xid DESC, r.datastream DESC, r.time DESC
LIMIT $4
