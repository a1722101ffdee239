-- How the readings of field stations arrived from $1 to $2: of the thing of id or code $3 (all where it is empty), as a reader of clearance $4 may know.
-- Expected is one reading for each interval of each datastream that has one, since the station was registered and until now; an interval counts as arrived
-- once it has a reading, and as timely where one was received within ten minutes of its time. Days are those of the zone $5; a day has a line where a
-- frame or a reading came. Where $6 is not null only what field stations of the vendor of that name observe.
WITH stations AS (
    SELECT r.thing, t.code, greatest(min(r.created), $1) AS since, least($2, now()) AS until
    FROM ingest.rtu r
    JOIN twin.thing t ON t.id = r.thing
    WHERE ($3 = '' OR t.id = $3 OR t.code = $3) AND t.class <= $4::text::auth.class AND ($6::text IS NULL OR (r.vendor = $6 AND r.vendor <> ''))
    GROUP BY r.thing, t.code
), slots AS (
    SELECT s.thing, d.id, floor(extract(epoch FROM v.time) / d.interval_s) AS slot, bool_or(v.received <= v.time + interval '10 minutes') AS timely
    FROM stations s
    JOIN twin.datastream d ON d.thing = s.thing AND d.interval_s IS NOT NULL AND d.retired IS NULL
    JOIN twin.reading v ON v.datastream = d.id AND v.time >= s.since AND v.time < s.until AND v.time >= $1 AND v.time < $2
    GROUP BY s.thing, d.id, slot
), arrived AS (
    SELECT thing, count(*) AS arrived, count(*) FILTER (WHERE timely) AS timely
    FROM slots
    GROUP BY thing
), expected AS (
    SELECT s.thing, sum(floor(extract(epoch FROM s.until - s.since) / d.interval_s))::bigint AS expected
    FROM stations s
    JOIN twin.datastream d ON d.thing = s.thing AND d.interval_s IS NOT NULL AND d.retired IS NULL
    WHERE s.until > s.since
    GROUP BY s.thing
), came AS (
    SELECT f.thing, (f.received AT TIME ZONE $5)::date AS day
    FROM ingest.frame f
    JOIN stations s ON s.thing = f.thing
    WHERE f.received >= s.since AND f.received < s.until AND f.verdict <> 'refused'
    UNION
    SELECT s.thing, (v.received AT TIME ZONE $5)::date
    FROM stations s
    JOIN twin.datastream d ON d.thing = s.thing
    JOIN twin.reading v ON v.datastream = d.id AND v.time >= $1::timestamptz - interval '1 day' AND v.time < $2
    WHERE v.received >= s.since AND v.received < s.until
), lines AS (
    SELECT thing, count(*) AS days_with_line
    FROM came
    GROUP BY thing
)
SELECT s.thing, s.code AS station, coalesce(e.expected, 0) AS expected, coalesce(a.arrived, 0) AS arrived, coalesce(a.timely, 0) AS timely,
    CASE WHEN s.until > s.since THEN (s.until AT TIME ZONE $5)::date - (s.since AT TIME ZONE $5)::date
        + CASE WHEN (s.until AT TIME ZONE $5)::time > '00:00' THEN 1 ELSE 0 END ELSE 0 END AS days,
    coalesce(l.days_with_line, 0) AS line_days,
    CASE WHEN e.expected > 0 THEN least(1, coalesce(a.arrived, 0)::double precision / e.expected) END AS arrival_rate,
    a.timely::double precision / nullif(a.arrived, 0) AS timely_rate
FROM stations s
LEFT JOIN expected e USING (thing)
LEFT JOIN arrived a USING (thing)
LEFT JOIN lines l USING (thing)
ORDER BY s.code, s.thing
