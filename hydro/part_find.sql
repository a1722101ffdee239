-- The gates, pump units, section points and crests of things $1, as a JSON object for each that has some.
SELECT g.id, jsonb_strip_nulls(jsonb_build_object(
    'gates', (SELECT jsonb_agg(jsonb_build_object('number', number, 'width_m', width_m, 'height_m', height_m, 'sill_m', sill_m, 'datum', datum) ORDER BY number)
        FROM hydro.gate WHERE work = g.id),
    'units', (SELECT jsonb_agg(jsonb_build_object('number', number, 'direction', direction, 'capacity_m3s', capacity_m3s, 'power_kw', power_kw) ORDER BY number)
        FROM hydro.pump_unit WHERE work = g.id),
    'points', (SELECT jsonb_agg(jsonb_build_object('offset_m', offset_m, 'elevation_m', elevation_m, 'roughness', roughness) ORDER BY number)
        FROM hydro.section_point WHERE section = g.id),
    'crests', (SELECT jsonb_agg(jsonb_build_object('chainage_m', chainage_m, 'crest_m', crest_m, 'datum', datum) ORDER BY chainage_m)
        FROM hydro.dike_crest WHERE dike = g.id)))
FROM unnest($1::text[]) AS g (id)
