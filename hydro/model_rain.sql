-- The things that observe rain, the area that each lies in, and the class of what they tell.
SELECT t.id, coalesce(t.area, '') AS area, max(d.class)::text AS class
FROM twin.thing t
JOIN twin.datastream d ON d.thing = t.id
WHERE d.property LIKE 'rainfall%' AND d.retired IS NULL
GROUP BY t.id
ORDER BY t.id
