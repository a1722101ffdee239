-- Takes out values that no longer are superseded.
DELETE FROM twin.superseded s
USING unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::boolean[], $5::timestamptz[], $6::timestamptz[], $7::smallint[])
    AS g (datastream, time, value, operator, issued, received, flags)
WHERE s.datastream = g.datastream AND s.time = g.time AND s.operator = g.operator AND s.issued = g.issued AND s.value = g.value
