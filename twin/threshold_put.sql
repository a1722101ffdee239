-- Sets a threshold; one of the same datastream, type, validity and season is replaced.
WITH given AS (
    SELECT d.id AS datastream, $2::text AS type, daterange($5::date, $6::date) AS valid, $7::smallint AS season_from
    FROM twin.datastream d WHERE d.code = $1
), changed AS (
    UPDATE twin.threshold t SET value = $3, datum = $4, season_to = $8, source = $9
    FROM given g
    WHERE t.datastream = g.datastream AND t.type = g.type AND t.valid = g.valid AND t.season_from IS NOT DISTINCT FROM g.season_from
    RETURNING t.id
)
INSERT INTO twin.threshold (datastream, type, value, datum, valid, season_from, season_to, source)
SELECT datastream, type, $3::double precision, $4::text, valid, season_from, $8::smallint, $9::text FROM given
WHERE NOT EXISTS (SELECT FROM changed)
