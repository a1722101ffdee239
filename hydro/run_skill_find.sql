-- How forecasts fared, by station (of thing $2 alone where it is not empty) and lead, since $3, for a reader of clearance $1. Hits, misses and false alarms are of the warning level.
SELECT k.thing, k.lead_h, count(*) AS count, avg(k.forecast - k.observed) AS bias, sqrt(avg((k.forecast - k.observed) ^ 2)) AS rmse,
    count(*) FILTER (WHERE k.forecast >= k.warning AND k.observed >= k.warning) AS hits,
    count(*) FILTER (WHERE k.forecast >= k.warning AND k.observed < k.warning) AS false_alarms,
    count(*) FILTER (WHERE k.forecast < k.warning AND k.observed >= k.warning) AS misses
FROM hydro.skill k
JOIN twin.thing t ON t.id = k.thing
WHERE k.class <= $1::text::auth.class AND t.class <= $1::text::auth.class AND ($2::text = '' OR k.thing = $2) AND k.time >= $3
GROUP BY k.thing, k.lead_h
ORDER BY k.thing, k.lead_h
