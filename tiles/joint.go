package tiles

import (
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

// add notes the ways of a shape; with only, from places that are known already.
func (c crossroads) add(s *shape, only bool) {
	from := 0
	for _, end := range s.ends {
		r := run{s, from, int(end)/2 - from}
		for i := range r.n {
			at := r.place(i)
			w, known := c[at]
			if only && !known {
				continue
			}
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
const maxJoined = 3_000_000

// simplifyAll simplifies every shape of a layer that tiles of low zoom levels hold.
func (t *table) simplifyAll() {
	if !t.low {
		return
	}
	total, all := 0, crossroads{}
	for _, e := range t.entities {
		total += len(e.shape.coords) / 2
	}
	for _, e := range t.entities {
		if total <= maxJoined && e.shape.sort > points {
			all.add(&e.shape, false)
		}
	}
	for _, e := range t.entities {
		if e.shape.sort > points {
			e.shape.simplify(all.joint)
			t.bytes += cap(e.shape.levels)
		}
	}
}

// simplify simplifies one shape with regard to its neighbours, and says whether that changed it.
func (t *table) simplify(e *entity) bool {
	if !t.low || e.shape.sort <= points {
		return false
	}
	near := crossroads{}
	near.add(&e.shape, false)
	for _, o := range t.neighbours(e.shape.box) {
		if o != e {
			near.add(&o.shape, true)
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
