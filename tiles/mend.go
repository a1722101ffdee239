package tiles

import (
	"cmp"
	"math"
	"slices"
)

// A polygon of a tile must be valid by MVT 2 (4.3.3.3): rings that cross neither themselves nor each other, outer ones clockwise, each followed by its holes, which
// go the other way. What lay apart by less than the grid may have fallen together on it, and what was cut may hang together along the edge of the tile. Most
// polygons are valid as they are, which clean finds out; the others are put together anew by mend.

// mender finds out which polygons are valid and mends the others. It keeps its buffers for the next one, and is for one goroutine at a time.
type mender struct {
	segments []segment // sorted
	flat     []flat    // the same
	cuts     []cut
	assembler
}

// segment is a way between two places on the tile or in its margin, whichever way a ring goes it, packed into a number: from the place that is less, which comes
// first, to the other, 13 bits for each of their coordinates; the last bit says that it is fresh, not held against the others yet. Numbers sort from west to east.
type segment uint64

const (
	spotBits = 13
	spotMask = 1<<spotBits - 1
	fresh    = segment(1)
)

// packed is a place as a number.
func packed(p spot) uint64 { return uint64(p.x+margin)<<spotBits | uint64(p.y+margin) }

func unpacked(n uint64) spot {
	return spot{int64(n>>spotBits&spotMask) - margin, int64(n&spotMask) - margin}
}

func newSegment(a, b spot) segment {
	p, q := packed(a), packed(b)
	return segment(min(p, q)<<(2*spotBits+1)|max(p, q)<<1) | fresh
}

// ends are the two places of a segment, the lesser first.
func (s segment) ends() (a, b spot) {
	return unpacked(uint64(s >> (2*spotBits + 1))), unpacked(uint64(s >> 1))
}

// flat is a segment unpacked: its ends, of which a is the western one, and the box around it.
type flat struct {
	a, b       spot
	minY, maxY int64
	fresh      bool
}

// load takes the segments of rings.
func (m *mender) load(rings [][]spot) {
	m.segments = m.segments[:0]
	for _, ring := range rings {
		last := ring[len(ring)-1]
		for _, p := range ring {
			m.segments = append(m.segments, newSegment(last, p))
			last = p
		}
	}
	slices.Sort(m.segments)
}

// pairs calls see with each two segments whose boxes meet and of which one at least is fresh, until it says that this is enough.
func (m *mender) pairs(see func(i, j int) (enough bool)) {
	m.flat = m.flat[:0]
	for _, s := range m.segments {
		a, b := s.ends()
		m.flat = append(m.flat, flat{a, b, min(a.y, b.y), max(a.y, b.y), s&fresh != 0})
	}
	for i := range m.flat {
		s := &m.flat[i]
		for j := i + 1; j < len(m.flat); j++ {
			t := &m.flat[j]
			if t.a.x > s.b.x {
				break
			}
			if (s.fresh || t.fresh) && s.minY <= t.maxY && t.minY <= s.maxY && see(i, j) {
				return
			}
		}
	}
}

// clean says whether rings, tidied, make a valid polygon: no two segments meet but where one follows the other, every ring goes the way that it should, and each
// hole is inside the outer ring before it.
func (m *mender) clean(rings [][]spot, outer []bool) bool {
	last := -1
	for i, ring := range rings {
		if (area(ring) > 0) != outer[i] {
			return false
		}
		if outer[i] {
			last = i
		} else if last < 0 || !holds(rings[last], ring[0]) {
			return false
		}
	}
	switch {
	case len(rings) == 0:
		return true
	case len(rings) == 1 && convex(rings[0]):
		return true
	case len(rings) == 1 && len(rings[0]) <= few:
		return !crossed(rings[0])
	}
	return !m.touching(rings)
}

// convex says whether a ring that goes clockwise has no turn to the left and goes around once.
func convex(ring []spot) bool {
	turns := 0 // between going east and going west
	a, b := ring[len(ring)-2], ring[len(ring)-1]
	for _, c := range ring {
		if turn(a, b, c) < 0 {
			return false
		}
		if (b.x > a.x) != (c.x > b.x) {
			turns++
		}
		a, b = b, c
	}
	return turns == 2
}

// touching says whether two segments meet that do not follow each other. Tidied, those that do meet in their common place only; where a ring comes to a place again,
// or another ring does, more pairs than there are segments have a common place.
func (m *mender) touching(rings [][]spot) (found bool) {
	m.load(rings)
	common := 0
	m.pairs(func(i, j int) bool {
		s, t := &m.flat[i], &m.flat[j]
		if s.a == t.a || s.b == t.b || s.a == t.b || s.b == t.a {
			common++
			found = common > len(m.flat) || s.a == t.a && s.b == t.b
		} else {
			found = meet(s, t)
		}
		return found
	})
	return found
}

// few is up to how many places crossed is quicker than touching.
const few = 24

// crossed is touching for one short ring.
func crossed(ring []spot) bool {
	n := len(ring)
	for i := range n - 2 {
		a, b := ring[i], ring[i+1]
		minX, maxX, minY, maxY := min(a.x, b.x), max(a.x, b.x), min(a.y, b.y), max(a.y, b.y)
		for j := i + 2; j < n && (i > 0 || j < n-1); j++ {
			c, d := ring[j], ring[0]
			if j+1 < n {
				d = ring[j+1]
			}
			if max(c.x, d.x) < minX || min(c.x, d.x) > maxX || max(c.y, d.y) < minY || min(c.y, d.y) > maxY {
				continue
			}
			if meet(&flat{a: a, b: b}, &flat{a: c, b: d}) {
				return true
			}
		}
	}
	return false
}

// meet says whether two segments whose boxes meet have a place in common.
func meet(s, t *flat) bool {
	a, b := turn(s.a, s.b, t.a), turn(s.a, s.b, t.b)
	if a > 0 && b > 0 || a < 0 && b < 0 {
		return false
	}
	c, d := turn(t.a, t.b, s.a), turn(t.a, t.b, s.b)
	return (c <= 0 || d <= 0) && (c >= 0 || d >= 0)
}

// holds says whether a place is inside a ring. Of one on the ring it may say either.
func holds(ring []spot, p spot) (inside bool) {
	a := ring[len(ring)-1]
	for _, b := range ring {
		if (a.y > p.y) != (b.y > p.y) && (turn(a, b, p) > 0) == (b.y > a.y) {
			inside = !inside
		}
		a = b
	}
	return inside
}

// maxRounds bounds how often mend looks for segments that cross. Each round puts places on the grid, which may make other segments cross; a few are enough.
const maxRounds = 24

// mend makes a valid polygon of what rings cover: a place is covered when a way from it to the outside crosses an odd number of segments, as ST_AsMVTGeom has it.
// Crossings are put on the grid. It returns each outer ring followed by its holes, which are good until it is called again; nothing where nothing is covered.
func (m *mender) mend(rings [][]spot) (out [][]spot, outer []bool) {
	m.load(rings)
	m.odd()
	for range maxRounds {
		if m.node() {
			break
		}
	}
	return m.assemble(m.segments)
}

// odd leaves the segments that are there an odd number of times: those between what is covered and what is not.
func (m *mender) odd() {
	out := m.segments[:0]
	for _, s := range m.segments {
		if n := len(out); n > 0 && out[n-1]|fresh == s|fresh {
			out = out[:n-1]
		} else {
			out = append(out, s)
		}
	}
	m.segments = out
}

// cut is a place at which a segment is cut.
type cut struct {
	segment int
	along   int64 // how far along it
	at      spot
}

// cut cuts a segment at a place that is on it, or next to where it is crossed.
func (m *mender) cut(i int, p spot) {
	if s := &m.flat[i]; p != s.a && p != s.b {
		m.cuts = append(m.cuts, cut{i, (p.x-s.a.x)*(s.b.x-s.a.x) + (p.y-s.a.y)*(s.b.y-s.a.y), p})
	}
}

// node cuts segments where they meet, and says whether there was nothing to cut.
func (m *mender) node() (done bool) {
	m.cuts = m.cuts[:0]
	m.pairs(func(i, j int) bool {
		s, t := &m.flat[i], &m.flat[j]
		a, b := turn(s.a, s.b, t.a), turn(s.a, s.b, t.b)
		if a > 0 && b > 0 || a < 0 && b < 0 {
			return false
		}
		c, d := turn(t.a, t.b, s.a), turn(t.a, t.b, s.b)
		if a == 0 && on(s, t.a) {
			m.cut(i, t.a)
		}
		if b == 0 && on(s, t.b) {
			m.cut(i, t.b)
		}
		if c == 0 && on(t, s.a) {
			m.cut(j, s.a)
		}
		if d == 0 && on(t, s.b) {
			m.cut(j, s.b)
		}
		if a != 0 && b != 0 && c != 0 && d != 0 && (c > 0) != (d > 0) {
			at := float64(c) / float64(c-d) // how far along s
			p := spot{s.a.x + int64(math.Round(at*float64(s.b.x-s.a.x))), s.a.y + int64(math.Round(at*float64(s.b.y-s.a.y)))}
			m.cut(i, p)
			m.cut(j, p)
		}
		return false
	})
	if len(m.cuts) == 0 {
		return true
	}
	slices.SortFunc(m.cuts, func(p, q cut) int { return cmp.Or(cmp.Compare(p.segment, q.segment), cmp.Compare(p.along, q.along)) })
	for i := range m.segments {
		m.segments[i] &^= fresh
	}
	for k := 0; k < len(m.cuts); {
		i := m.cuts[k].segment
		from, first := m.flat[i].a, true
		add := func(p spot) {
			switch {
			case p == from:
			case first:
				m.segments[i], first = newSegment(from, p), false
			default:
				m.segments = append(m.segments, newSegment(from, p))
			}
			from = p
		}
		for ; k < len(m.cuts) && m.cuts[k].segment == i; k++ {
			add(m.cuts[k].at)
		}
		add(m.flat[i].b)
	}
	slices.Sort(m.segments)
	m.odd()
	return false
}

// on says whether a place on the line of a segment is on the segment.
func on(s *flat, p spot) bool {
	return p.x >= s.a.x && p.x <= s.b.x && p.y >= s.minY && p.y <= s.maxY
}
