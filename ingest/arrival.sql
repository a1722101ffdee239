-- How the readings of field stations arrived from $1 to $2: of the thing of id or code $3 (all where it is empty), as a reader of clearance $4 may know;
-- where $6 is not null only of what the field stations of that vendor observe. Time is cut from $1 on into the agreed interval of each datastream, and each
-- interval that lies wholly within the time in which the station is to report (registered, not disabled, its datastream not retired, until now) expects a
-- reading. It counts as arrived once it has one that no person entered, whatever became of it since, and as timely where one was received within ten
-- minutes of its time. Days are those of the zone $5; a day has a line where a frame that was not refused, or a reading, came.
WITH stations AS (
    SELECT r.thing, t.code, greatest(min(r.created), $1) AS since,
        least($2, now(), CASE WHEN bool_and(r.disabled IS NOT NULL) THEN max(r.disabled) END) AS until,
        array_agg(DISTINCT r.vendor ORDER BY r.vendor) AS vendors
    FROM ingest.rtu r
    JOIN twin.thing t ON t.id = r.thing
    WHERE ($3 = '' OR t.id = $3 OR t.code = $3) AND t.class <= $4::text::auth.class AND ($6::text IS NULL OR (r.vendor = $6 AND r.vendor <> ''))
    GROUP BY r.thing, t.code
), streams AS (
    SELECT s.thing, d.id, d.interval_s, ceil(extract(epoch FROM s.since - $1) / d.interval_s) AS first,
        floor(extract(epoch FROM least(s.until, d.retired) - $1) / d.interval_s) AS stop
    FROM stations s
    JOIN twin.datastream d ON d.thing = s.thing AND d.interval_s IS NOT NULL
), slots AS (
    SELECT s.thing, s.id, floor(extract(epoch FROM v.time - $1) / s.interval_s) AS slot, bool_or(v.received <= v.time + interval '10 minutes') AS timely
    FROM streams s
    CROSS JOIN LATERAL (
        SELECT r.time, r.received FROM twin.reading r WHERE r.datastream = s.id AND r.time >= $1 AND r.time < $2 AND NOT r.operator
        UNION ALL
        SELECT o.time, o.received FROM twin.superseded o WHERE o.datastream = s.id AND o.time >= $1 AND o.time < $2 AND NOT o.operator
    ) v
    WHERE v.time >= $1::timestamptz + s.first * s.interval_s * interval '1 second' AND v.time < $1::timestamptz + s.stop * s.interval_s * interval '1 second'
    GROUP BY s.thing, s.id, slot
), arrived AS (
    SELECT thing, count(*) AS arrived, count(*) FILTER (WHERE timely) AS timely
    FROM slots
    GROUP BY thing
), expected AS (
    SELECT thing, sum(greatest(stop - first, 0))::bigint AS expected
    FROM streams
    GROUP BY thing
), came AS (
    SELECT f.thing, (f.received AT TIME ZONE $5)::date AS day
    FROM ingest.frame f
    JOIN stations s ON s.thing = f.thing
    WHERE f.received >= s.since AND f.received < s.until AND f.verdict <> 'refused'
    UNION
    SELECT s.thing, (v.received AT TIME ZONE $5)::date
    FROM stations s
    JOIN twin.datastream d ON d.thing = s.thing
    CROSS JOIN LATERAL (
        SELECT r.received FROM twin.reading r WHERE r.datastream = d.id AND r.time >= $1::timestamptz - interval '1 day' AND r.time < $2 AND NOT r.operator
        UNION ALL
        SELECT o.received FROM twin.superseded o WHERE o.datastream = d.id AND o.time >= $1::timestamptz - interval '1 day' AND o.time < $2 AND NOT o.operator
    ) v
    WHERE v.received >= s.since AND v.received < s.until
), lines AS (
    SELECT thing, count(*) AS days_with_line
    FROM came
    GROUP BY thing
)
SELECT s.thing, s.code AS station, s.vendors, coalesce(e.expected, 0) AS expected, coalesce(a.arrived, 0) AS arrived, coalesce(a.timely, 0) AS timely,
    CASE WHEN s.until > s.since THEN (s.until AT TIME ZONE $5)::date - (s.since AT TIME ZONE $5)::date
        + CASE WHEN (s.until AT TIME ZONE $5)::time > '00:00' THEN 1 ELSE 0 END ELSE 0 END AS days,
    coalesce(l.days_with_line, 0) AS line_days
FROM stations s
LEFT JOIN expected e USING (thing)
LEFT JOIN arrived a USING (thing)
LEFT JOIN lines l USING (thing)
ORDER BY s.code, s.thing
