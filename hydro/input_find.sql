-- From whose readings the status of things $1 derives: a station or work from its own, a work also from the stations that measure it, a reach from its
-- stations and from the near side of the works at its ends, a river from its stations and from the inner side of its works. Only observers that a
-- reader of clearance $2 may see.
WITH pair AS (
    SELECT g.id AS thing, g.id AS input, '' AS role FROM unnest($1::text[]) AS g (id) WHERE g.id LIKE 'station:%' OR g.id LIKE 'work:%'
    UNION
    SELECT r.target, r.source, '' FROM twin.relation r WHERE r.type = 'measures' AND r.target = ANY($1) AND r.target LIKE 'work:%'
    UNION
    SELECT s.reach, s.id, '' FROM hydro.station s WHERE s.reach = ANY($1)
    UNION
    SELECT e.id, w.id, CASE WHEN w.inner_node IN (e.from_node, e.to_node) THEN 'inner' ELSE 'outer' END
    FROM hydro.reach e JOIN hydro.work w ON w.inner_node IN (e.from_node, e.to_node) OR w.outer_node IN (e.from_node, e.to_node)
    WHERE e.id = ANY($1)
    UNION
    SELECT s.river, s.id, '' FROM hydro.station s WHERE s.river = ANY($1)
    UNION
    SELECT w.river, w.id, 'inner' FROM hydro.work w WHERE w.river = ANY($1)
)
SELECT p.thing, p.input, p.role, coalesce(s.type = 'tide', false) AS tidal
FROM pair p
JOIN twin.thing t ON t.id = p.input
LEFT JOIN hydro.station s ON s.id = p.input
WHERE t.class <= $2::text::auth.class
ORDER BY p.thing, p.input
