package tiles

import (
	"math"
	"math/bits"
)

// always is the zoom level from which on every place of a geometry counts.
const always = simplifyUpTo + 1

// seenFrom is the first zoom level at which a length in units of the world is a pixel of a tile: what is smaller is not seen.
func seenFrom(length float64) uint8 {
	if !(length > 0) {
		return always
	}
	z := math.Ceil(float64(32-bits.Len(pixels-1)) - math.Log2(length))
	return uint8(max(0, min(always, z)))
}

// simplify sets levels, by the method of Douglas and Peucker between places that always stay: ends of lines, and joints, where shapes that share places part. What
// two shapes share is simplified in both alike, whichever way they go along it, so that no gap opens between neighbours.
func (s *shape) simplify(joint func(place) bool) {
	s.levels = make([]uint8, len(s.coords)/2)
	from := 0
	for i, end := range s.ends {
		r := run{s, from, int(end)/2 - from}
		switch {
		case s.sort == lines:
			r.open(joint)
		case s.outer[i]:
			r.closed(joint, s.minZ)
		default:
			r.closed(joint, seenFrom(math.Sqrt(r.size())))
		}
		from = int(end) / 2
	}
}

// levelsFrom are the levels of the places from one on; nil where all count at every level.
func (s *shape) levelsFrom(coord int32) []uint8 {
	if s.levels == nil {
		return nil
	}
	return s.levels[coord/2:]
}

// place is a place of the world.
type place struct{ x, y int32 }

// before orders places.
func (p place) before(q place) bool { return p.x < q.x || p.x == q.x && p.y < q.y }

// run is a line or ring of a shape: its first place and how many there are. Beyond the last comes the first again.
type run struct {
	s       *shape
	from, n int
}

// open sets the levels of a line.
func (r run) open(joint func(place) bool) {
	last := 0
	for i := 1; i < r.n; i++ {
		if i == r.n-1 || joint(r.place(i)) {
			r.between(last, i, 0)
			last = i
		}
	}
}

// closed sets the levels of a ring that is to be seen from a zoom level on. One without two joints begins at its joint or the least of its places; the one farthest from
// that stays as well, and from that level on the one farthest from both, so that something is left of the ring.
func (r run) closed(joint func(place) bool, seen uint8) {
	var stay []int
	for i := range r.n {
		if joint(r.place(i)) {
			stay = append(stay, i)
		}
	}
	third := -1
	if len(stay) < 2 {
		first := r.least()
		if len(stay) == 1 {
			first = stay[0]
		}
		far := r.farthest(func(i int) float64 { return r.stray(i, first, first) })
		third = r.farthest(func(i int) float64 { return r.stray(i, first, far) })
		stay = []int{min(first, far), max(first, far)}
	}
	for i, from := range stay {
		to := stay[(i+1)%len(stay)]
		if to <= from {
			to += r.n
		}
		r.between(from, to, 0)
	}
	if third >= 0 {
		r.s.levels[r.from+third] = min(r.s.levels[r.from+third], seen)
	}
}

// least is the least place of a ring.
func (r run) least() (least int) {
	for i := range r.n {
		if r.place(i).before(r.place(least)) {
			least = i
		}
	}
	return least
}

func (r run) place(i int) place {
	i = r.from + i%r.n
	return place{r.s.coords[2*i], r.s.coords[2*i+1]}
}

func (r run) at(i int) (x, y float64) {
	i = r.from + i%r.n
	return float64(r.s.coords[2*i]), float64(r.s.coords[2*i+1])
}

// size is the area of a ring in square units.
func (r run) size() (sum float64) {
	x0, y0 := r.at(0)
	for i := range r.n {
		ax, ay := r.at(i)
		bx, by := r.at(i + 1)
		sum += (ax-x0)*(by-y0) - (bx-x0)*(ay-y0)
	}
	return math.Abs(sum) / 2
}

// farthest is the place of a ring that is farthest by some measure; of several, the least.
func (r run) farthest(by func(i int) float64) (far int) {
	most := -1.0
	for i := range r.n {
		if d := by(i); d > most || d == most && r.place(i).before(r.place(far)) {
			far, most = i, d
		}
	}
	return far
}

// between sets the levels of the places between two that stay from a level on.
func (r run) between(a, b int, parent uint8) {
	for b-a > 1 {
		far, most := a+1, -1.0
		for i := a + 1; i < b; i++ {
			if d := r.stray(i, a, b); d > most || d == most && r.place(i).before(r.place(far)) {
				far, most = i, d
			}
		}
		level := max(parent, seenFrom(math.Sqrt(most)))
		if level == always { // no other place between them counts earlier
			for i := a + 1; i < b; i++ {
				r.s.levels[r.from+i%r.n] = always
			}
			return
		}
		r.s.levels[r.from+far%r.n] = level
		r.between(a, far, level)
		a, parent = far, level
	}
}

// stray is the square of the distance of a place from the segment between two others, the same whichever of these comes first.
func (r run) stray(i, a, b int) float64 {
	if r.place(b).before(r.place(a)) {
		a, b = b, a
	}
	px, py := r.at(i)
	ax, ay := r.at(a)
	bx, by := r.at(b)
	dx, dy := bx-ax, by-ay
	t := 0.0
	if l := dx*dx + dy*dy; l > 0 {
		t = max(0, min(1, ((px-ax)*dx+(py-ay)*dy)/l))
	}
	ex, ey := px-ax-t*dx, py-ay-t*dy
	return ex*ex + ey*ey
}
