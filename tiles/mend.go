package tiles

import (
	"cmp"
	"math"
	"slices"
)

// A polygon of a tile must be valid by MVT 2 (4.3.3.3): rings that cross neither themselves nor each other, outer ones clockwise, each followed by its holes, which
// go the other way. What lay apart by less than the grid may have fallen together on it, and what was cut may hang together along the edge of the tile. Most
// polygons are valid as they are, which clean finds out; the others are put together anew by mend.

// clean says whether rings, tidied, make a valid polygon: no two segments meet but where one follows the other, every ring goes the way that it should, and each
// hole is inside the outer ring before it.
func clean(rings [][]spot, outer []bool) bool {
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
	return len(rings) == 1 && convex(rings[0]) || !touching(rings)
}

// convex says whether a ring that goes clockwise has no turn to the left and goes around once.
func convex(ring []spot) bool {
	turns := 0 // between going east and going west
	n := len(ring)
	for i, b := range ring {
		a, c := ring[(i+n-1)%n], ring[(i+1)%n]
		if turn(a, b, c) < 0 {
			return false
		}
		if (b.x > a.x) != (c.x > b.x) {
			turns++
		}
	}
	return turns == 2
}

// edge is a segment of a ring. Of segments that follow each other in a ring the numbers follow each other.
type edge struct {
	a, b                   spot
	minX, maxX, minY, maxY int64
	ring, number, count    int
}

func newEdge(a, b spot) edge {
	return edge{a: a, b: b, minX: min(a.x, b.x), maxX: max(a.x, b.x), minY: min(a.y, b.y), maxY: max(a.y, b.y)}
}

func edgesOf(rings [][]spot) []edge {
	n := 0
	for _, ring := range rings {
		n += len(ring)
	}
	out := make([]edge, 0, n)
	for r, ring := range rings {
		for i, a := range ring {
			e := newEdge(a, ring[(i+1)%len(ring)])
			e.ring, e.number, e.count = r, i, len(ring)
			out = append(out, e)
		}
	}
	return out
}

// few is up to how many segments every pair is looked at.
const few = 24

// pairs calls see with each two edges whose boxes meet, until it says that this is enough.
func pairs(edges []edge, see func(a, b *edge) (enough bool)) {
	if len(edges) > few {
		slices.SortFunc(edges, func(a, b edge) int { return cmp.Compare(a.minX, b.minX) })
	}
	for i := range edges {
		a := &edges[i]
		for j := i + 1; j < len(edges); j++ {
			b := &edges[j]
			if len(edges) > few && b.minX > a.maxX {
				break
			}
			if a.minX <= b.maxX && b.minX <= a.maxX && a.minY <= b.maxY && b.minY <= a.maxY && see(a, b) {
				return
			}
		}
	}
}

// touching says whether two segments meet that do not follow each other.
func touching(rings [][]spot) (found bool) {
	if len(rings) == 1 && len(rings[0]) <= few {
		return crossed(rings[0])
	}
	pairs(edgesOf(rings), func(a, b *edge) bool {
		if a.ring == b.ring && (b.number == (a.number+1)%a.count || a.number == (b.number+1)%a.count) {
			return false // tidied, they meet in their common place only
		}
		found = meet(a, b)
		return found
	})
	return found
}

// crossed is touching for one short ring.
func crossed(ring []spot) bool {
	n := len(ring)
	for i := range n - 2 {
		a, b := ring[i], ring[i+1]
		minX, maxX, minY, maxY := min(a.x, b.x), max(a.x, b.x), min(a.y, b.y), max(a.y, b.y)
		for j := i + 2; j < n && (i > 0 || j < n-1); j++ {
			c, d := ring[j], ring[(j+1)%n]
			if max(c.x, d.x) < minX || min(c.x, d.x) > maxX || max(c.y, d.y) < minY || min(c.y, d.y) > maxY {
				continue
			}
			s, t := turn(a, b, c), turn(a, b, d)
			u, v := turn(c, d, a), turn(c, d, b)
			if (s == 0 || t == 0 || (s > 0) != (t > 0)) && (u == 0 || v == 0 || (u > 0) != (v > 0)) {
				return true
			}
		}
	}
	return false
}

// meet says whether two segments whose boxes meet have a place in common.
func meet(s, t *edge) bool {
	a, b := turn(s.a, s.b, t.a), turn(s.a, s.b, t.b)
	c, d := turn(t.a, t.b, s.a), turn(t.a, t.b, s.b)
	return (a == 0 || b == 0 || (a > 0) != (b > 0)) && (c == 0 || d == 0 || (c > 0) != (d > 0))
}

// holds says whether a place is inside a ring. Of one on the ring it may say either.
func holds(ring []spot, p spot) (inside bool) {
	for i, a := range ring {
		b := ring[(i+1)%len(ring)]
		if (a.y > p.y) != (b.y > p.y) && (turn(a, b, p) > 0) == (b.y > a.y) {
			inside = !inside
		}
	}
	return inside
}

// maxRounds bounds how often mend looks for segments that cross. Each round puts places on the grid, which may make other segments cross; a few are enough.
const maxRounds = 24

// mend makes a valid polygon of what rings cover: a place is covered when a way from it to the outside crosses an odd number of segments, as ST_AsMVTGeom has it.
// Crossings are put on the grid. It returns each outer ring followed by its holes; nothing where nothing is covered.
func mend(rings [][]spot) (out [][]spot, outer []bool) {
	edges := edgesOf(rings)
	for range maxRounds {
		var done bool
		if edges, done = node(edges); done {
			break
		}
	}
	return assemble(odd(edges))
}

// node cuts segments where they meet, and says whether there was nothing to cut.
func node(edges []edge) (out []edge, done bool) {
	for i := range edges {
		edges[i].number = i // where its cuts are
	}
	cuts := make([][]spot, len(edges))
	cut := func(e *edge, p spot) {
		if p != e.a && p != e.b {
			cuts[e.number] = append(cuts[e.number], p)
		}
	}
	sorted := slices.Clone(edges)
	pairs(sorted, func(s, t *edge) bool {
		a, b := turn(s.a, s.b, t.a), turn(s.a, s.b, t.b)
		c, d := turn(t.a, t.b, s.a), turn(t.a, t.b, s.b)
		if a == 0 && on(s, t.a) {
			cut(s, t.a)
		}
		if b == 0 && on(s, t.b) {
			cut(s, t.b)
		}
		if c == 0 && on(t, s.a) {
			cut(t, s.a)
		}
		if d == 0 && on(t, s.b) {
			cut(t, s.b)
		}
		if a != 0 && b != 0 && c != 0 && d != 0 && (a > 0) != (b > 0) && (c > 0) != (d > 0) {
			at := float64(c) / float64(c-d) // how far along s
			p := spot{s.a.x + int64(math.Round(at*float64(s.b.x-s.a.x))), s.a.y + int64(math.Round(at*float64(s.b.y-s.a.y)))}
			cut(s, p)
			cut(t, p)
		}
		return false
	})
	done = true
	for i, e := range edges {
		if len(cuts[i]) == 0 {
			out = append(out, e)
			continue
		}
		done = false
		slices.SortFunc(cuts[i], func(p, q spot) int { return cmp.Compare(along(e, p), along(e, q)) })
		from := e.a
		for _, p := range append(cuts[i], e.b) {
			if p != from {
				out = append(out, newEdge(from, p))
				from = p
			}
		}
	}
	return out, done
}

// on says whether a place on the line of a segment is on the segment.
func on(e *edge, p spot) bool {
	return p.x >= e.minX && p.x <= e.maxX && p.y >= e.minY && p.y <= e.maxY
}

// along is how far along a segment a place lies.
func along(e edge, p spot) int64 { return (p.x-e.a.x)*(e.b.x-e.a.x) + (p.y-e.a.y)*(e.b.y-e.a.y) }

// odd are the segments that are there an odd number of times, whichever way they go: between what is covered and what is not.
func odd(edges []edge) [][2]spot {
	count := make(map[[2]spot]bool, len(edges))
	var order [][2]spot
	for _, e := range edges {
		k := [2]spot{e.a, e.b}
		if less(e.b, e.a) {
			k = [2]spot{e.b, e.a}
		}
		if _, seen := count[k]; !seen {
			order = append(order, k)
		}
		count[k] = !count[k]
	}
	return slices.DeleteFunc(order, func(k [2]spot) bool { return !count[k] })
}

func less(a, b spot) bool { return a.x < b.x || a.x == b.x && a.y < b.y }
