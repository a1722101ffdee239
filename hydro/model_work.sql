-- The works between two nodes of the network, with their gates and pump units.
SELECT t.id, t.class::text AS class, w.type, coalesce(w.side, '') AS side, coalesce(x.class, t.class)::text AS setting_class, w.inner_node AS inner, w.outer_node AS outer, coalesce(w.net_width_m, 0) AS width,
    coalesce(g.widths, '{}') AS widths, coalesce(g.heights, '{}') AS heights, coalesce(g.sills, '{}') AS sills, coalesce(g.datums, '{}') AS datums,
    coalesce(u.directions, '{}') AS directions, coalesce(u.capacities, '{}') AS capacities
FROM hydro.work w
JOIN twin.thing t ON t.id = w.id
LEFT JOIN LATERAL (
    SELECT array_agg(coalesce(width_m, 0) ORDER BY number) AS widths, array_agg(coalesce(height_m, 0) ORDER BY number) AS heights,
        array_agg(coalesce(sill_m, 'NaN') ORDER BY number) AS sills, array_agg(coalesce(datum, '') ORDER BY number) AS datums
    FROM hydro.gate WHERE work = w.id
) g ON true
LEFT JOIN LATERAL (
    SELECT array_agg(direction ORDER BY number) AS directions, array_agg(coalesce(capacity_m3s, 0) ORDER BY number) AS capacities
    FROM hydro.pump_unit WHERE work = w.id
) u ON true
LEFT JOIN LATERAL (
    SELECT max(class) AS class FROM twin.datastream WHERE thing = w.id AND property IN ('gate_opening', 'pump_running')
) x ON true
ORDER BY t.id
