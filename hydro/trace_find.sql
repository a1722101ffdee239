-- The network as a reader of clearance $1 may see it: reaches with the nodes at their ends (a, b), their river, chainages and stated direction; works with
-- their inner and outer node and where they stand; stations with their reach (a); nodes.
SELECT t.kind, t.id, r.from_node AS a, r.to_node AS b, r.river, r.from_chainage_m, r.to_chainage_m, coalesce(r.flow_direction, '') AS direction
FROM twin.thing t JOIN hydro.reach r ON r.id = t.id WHERE t.kind = 'reach' AND t.class <= $1::text::auth.class
UNION ALL
SELECT t.kind, t.id, coalesce(w.inner_node, ''), coalesce(w.outer_node, ''), coalesce(w.river, ''), w.chainage_m, w.chainage_m, ''
FROM twin.thing t JOIN hydro.work w ON w.id = t.id WHERE t.kind = 'work' AND t.class <= $1::text::auth.class
UNION ALL
SELECT t.kind, t.id, coalesce(s.reach, ''), '', coalesce(s.river, ''), s.chainage_m, s.chainage_m, ''
FROM twin.thing t JOIN hydro.station s ON s.id = t.id WHERE t.kind = 'station' AND t.class <= $1::text::auth.class
UNION ALL
SELECT t.kind, t.id, '', '', '', NULL, NULL, '' FROM twin.thing t JOIN hydro.node n ON n.id = t.id WHERE t.kind = 'node' AND t.class <= $1::text::auth.class
