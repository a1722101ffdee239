package tiles

import (
	"encoding/binary"
	"math"
	"slices"
)

// A label stands where a text has most room: in the middle of the widest stretch of a polygon at half of its height. It is the place that PostGIS names
// ST_PointOnSurface, by the method of InteriorPointArea in JTS and GEOS. Labels and sizes are computed from the numbers that PostGIS has, not from those of shape, so
// that both makers of tiles have the same labels and leave out the same features.

// run64 is a line or a ring as WKB has it: coordinates of 64 bits.
type run64 []byte

func (r run64) n() int { return len(r) / 16 }

func (r run64) at(i int) (x, y float64) {
	return math.Float64frombits(binary.LittleEndian.Uint64(r[16*i:])), math.Float64frombits(binary.LittleEndian.Uint64(r[16*i+8:]))
}

// area is that of a ring, in square metres of web mercator.
func (r run64) area() (sum float64) {
	if r.n() == 0 {
		return 0
	}
	x0, y0 := r.at(0)
	for i := 1; i < r.n(); i++ {
		ax, ay := r.at(i - 1)
		bx, by := r.at(i)
		sum += (ax-x0)*(by-y0) - (bx-x0)*(ay-y0)
	}
	return math.Abs(sum) / 2
}

// survey finds out the size of a geometry and the place for its label, in metres of web mercator.
type survey struct {
	lined                  bool // whether there was a line
	minX, minY, maxX, maxY float64
	area                   float64
	width, x, y            float64 // the widest stretch of the polygons, and its middle
	crossings              []float64
}

// result is the first zoom level at which a geometry of a sort is to be seen, and where its label stands. A line is seen where its box is a pixel wide or high, polygons
// where they are as large as a square pixel, points always.
func (s *survey) result(sort uint8) (minZ uint8, label place) {
	switch sort {
	case lines:
		return seenFrom(max(s.maxX-s.minX, s.maxY-s.minY) * worldUnit), place{}
	case polygons:
		return seenFrom(math.Sqrt(s.area) * worldUnit), place{unit(s.x), unit(-s.y)}
	}
	return 0, place{}
}

// line looks at a line.
func (s *survey) line(r run64) {
	if !s.lined {
		s.lined, s.minX, s.minY, s.maxX, s.maxY = true, math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	}
	for i := range r.n() {
		x, y := r.at(i)
		s.minX, s.minY, s.maxX, s.maxY = min(s.minX, x), min(s.minY, y), max(s.maxX, x), max(s.maxY, y)
	}
}

// polygon looks at a polygon: its outer ring and its holes. Of several polygons the one with the widest stretch has the label.
func (s *survey) polygon(rings []run64) {
	y := halfway(rings)
	s.crossings = s.crossings[:0]
	for i, r := range rings {
		s.cross(r, y)
		if i == 0 {
			s.area += r.area()
		} else {
			s.area -= r.area()
		}
	}
	slices.Sort(s.crossings)
	for i := 0; i+1 < len(s.crossings); i += 2 {
		if from, to := s.crossings[i], s.crossings[i+1]; to-from > s.width {
			s.width, s.x, s.y = to-from, (from+to)/2, y
		}
	}
}

// halfway is the middle between the two heights next to half of a polygon's height at which it has corners: no corner is there.
func halfway(rings []run64) float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for i := range rings[0].n() {
		_, y := rings[0].at(i)
		low, high = min(low, y), max(high, y)
	}
	middle := (low + high) / 2
	for _, r := range rings {
		for i := range r.n() {
			if _, y := r.at(i); y <= middle {
				low = max(low, y)
			} else {
				high = min(high, y)
			}
		}
	}
	return (low + high) / 2
}

// cross notes where a ring crosses a height. A segment that ends there counts from above only, one along it not at all.
func (s *survey) cross(r run64, y float64) {
	for i := 1; i < r.n(); i++ {
		ax, ay := r.at(i - 1)
		bx, by := r.at(i)
		if ay > y && by > y || ay < y && by < y || ay == by || ay == y && by < y || by == y && ay < y {
			continue
		}
		if ax == bx {
			s.crossings = append(s.crossings, ax)
		} else {
			s.crossings = append(s.crossings, ax+(y-ay)/((by-ay)/(bx-ax)))
		}
	}
}
