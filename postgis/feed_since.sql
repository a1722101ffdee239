-- Events after position ($1, $2) whose transactions are over and have no elder still under way, in order, at most $3.
SELECT xid::text::bigint, seq, topic, key, detail
FROM feed.event
WHERE (xid, seq) > ($1::text::xid8, $2) AND xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY xid, seq
LIMIT $3
