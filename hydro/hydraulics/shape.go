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
	y, a, t, e []float64
	by         []float64 // what the straight width of each piece is to be multiplied by for its integral to be the area
	first      []int32   // the piece in which each of as many equal parts of the depth begins
	deepest    float64
}

// pieces is how many a table of a closed section has, and one of an open section.
const pieces, openPieces = 128, 512

// openDepth is how deep the table of an open section is; above it goes on as it came.
const openDepth = 30

func newTabled(s Section) *tabled {
	depth, closed, pieces := s.Full(), true, pieces
	if math.IsInf(depth, 1) {
		depth, closed, pieces = openDepth, false, openPieces
	}
	t := &tabled{deepest: depth}
	for i := range pieces + 1 {
		x := float64(i) / float64(pieces)
		y := depth * x * x // closest at the bed
		if closed {
			y = depth * (1 - math.Cos(math.Pi*x)) / 2
		}
		t.y = append(t.y, y)
	}
	if irregular, ok := s.(*Irregular); ok { // its corners
		for _, b := range irregular.whole {
			if b.y > 0 && b.y < depth {
				t.y = append(t.y, b.y)
			}
		}
		slices.Sort(t.y)
		t.y = slices.CompactFunc(t.y, func(a, b float64) bool { return math.Abs(b-a) < 1e-9 })
	}
	widest := 0.0
	for _, y := range t.y {
		widest = max(widest, s.Width(y))
	}
	for i, y := range t.y {
		a, e := s.Area(y), 0.0
		if a > 0 && i > 0 {
			e = s.Conveyance(y) / a
		}
		t.t, t.a, t.e = append(t.t, max(s.Width(y), slot*widest)), append(t.a, a), append(t.e, e)
	}
	t.a[0] = 0
	if closed {
		t.t[len(t.t)-1] = slot * widest
	}
	for i := range len(t.y) - 1 { // of the width between two depths the area is the integral
		t.by = append(t.by, (t.a[i+1]-t.a[i])/(t.y[i+1]-t.y[i])*2/(t.t[i]+t.t[i+1]))
	}
	t.first = make([]int32, 4*pieces)
	for i, k := 0, 0; i < len(t.first); i++ {
		for k+2 < len(t.y) && t.y[k+1] <= depth*float64(i)/float64(len(t.first)) {
			k++
		}
		t.first[i] = int32(k)
	}
	return t
}

// at is what flows at a depth.
func (t *tabled) at(y float64) passage {
	n := len(t.y) - 1
	if y <= 0 {
		return passage{t: t.t[0]}
	}
	if y >= t.deepest {
		d := y - t.deepest
		out := passage{a: t.a[n] + t.t[n]*d, t: t.t[n], e: t.e[n]}
		if out.t < t.a[n]/t.deepest/10 { // a slot carries nothing: the conveyance stays
			out.e *= t.a[n] / out.a
			out.de = -out.e * out.t / out.a
		}
		return out
	}
	k := int(t.first[min(int(y/t.deepest*float64(len(t.first))), len(t.first)-1)])
	for k < n-1 && t.y[k+1] <= y {
		k++
	}
	h, d := t.y[k+1]-t.y[k], y-t.y[k]
	dt, de := (t.t[k+1]-t.t[k])/h, (t.e[k+1]-t.e[k])/h
	return passage{t.a[k] + t.by[k]*(t.t[k]+dt*d/2)*d, t.by[k] * (t.t[k] + dt*d), t.e[k] + de*d, de}
}
