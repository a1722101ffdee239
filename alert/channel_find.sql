-- Channels with how their queues stand.
SELECT c.id, c.kind, c.address, c.severity::text AS severity, c.class::text AS class, c.language, c.created,
    count(d.id) FILTER (WHERE d.sent IS NULL AND d.failed IS NULL) AS waiting, count(d.failed) AS failed, max(d.sent) AS sent,
    coalesce((array_agg(d.last_error ORDER BY d.id) FILTER (WHERE d.sent IS NULL AND d.failed IS NULL))[1], '') AS error
FROM alert.channel c
LEFT JOIN alert.delivery d ON d.channel = c.id
GROUP BY c.id
ORDER BY c.id
