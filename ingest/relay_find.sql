-- The readings of field stations of addresses $1 and things $2 that transactions from $3 until before $4 stored, of those received since $5 and of class $7 or
-- below: all of as many transactions as hold $6 of them. Each shows the number of its transaction in full, for xmin holds only its lower half.
WITH found AS MATERIALIZED (
    SELECT a.address, d.property, coalesce(d.role, '') AS role, coalesce(d.number, 0)::integer AS number, p.scale, r.time, r.value, x.xid
    FROM unnest($1::text[], $2::text[]) AS a (address, thing)
    JOIN twin.datastream d ON d.thing = a.thing AND d.class <= $7::text::auth.class
    JOIN twin.property p ON p.id = d.property
    JOIN twin.reading r ON r.datastream = d.id AND r.received >= $5
    CROSS JOIN LATERAL (SELECT $4::bigint + 2147483648 - (($4::bigint + 2147483648 - r.xmin::text::bigint) & 4294967295) AS xid) x
    WHERE x.xid >= $3 AND x.xid < $4
)
SELECT address, property, role, number, scale, time, value, xid
FROM found
WHERE xid <= coalesce((SELECT xid FROM found ORDER BY xid OFFSET $6 LIMIT 1), $4)
ORDER BY address, time, property, role, number
