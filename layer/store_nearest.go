package layer

import _ "embed"

// MaxNearest is how many nearest features can be asked for.
const MaxNearest = 1000

//go:embed nearest.sql
var nearestSQL string

// distance is SQL for how far a feature is that was found as one of the nearest: metres along the surface of the Earth, to the millimetre.
const distance = "round(n.distance::numeric, 3)"

// near is what is put into the statement for the features nearest to a place, a longitude and a latitude.
func (c *condition) near(place [2]float64) []string {
	const mapEnds = 85.06 // degrees; web mercator goes no further
	at := "ST_SetSRID(ST_MakePoint(" + c.arg(place[0]) + "::float8, " + c.arg(place[1]) + "::float8), 4326)"
	projected := "ST_Transform(ST_SetSRID(ST_MakePoint(" + c.arg(place[0]) + "::float8, " + c.arg(max(-mapEnds, min(mapEnds, place[1]))) + "::float8), 4326), 3857)"
	return []string{"{place}", at, "{projected}", projected, "{around}", around(at, "bound.m")}
}
