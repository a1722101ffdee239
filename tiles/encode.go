package tiles

import (
	"basin/access"
)

// encoder makes tiles of tables. It keeps its buffers for the next tile, and is for one goroutine at a time.
type encoder struct {
	draft   draft
	found   []sized
	spots   []spot
	piece   []spot
	rings   [][]spot
	outer   []bool
	buffers [2][]spot
	mender  mender
}

// tile appends a table's layer of a tile, as a reader of that clearance may see it.
func (e *encoder) tile(out []byte, t *table, z, x, y int, clearance access.Class) []byte {
	g := newGrid(z, x, y)
	e.found = t.within(g, clearance, maxFeatures, e.found, func(*entity) bool { return true })
	e.draft.begin(len(t.keys), len(t.values))
	for _, f := range e.found {
		e.draft.pen = pen{out: e.draft.pen.out[:0]}
		if e.draw(g, &f.e.shape) {
			e.draft.add(f.e.gid, f.e.shape.sort, f.e.tags)
		}
	}
	return e.draft.finish(out, t.name, t.keys, t.values)
}

// labels appends the layer of a table's labels: each polygon's is on one tile of a zoom level.
func (e *encoder) labels(out []byte, t *table, z, x, y int, clearance access.Class) []byte {
	g := newGrid(z, x, y)
	e.found = t.within(g, clearance, maxFeatures, e.found, func(f *entity) bool { return f.shape.sort == polygons && g.holds(f.shape.label) })
	e.draft.begin(len(t.keys), len(t.values))
	for _, f := range e.found {
		e.draft.pen = pen{out: e.draft.pen.out[:0]}
		e.draft.pen.points([]spot{g.on(f.e.shape.label.x, f.e.shape.label.y)})
		e.draft.add(f.e.gid, points, f.e.tags)
	}
	return e.draft.finish(out, Labels(t.name), t.keys, t.values)
}

// draw writes a shape as it is on the grid of a tile, and says whether anything of it is there.
func (e *encoder) draw(g grid, s *shape) bool {
	whole := g.inside(s.box)
	e.spots = e.spots[:0]
	switch s.sort {
	case points:
		for i := 0; i < len(s.coords); i += 2 {
			if p := g.on(s.coords[i], s.coords[i+1]); whole || within(p, 0) && within(p, 1) && within(p, 2) && within(p, 3) {
				e.spots = append(e.spots, p)
			}
		}
		if len(e.spots) > 0 {
			e.draft.pen.points(e.spots)
		}
	case lines:
		from := int32(0)
		for _, end := range s.ends {
			e.spots = g.path(e.spots[:0], s.coords[from:end], s.levelsFrom(from))
			from = end
			if whole {
				e.stroke(e.spots)
				continue
			}
			if len(e.spots) > 0 {
				e.piece = clipLine(e.spots, e.piece, e.stroke)
			}
		}
	case polygons:
		e.fill(g, s, whole)
	}
	return len(e.draft.pen.out) > 0
}

// stroke writes a line that has some length.
func (e *encoder) stroke(line []spot) {
	if line = straighten(line); len(line) > 1 {
		e.draft.pen.line(line, false)
	}
}

// fill writes polygons.
func (e *encoder) fill(g grid, s *shape, whole bool) {
	e.rings, e.outer = e.rings[:0], e.outer[:0]
	from, shell := int32(0), false
	for i, end := range s.ends {
		coords, levels := s.coords[from:end], s.levelsFrom(from)
		from = end
		if !s.outer[i] && !shell {
			continue // a hole in what is not here
		}
		at := len(e.spots)
		e.spots = g.path(e.spots, coords, levels)
		ring := e.spots[at:]
		if !whole {
			e.spots = append(e.spots[:at], clipRing(ring, &e.buffers)...)
			ring = e.spots[at:]
		}
		ring = tidy(ring)
		e.spots = e.spots[:at+len(ring)]
		if s.outer[i] {
			shell = len(ring) > 0
		}
		if len(ring) > 0 {
			e.rings, e.outer = append(e.rings, ring), append(e.outer, s.outer[i])
		}
	}
	rings := e.rings
	if !e.mender.clean(rings, e.outer) {
		rings, _ = e.mender.mend(rings)
	}
	for _, ring := range rings {
		e.draft.pen.line(ring, true)
	}
}
