-- How the readings of field stations arrived by each channel, counted from the frames that are kept; the parameters and what is expected are as in
-- arrival.sql, but a station counts for a channel only if something of it came by that channel, and nothing is expected before the eldest frame that is
-- kept with what it brought. A reading that came by two channels arrived by both.
WITH kept AS (
    SELECT received AS since FROM ingest.frame WHERE spoken_for IS NOT NULL ORDER BY received LIMIT 1
), stations AS (
    SELECT r.thing, greatest(min(r.created), $1, (SELECT since FROM kept)) AS since,
        least($2, now(), CASE WHEN bool_and(r.disabled IS NOT NULL) THEN max(r.disabled) END) AS until
    FROM ingest.rtu r
    JOIN twin.thing t ON t.id = r.thing
    WHERE ($3 = '' OR t.id = $3 OR t.code = $3) AND t.class <= $4::text::auth.class AND ($6::text IS NULL OR (r.vendor = $6 AND r.vendor <> ''))
    GROUP BY r.thing
), streams AS (
    SELECT s.thing, d.id, d.code, d.interval_s, ceil(extract(epoch FROM s.since - $1) / d.interval_s) AS first,
        floor(extract(epoch FROM least(s.until, d.retired) - $1) / d.interval_s) AS stop
    FROM stations s
    JOIN twin.datastream d ON d.thing = s.thing
), brought AS (
    SELECT f.channel, s.thing, s.id, s.interval_s, s.first, s.stop, f.received, to_timestamp(x.second::bigint) AS time
    FROM ingest.frame f
    CROSS JOIN LATERAL jsonb_each(f.held) h
    CROSS JOIN LATERAL jsonb_array_elements_text(h.value) x (second)
    JOIN streams s ON s.code = h.key
    WHERE f.received >= $1 AND f.held IS NOT NULL
), slots AS (
    SELECT channel, thing, id, floor(extract(epoch FROM time - $1) / interval_s) AS slot, bool_or(received <= time + interval '10 minutes') AS timely
    FROM brought
    WHERE interval_s IS NOT NULL AND time >= $1::timestamptz + first * interval_s * interval '1 second' AND time < $1::timestamptz + stop * interval_s * interval '1 second'
    GROUP BY channel, thing, id, slot
), came AS (
    SELECT f.channel, f.thing, (f.received AT TIME ZONE $5)::date AS day
    FROM ingest.frame f
    JOIN ingest.rtu r ON r.protocol = f.protocol AND r.address = f.address AND ($6::text IS NULL OR r.vendor = $6)
    JOIN stations s ON s.thing = f.thing
    WHERE f.received >= s.since AND f.received < s.until AND f.verdict <> 'refused'
    UNION
    SELECT b.channel, b.thing, (b.received AT TIME ZONE $5)::date
    FROM brought b
    JOIN stations s USING (thing)
    WHERE b.received >= s.since AND b.received < s.until
), used AS (
    SELECT channel, thing, count(*) AS line_days FROM came GROUP BY channel, thing
), expected AS (
    SELECT thing, sum(greatest(stop - first, 0))::bigint AS expected FROM streams WHERE interval_s IS NOT NULL GROUP BY thing
)
SELECT u.channel, count(*) AS stations, coalesce(sum(e.expected), 0)::bigint AS expected, coalesce(max(a.arrived), 0) AS arrived,
    coalesce(max(a.timely), 0) AS timely, coalesce(max(n.readings), 0) AS readings,
    sum(CASE WHEN s.until > s.since THEN (s.until AT TIME ZONE $5)::date - (s.since AT TIME ZONE $5)::date
        + CASE WHEN (s.until AT TIME ZONE $5)::time > '00:00' THEN 1 ELSE 0 END ELSE 0 END)::bigint AS days,
    sum(u.line_days)::bigint AS line_days, (SELECT since FROM kept) AS since
FROM used u
JOIN stations s USING (thing)
LEFT JOIN expected e USING (thing)
LEFT JOIN (SELECT channel, count(*) AS arrived, count(*) FILTER (WHERE timely) AS timely FROM slots GROUP BY channel) a USING (channel)
LEFT JOIN (SELECT channel, count(DISTINCT (id, time)) AS readings FROM brought WHERE time >= $1 AND time < $2 GROUP BY channel) n USING (channel)
GROUP BY u.channel
ORDER BY u.channel
