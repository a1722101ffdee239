-- Since when the latest value of datastreams $1 has stood; of a value that stood for longer than $2 seconds already, a time at least so long ago.
SELECT l.datastream, coalesce(
    CASE WHEN other.time IS NULL AND earlier.value = l.value THEN earlier.time END,
    (SELECT min(r.time) FROM twin.reading r
     WHERE r.datastream = l.datastream AND r.time <= l.time AND r.time > coalesce(other.time, l.time - make_interval(secs => g.after))),
    l.time) AS since
FROM unnest($1::bigint[], $2::integer[]) AS g (datastream, after)
JOIN twin.latest l USING (datastream)
LEFT JOIN LATERAL (
    SELECT max(r.time) AS time FROM twin.reading r
    WHERE r.datastream = l.datastream AND r.time < l.time AND r.time > l.time - make_interval(secs => g.after) AND r.value <> l.value
) other ON true
LEFT JOIN LATERAL (
    SELECT r.value, r.time FROM twin.reading r
    WHERE r.datastream = l.datastream AND r.time <= l.time - make_interval(secs => g.after) ORDER BY r.time DESC LIMIT 1
) earlier ON true
