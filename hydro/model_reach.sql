-- The reaches of all rivers, with what the river says about itself.
SELECT t.id, t.class::text AS class, r.river, coalesce(v.rank, '') AS rank, coalesce(v.boundary, '') AS boundary, r.from_node AS from, r.to_node AS to,
    r.from_chainage_m AS start, r.to_chainage_m AS finish, coalesce(t.area, '') AS area
FROM hydro.reach r
JOIN twin.thing t ON t.id = r.id
JOIN hydro.river v ON v.id = r.river
ORDER BY t.id
