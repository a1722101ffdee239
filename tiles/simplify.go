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

// simplify sets levels, by the method of Douglas and Peucker, and greatest. Points have neither.
func (s *shape) simplify() {
	if s.sort != lines && s.sort != polygons {
		return
	}
	s.levels = make([]uint8, len(s.coords)/2)
	from := 0
	for i, end := range s.ends {
		to := int(end) / 2
		r := run{s, from, to - from}
		if s.sort == lines {
			r.between(0, r.n-1, 0)
		} else {
			far := r.farthest()
			r.between(0, far, 0)
			r.between(far, r.n, 0)
			if s.outer[i] {
				s.greatest = max(s.greatest, r.size())
			}
		}
		from = to
	}
}

// minZ is the first zoom level at which anything of the shape is seen.
func (s *shape) minZ() int {
	if s.sort != polygons {
		return 0
	}
	return int(seenFrom(math.Sqrt(s.greatest)))
}

// run is a line or ring of a shape: its first place and how many there are. Beyond the last comes the first again.
type run struct {
	s       *shape
	from, n int
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

// farthest is the place of a ring that is farthest from its first.
func (r run) farthest() (far int) {
	x0, y0 := r.at(0)
	most := -1.0
	for i := range r.n {
		x, y := r.at(i)
		if d := (x-x0)*(x-x0) + (y-y0)*(y-y0); d > most {
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
			if d := r.stray(i, a, b); d > most {
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

// stray is the square of the distance of a place from the segment between two others.
func (r run) stray(i, a, b int) float64 {
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
