package geo

import "math"

// GCJ-02 and BD-09 are the shifted coordinates of Chinese public maps. The shift of GCJ-02 is not published; the formulas are those that
// have circulated since 2010 (eviltransform and its kin), on the ellipsoid of Krasovsky 1940. Outside China nothing is shifted.
const (
	krasovskyRadius       = 6378245.0
	krasovskyEccentricity = 0.00669342162296594323
)

// FromGCJ02 un-shifts a GCJ-02 place to WGS 84. The inverse is found by iteration, to a nanodegree.
func FromGCJ02(p Place) Place {
	w := p
	for range 20 {
		g := toGCJ02(w)
		dx, dy := g[0]-p[0], g[1]-p[1]
		w[0], w[1] = w[0]-dx, w[1]-dy
		if math.Abs(dx) < 1e-10 && math.Abs(dy) < 1e-10 {
			break
		}
	}
	return w
}

// FromBD09 un-shifts a BD-09 place to WGS 84.
func FromBD09(p Place) Place {
	const turn = math.Pi * 3000 / 180
	x, y := p[0]-0.0065, p[1]-0.006
	z := math.Hypot(x, y) - 0.00002*math.Sin(y*turn)
	theta := math.Atan2(y, x) - 0.000003*math.Cos(x*turn)
	return FromGCJ02(Place{z * math.Cos(theta), z * math.Sin(theta)})
}

// toGCJ02 shifts a WGS 84 place.
func toGCJ02(p Place) Place {
	if p[0] < 72.004 || p[0] > 137.8347 || p[1] < 0.8293 || p[1] > 55.8271 {
		return p
	}
	x, y := p[0]-105, p[1]-35
	wave := (20*math.Sin(6*x*math.Pi) + 20*math.Sin(2*x*math.Pi)) * 2 / 3
	dLat := -100 + 2*x + 3*y + 0.2*y*y + 0.1*x*y + 0.2*math.Sqrt(math.Abs(x)) + wave +
		(20*math.Sin(y*math.Pi)+40*math.Sin(y/3*math.Pi))*2/3 + (160*math.Sin(y/12*math.Pi)+320*math.Sin(y*math.Pi/30))*2/3
	dLon := 300 + x + 2*y + 0.1*x*x + 0.1*x*y + 0.1*math.Sqrt(math.Abs(x)) + wave +
		(20*math.Sin(x*math.Pi)+40*math.Sin(x/3*math.Pi))*2/3 + (150*math.Sin(x/12*math.Pi)+300*math.Sin(x/30*math.Pi))*2/3
	s, c := math.Sincos(p[1] * math.Pi / 180)
	w := 1 - krasovskyEccentricity*s*s
	m := krasovskyRadius * (1 - krasovskyEccentricity) / (w * math.Sqrt(w))
	n := krasovskyRadius / math.Sqrt(w)
	return Place{p[0] + dLon/(n*c*math.Pi/180), p[1] + dLat/(m*math.Pi/180)}
}

// Grid4 is a city grid tied to a national one by four parameters: a plane similarity.
type Grid4 struct {
	DX, DY   float64 // metres
	Rotation float64 // seconds of arc, anticlockwise
	Scale    float64 // parts per million
}

// Apply takes a place of the city grid, x east and y north in metres, to the national grid.
func (g Grid4) Apply(p Place) Place {
	s, c := math.Sincos(g.Rotation / 3600 * math.Pi / 180)
	m := 1 + g.Scale*1e-6
	return Place{g.DX + m*(p[0]*c-p[1]*s), g.DY + m*(p[0]*s+p[1]*c)}
}
