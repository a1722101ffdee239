-- The months that hold readings and lie wholly before $1: those of partitions and of what the default partition holds.
SELECT m.month FROM (
    SELECT substring(pg_get_expr(c.relpartbound, c.oid) FROM 'FROM \(''([^'']+)''\)')::timestamptz AS month
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'twin.reading'::regclass
    UNION
    SELECT date_trunc('month', time, 'UTC') FROM twin.reading_default WHERE time < $1
) m
WHERE date_trunc('month', m.month, 'UTC') = m.month AND (m.month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC' <= $1
ORDER BY m.month
