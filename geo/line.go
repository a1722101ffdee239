package geo

import (
	"math"

	"github.com/tidwall/rtree"
)

// WGS 84: equatorial radius in metres and squared eccentricity.
const (
	radius       = 6378137.0
	eccentricity = 0.00669437999014
)

// scale gives the metres per degree of longitude and of latitude at a latitude: the radii of curvature in the prime vertical and the
// meridian (Snyder, Map Projections, 1987, eq. 4-20 and 4-19).
func scale(lat float64) (east, north float64) {
	s := math.Sin(lat * math.Pi / 180)
	w := 1 - eccentricity*s*s
	n := radius / math.Sqrt(w)
	m := radius * (1 - eccentricity) / (w * math.Sqrt(w))
	return n * math.Cos(lat*math.Pi/180) * math.Pi / 180, m * math.Pi / 180
}

// Distance is the metres between two places; within 10 km it is right to a millionth.
func Distance(a, b Place) float64 {
	east, north := scale((a[1] + b[1]) / 2)
	return math.Hypot((b[0]-a[0])*east, (b[1]-a[1])*north)
}

// Length is the length of a line in metres.
func Length(line []Place) float64 {
	total := 0.0
	for i := 1; i < len(line); i++ {
		total += Distance(line[i-1], line[i])
	}
	return total
}

// Along is the place so many metres along a line; beyond its ends it is the end.
func Along(line []Place, metres float64) Place {
	for i := 1; i < len(line); i++ {
		d := Distance(line[i-1], line[i])
		if metres <= d && d > 0 {
			return between(line[i-1], line[i], math.Max(0, metres)/d)
		}
		metres -= d
	}
	return line[len(line)-1]
}

func between(a, b Place, t float64) Place {
	return Place{a[0] + t*(b[0]-a[0]), a[1] + t*(b[1]-a[1])}
}

// Project drops a place onto a line: how many metres along it comes to lie, and how many away it was.
func Project(line []Place, at Place) (along, away float64) {
	away = math.Inf(1)
	east, north := scale(at[1])
	done := 0.0
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		d := Distance(a, b)
		bx, by := (b[0]-a[0])*east, (b[1]-a[1])*north
		px, py := (at[0]-a[0])*east, (at[1]-a[1])*north
		t := 0.0
		if l := bx*bx + by*by; l > 0 {
			t = math.Min(1, math.Max(0, (px*bx+py*by)/l))
		}
		if gap := math.Hypot(px-t*bx, py-t*by); gap < away {
			away, along = gap, done+t*d
		}
		done += d
	}
	return along, away
}

// Cut is the part of a line from one distance along it to another, in metres.
func Cut(line []Place, from, to float64) []Place {
	out := []Place{Along(line, from)}
	done := 0.0
	for i := 1; i < len(line); i++ {
		done += Distance(line[i-1], line[i])
		if done > from+1e-6 && done < to-1e-6 {
			out = append(out, line[i])
		}
	}
	return append(out, Along(line, to))
}

// Bearing is the direction from a to b in degrees clockwise from north.
func Bearing(a, b Place) float64 {
	east, north := scale((a[1] + b[1]) / 2)
	return math.Mod(math.Atan2((b[0]-a[0])*east, (b[1]-a[1])*north)*180/math.Pi+360, 360)
}

// Offset is the place so many metres from p in a direction in degrees clockwise from north.
func Offset(p Place, bearing, metres float64) Place {
	east, north := scale(p[1])
	s, c := math.Sincos(bearing * math.Pi / 180)
	return Place{p[0] + metres*s/east, p[1] + metres*c/north}
}

// Crossing is where two lines of a set meet.
type Crossing struct {
	A, B           int     // the lines
	AlongA, AlongB float64 // metres along each
	At             Place
}

// Crossings finds where the lines of a set cross, touch or share a place, each pair of lines with A < B.
func Crossings(lines [][]Place) []Crossing {
	type edge struct {
		line  int
		a, b  Place
		start float64
	}
	var tree rtree.RTreeG[edge]
	var out []Crossing
	for i, line := range lines {
		start := 0.0
		var own []edge
		for k := 1; k < len(line); k++ {
			e := edge{i, line[k-1], line[k], start}
			start += Distance(e.a, e.b)
			own = append(own, e)
			low, high := box(e.a, e.b)
			tree.Search(low, high, func(_, _ [2]float64, o edge) bool {
				if s, t, ok := meet(o.a, o.b, e.a, e.b); ok {
					out = append(out, Crossing{o.line, i, o.start + s*Distance(o.a, o.b), e.start + t*Distance(e.a, e.b), between(e.a, e.b, t)})
				}
				return true
			})
		}
		for _, e := range own {
			low, high := box(e.a, e.b)
			tree.Insert(low, high, e)
		}
	}
	return out
}

func box(a, b Place) (low, high [2]float64) {
	return [2]float64{math.Min(a[0], b[0]), math.Min(a[1], b[1])}, [2]float64{math.Max(a[0], b[0]), math.Max(a[1], b[1])}
}

// meet says where two edges meet, as fractions of each. Parallel edges meet only where they share an end.
func meet(a, b, c, d Place) (s, t float64, ok bool) {
	rx, ry, qx, qy := b[0]-a[0], b[1]-a[1], d[0]-c[0], d[1]-c[1]
	cross := rx*qy - ry*qx
	if math.Abs(cross) < 1e-18 {
		switch {
		case a == c:
			return 0, 0, true
		case a == d:
			return 0, 1, true
		case b == c:
			return 1, 0, true
		case b == d:
			return 1, 1, true
		}
		return 0, 0, false
	}
	s = ((c[0]-a[0])*qy - (c[1]-a[1])*qx) / cross
	t = ((c[0]-a[0])*ry - (c[1]-a[1])*rx) / cross
	const slack = 1e-9
	return math.Min(1, math.Max(0, s)), math.Min(1, math.Max(0, t)), s >= -slack && s <= 1+slack && t >= -slack && t <= 1+slack
}
