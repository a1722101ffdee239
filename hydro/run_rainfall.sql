-- The latest forecast of rain for each area, of those issued by $1.
SELECT DISTINCT ON (area) id, area, issued, received, source, class::text AS class, first, interval_s, mm
FROM hydro.rainfall
WHERE issued <= $1
ORDER BY area, issued DESC, id DESC
