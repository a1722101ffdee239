package tiles

import (
	"maps"
	"math/bits"
	"slices"
)

// Neighbours share their borders place by place. Where such a border begins and ends, and where a line leaves another, is a joint: a place from which the shapes that
// hold it go on to more than two others. Joints stay when shapes are simplified.

// ways are the places that shapes go on to from a place; more than three are not counted.
type ways struct {
	n  uint8
	to [3]place
}

func (w *ways) add(p place) {
	if w.n < 3 && !slices.Contains(w.to[:w.n], p) {
		w.to[w.n] = p
		w.n++
	}
}

// crossroads are the ways from each place of some shapes.
type crossroads map[place]ways

// add notes the ways of a shape, from the places that count.
func (c crossroads) add(s *shape, counts func(place) bool) {
	from := 0
	for _, end := range s.ends {
		r := run{s, from, int(end)/2 - from}
		for i := range r.n {
			at := r.place(i)
			if !counts(at) {
				continue
			}
			w := c[at]
			if s.sort == polygons || i > 0 {
				w.add(r.place(i + r.n - 1))
			}
			if s.sort == polygons || i < r.n-1 {
				w.add(r.place(i + 1))
			}
			c[at] = w
		}
		from = int(end) / 2
	}
}

func (c crossroads) joint(p place) bool { return c[p].n > 2 }

// maxJoined bounds how many places a layer may have whose shapes are simplified with regard to each other when it is read. In a larger one each is simplified by itself
// until it changes.
const maxJoined = 50_000_000

// simplifyAll simplifies every shape of a layer that tiles of low zoom levels hold.
func (t *table) simplifyAll() {
	if !t.low {
		return
	}
	drawn, total := make([]*entity, 0, len(t.entities)), 0
	for _, e := range t.entities {
		if e.shape.sort > points {
			drawn = append(drawn, e)
			total += len(e.shape.coords) / 2
		}
	}
	all := crossroads{}
	if total <= maxJoined {
		all = joints(drawn, total)
	}
	for _, e := range drawn {
		e.shape.simplify(all.joint)
		t.bytes += cap(e.shape.levels)
	}
}

// joints are the ways from the joints of shapes of so many places. A place that is there once is none: it has no more than two.
func joints(of []*entity, total int) crossroads {
	once, again, all := newSieve(total), newSieve(total), crossroads{}
	for _, e := range of {
		for i := 0; i < len(e.shape.coords); i += 2 {
			if p := (place{e.shape.coords[i], e.shape.coords[i+1]}); once.add(p) {
				again.add(p)
			}
		}
	}
	for _, e := range of {
		all.add(&e.shape, again.holds)
	}
	maps.DeleteFunc(all, func(_ place, w ways) bool { return w.n < 3 })
	return all
}

// sieve is a set of places that may hold a few more than were put in: a bit for each, at a place's hash.
type sieve struct {
	bits  []uint64
	shift int
}

// newSieve makes room for so many places, thirty-two bits or more for each.
func newSieve(n int) sieve {
	size := max(6, bits.Len(uint(n))+5)
	return sieve{make([]uint64, 1<<(size-6)), 64 - size}
}

func (s sieve) at(p place) (word int, bit uint64) {
	hash := (uint64(uint32(p.x))<<32 | uint64(uint32(p.y))) * 0x9e3779b97f4a7c15 >> s.shift
	return int(hash >> 6), 1 << (hash & 63)
}

// add puts a place in, and says whether it was there.
func (s sieve) add(p place) bool {
	word, bit := s.at(p)
	was := s.bits[word]&bit != 0
	s.bits[word] |= bit
	return was
}

func (s sieve) holds(p place) bool {
	word, bit := s.at(p)
	return s.bits[word]&bit != 0
}

// simplify simplifies one shape with regard to its neighbours, and says whether that changed it.
func (t *table) simplify(e *entity) bool {
	if !t.low || e.shape.sort <= points {
		return false
	}
	near := crossroads{}
	near.add(&e.shape, func(place) bool { return true })
	known := func(p place) bool {
		_, is := near[p]
		return is
	}
	for _, o := range t.neighbours(e.shape.box) {
		if o != e {
			near.add(&o.shape, known)
		}
	}
	old := e.shape.levels
	e.shape.simplify(near.joint)
	t.bytes += cap(e.shape.levels) - cap(old)
	return !slices.Equal(old, e.shape.levels)
}

// neighbours are the lines and polygons whose boxes meet a box.
func (t *table) neighbours(b bounds) (out []*entity) {
	t.tree.Search([2]int32{b.minX, b.minY}, [2]int32{b.maxX, b.maxY}, func(_, _ [2]int32, e *entity) bool {
		if e.shape.sort > points {
			out = append(out, e)
		}
		return true
	})
	return out
}
