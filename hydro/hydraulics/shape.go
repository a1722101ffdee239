package hydraulics

import (
	"math"
	"slices"
)

// passage is what the solver asks of a section at a depth: area, surface width, and conveyance per area, which is the velocity at a slope of one, with its derivative.
type passage struct{ a, t, e, de float64 }

// k is the conveyance with its derivative.
func (f passage) k() (k, dk float64) { return f.a * f.e, f.t*f.e + f.a*f.de }

// shape is a section as the solver has it. Below the bed it holds nothing; above the crown of a closed one stands a slot.
type shape interface{ at(y float64) passage }

// shapeOf is the shape of a section: as its formulas have it where they are quick, else by a table.
func shapeOf(s Section) shape {
	if exact, ok := s.(shape); ok {
		return exact
	}
	return newTabled(s)
}

// at is what flows at a depth.
func (s *Trapezoid) at(y float64) passage {
	if y <= 0 {
		return passage{t: s.bottom}
	}
	a, p, t := (s.bottom+s.spread*y/2)*y, s.bottom+s.wall*y, s.bottom+s.spread*y
	r := math.Cbrt(a / p)
	e := r * r / s.n
	return passage{a, t, e, e * 2 / 3 * (t/a - s.wall/p)}
}

// slot is the width of the slot above the crown of a closed section, as a part of its greatest width. It only keeps pressure from being stiff: the scheme is implicit, so it may be narrow.
const slot = 1e-3

// tabled is a section by a table of depths, closest where the surface widens fastest: at the bed and at the crown. Between them the width is straight.
type tabled struct {
	pieces  []piece
	first   []int32 // the piece in which each of as many equal parts of the depth begins
	deepest float64
	last    passage // there
}

// piece is what flows from a depth on: area, width and velocity there, with what they change by a metre.
type piece struct{ y, a, t, dt, e, de float64 }

// How many pieces a table of a closed and of an open section has, and how deep the latter is: above, it goes on as it came.
const (
	closedPieces = 128
	openPieces   = 192
	openDepth    = 30 // m
)

// depths are the places of a table, and where it ends.
func depths(s Section) (out []float64, deepest float64) {
	deepest = s.Full()
	if !math.IsInf(deepest, 1) {
		for i := range closedPieces + 1 {
			out = append(out, deepest*(1-math.Cos(math.Pi*float64(i)/closedPieces))/2)
		}
		return out, deepest
	}
	for i := range openPieces + 1 {
		x := float64(i) / openPieces
		out = append(out, openDepth*x*x)
	}
	if irregular, ok := s.(*Irregular); ok { // its corners
		for _, b := range irregular.whole {
			if b.y > 0 && b.y < openDepth {
				out = append(out, b.y)
			}
		}
		slices.Sort(out)
		out = slices.CompactFunc(out, func(a, b float64) bool { return math.Abs(b-a) < 1e-9 })
	}
	return out, openDepth
}

func newTabled(s Section) *tabled {
	places, deepest := depths(s)
	t := &tabled{deepest: deepest}
	widest := 0.0
	for _, y := range places {
		widest = max(widest, s.Width(y))
	}
	var before passage
	for i, y := range places {
		at := passage{a: s.Area(y), t: max(s.Width(y), slot*widest)}
		if i == 0 {
			at.a = 0
		} else if at.a > 0 {
			at.e = s.Conveyance(y) / at.a
		}
		if i+1 == len(places) && !math.IsInf(s.Full(), 1) {
			at.t = slot * widest
		}
		if i > 0 { // of the width between two depths the area is the integral
			h := y - places[i-1]
			by := (at.a - before.a) / h * 2 / (before.t + at.t)
			t.pieces = append(t.pieces, piece{places[i-1], before.a, by * before.t, by * (at.t - before.t) / h, before.e, (at.e - before.e) / h})
		}
		before = at
	}
	t.last = before
	t.first = make([]int32, 4*len(t.pieces))
	for i, k := 0, 0; i < len(t.first); i++ {
		for k+1 < len(t.pieces) && t.pieces[k+1].y <= deepest*float64(i)/float64(len(t.first)) {
			k++
		}
		t.first[i] = int32(k)
	}
	return t
}

// at is what flows at a depth.
func (t *tabled) at(y float64) passage {
	if y <= 0 {
		return passage{t: t.pieces[0].t}
	}
	if y >= t.deepest {
		d, out := y-t.deepest, t.last
		out.a += out.t * d
		if out.t < t.last.a/t.deepest/10 { // a slot carries nothing: the conveyance stays
			out.e *= t.last.a / out.a
			out.de = -out.e * out.t / out.a
		}
		return out
	}
	k := int(t.first[min(int(y/t.deepest*float64(len(t.first))), len(t.first)-1)])
	for k+1 < len(t.pieces) && t.pieces[k+1].y <= y {
		k++
	}
	p := &t.pieces[k]
	d := y - p.y
	return passage{p.a + (p.t+p.dt*d/2)*d, p.t + p.dt*d, p.e + p.de*d, p.de}
}
