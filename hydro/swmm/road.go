package swmm

import (
	"math"

	"basin/hydro/hydraulics"
)

// road is a road that water runs over, as SWMM has it: Q = k·C·L·h^1.5, C by the head and k by how high the water stands below. Flow goes to nought within a centimetre of even levels, where
// the formula leaves some.
type road struct {
	crest, height, length float64
	width                 float64     // of the road, along the flow
	coefficient           float64     // √ft/s, where there is no surface
	surface               *roadTables // nil for none: then nothing below drowns it
}

// roadTables are the coefficients of a surface, √ft/s: by the head in feet; by the head over the width of the road, from 0.15 on; and the factor by the ratio of both heads. Source: FHWA, Bridge
// Waterways Analysis Model (RD-86/108), 1986, figure 10, as SWMM 5.2 tabulates it (both in the public domain).
type roadTables struct{ low, high, drowned hydraulics.Curve }

func pairs(v ...float64) hydraulics.Curve {
	var x, y []float64
	for i := 0; i < len(v); i += 2 {
		x, y = append(x, v[i]), append(y, v[i+1])
	}
	t, err := hydraulics.NewTable(x, y, false)
	if err != nil {
		panic(err) // the tables below rise
	}
	return t
}

// surfaceOf is that of PAVED or GRAVEL.
func surfaceOf(gravel bool) *roadTables {
	if gravel {
		return &roadTables{
			pairs(0, 2.5, 0.5, 2.7, 1, 2.8, 1.5, 2.9, 2, 2.98, 2.5, 3.02, 3, 3.03, 4, 3.05),
			pairs(0.15, 2.95, 0.3, 3.1),
			pairs(0.75, 1, 0.8, 0.985, 0.83, 0.97, 0.86, 0.93, 0.89, 0.9, 0.9, 0.87, 0.92, 0.8, 0.94, 0.7, 0.96, 0.6, 0.98, 0.5, 0.99, 0.4, 1, 0.24),
		}
	}
	return &roadTables{
		pairs(0, 2.85, 0.2, 2.95, 0.7, 3.03, 4, 3.05),
		pairs(0.15, 3.05, 0.25, 3.1),
		pairs(0.8, 1, 0.85, 0.98, 0.9, 0.92, 0.93, 0.85, 0.95, 0.8, 0.97, 0.7, 0.98, 0.6, 0.99, 0.5, 1, 0.4),
	}
}

// over is the flow from a higher to a lower head above the crest, m.
func (r *road) over(high, low float64) float64 {
	if high <= 0 || high <= low {
		return 0
	}
	h, c := high/foot, r.coefficient
	if s := r.surface; s != nil {
		if c = s.low.At(h); high/r.width > 0.15 {
			c = s.high.At(high / r.width)
		}
		c *= s.drowned.At(max(low, 0) / high)
	}
	const even = 0.01
	fade := min((high-max(low, 0))/even, 1)
	return c * r.length / foot * h * math.Sqrt(h) * fade * fade * (3 - 2*fade) * foot * foot * foot
}

// Flow is the discharge with its derivatives, by differences.
func (r *road) Flow(up, down, setting float64) (q, byUp, byDown float64) {
	crest := r.crest + (1-min(max(setting, 0), 1))*r.height
	f := func(up, down float64) float64 {
		if down > up {
			return -r.over(down-crest, up-crest)
		}
		return r.over(up-crest, down-crest)
	}
	const d = 1e-6
	return f(up, down), (f(up+d, down) - f(up-d, down)) / (2 * d), (f(up, down+d) - f(up, down-d)) / (2 * d)
}

// makeRoad makes a weir of the type ROADWAY, which has the width and the surface of the road.
func (b *build) makeRoad(l *link, shape *row) {
	r, length := l.row, b.unit.Length()
	road := &road{crest: b.crest(l, 4), height: shape.above(2) * length, length: shape.above(3) * length, coefficient: r.least(5) * b.unit.weir() / math.Sqrt(foot)}
	if r.has(10) {
		road.width = r.least(10) * length
	}
	if r.has(11) && road.width > 0 {
		if k := match(r.words[11], "PAVED", "GRAVEL"); k >= 0 {
			road.surface = surfaceOf(k == 1)
		}
	}
	flap := r.has(6) && r.yes(6)
	if r.err == nil && shape.err == nil {
		b.structure(l, road, 1, flap)
		b.reaches(l.from, l.in+road.height)
	}
}
