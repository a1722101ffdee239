package tiles

import (
	"math"
	"slices"
)

// assemble joins segments between what is covered and what is not to rings: it walks around everything that is covered with the covered side to the right, and at
// a place where several ways go on takes the sharpest turn to the right, so that what only touches comes apart. Each outer ring is followed by its holes.
func assemble(segments [][2]spot) (out [][]spot, outer []bool) {
	leaving := map[spot][]spot{} // from each place, where segments lead
	for _, s := range segments {
		leaving[s[0]] = append(leaving[s[0]], s[1])
		leaving[s[1]] = append(leaving[s[1]], s[0])
	}
	walked := make(map[[2]spot]bool, 2*len(segments))
	var shells, holes [][]spot
	for _, way := range segments {
		back := [2]spot{way[1], way[0]}
		if walked[way] || walked[back] { // one side of each is covered
			continue
		}
		if !coveredRight(segments, way) {
			way = back
		}
		for _, ring := range apart(walk(leaving, walked, way)) {
			switch ring = tidy(ring); {
			case len(ring) == 0:
			case area(ring) > 0:
				shells = append(shells, ring)
			default:
				holes = append(holes, ring)
			}
		}
	}
	return arranged(shells, holes)
}

// walk follows segments from one to the next until it is back, and notes which ways it went.
func walk(leaving map[spot][]spot, walked map[[2]spot]bool, way [2]spot) (ring []spot) {
	for !walked[way] {
		walked[way] = true
		ring = append(ring, way[0])
		from, at := way[0], way[1]
		var best spot
		sharpest := math.Inf(1)
		for _, to := range leaving[at] {
			if to == from && len(leaving[at]) > 1 {
				continue
			}
			if a := bend(from, at, to); a < sharpest {
				best, sharpest = to, a
			}
		}
		way = [2]spot{at, best}
	}
	return ring
}

// bend is the angle from the way back to the way on, counted so that the sharpest turn to the right on a map is the least.
func bend(from, at, to spot) float64 {
	back := math.Atan2(float64(from.y-at.y), float64(from.x-at.x))
	on := math.Atan2(float64(to.y-at.y), float64(to.x-at.x))
	a := back - on
	if a <= 0 {
		a += 2 * math.Pi
	}
	return a
}

// coveredRight says whether what lies to the right of a way on a map is covered: whether a way from there to the outside crosses an odd number of segments. It
// looks from just beside the middle of the way; places are doubled so that the middle is on the grid.
func coveredRight(segments [][2]spot, way [2]spot) bool {
	mid := spot{way[0].x + way[1].x, way[0].y + way[1].y}
	upright := way[0].x == way[1].x
	odd := false
	for _, s := range segments {
		a, b := spot{2 * s[0].x, 2 * s[0].y}, spot{2 * s[1].x, 2 * s[1].y}
		if upright { // look west
			if (a.y > mid.y) != (b.y > mid.y) && before(spot{a.y, a.x}, spot{b.y, b.x}, spot{mid.y, mid.x}) {
				odd = !odd
			}
		} else if (a.x > mid.x) != (b.x > mid.x) && before(a, b, mid) { // look north
			odd = !odd
		}
	}
	// odd is of what lies just west or north of the way: of its right or of its left.
	if upright {
		if way[1].y < way[0].y { // northward: west is left
			return !odd
		}
		return odd
	}
	if way[1].x > way[0].x { // eastward: north is left
		return !odd
	}
	return odd
}

// before says whether a segment passes p with a lower y; one that holds p does not.
func before(a, b, p spot) bool {
	if a.x > b.x {
		a, b = b, a
	}
	return (p.y-a.y)*(b.x-a.x) > (b.y-a.y)*(p.x-a.x)
}

// apart cuts a walk that comes to a place twice into rings that do not.
func apart(walked []spot) (rings [][]spot) {
	at := map[spot]int{}
	var stack []spot
	for _, p := range walked {
		if i, again := at[p]; again {
			rings = append(rings, slices.Clone(stack[i:]))
			for _, q := range stack[i:] {
				delete(at, q)
			}
			stack = stack[:i]
		}
		at[p] = len(stack)
		stack = append(stack, p)
	}
	return append(rings, stack)
}

// arranged puts each hole behind the smallest outer ring that holds it.
func arranged(shells, holes [][]spot) (out [][]spot, outer []bool) {
	of := make([][][]spot, len(shells))
	for _, hole := range holes {
		best, least := -1, int64(math.MaxInt64)
		for i, shell := range shells {
			if size := area(shell); size < least && -area(hole) <= size && holdsRing(shell, hole) {
				best, least = i, size
			}
		}
		if best >= 0 {
			of[best] = append(of[best], hole)
		}
	}
	for i, shell := range shells {
		out, outer = append(out, shell), append(outer, true)
		for _, hole := range of[i] {
			out, outer = append(out, hole), append(outer, false)
		}
	}
	return out, outer
}

// holdsRing says whether a ring that crosses no other is inside a shell. It may touch the shell, so the first of its places and middles of segments that is not on
// the shell decides. Places are doubled so that middles are on the grid.
func holdsRing(shell, ring []spot) bool {
	double := make([]spot, len(shell))
	for i, p := range shell {
		double[i] = spot{2 * p.x, 2 * p.y}
	}
	for i, a := range ring {
		b := ring[(i+1)%len(ring)]
		for _, p := range [2]spot{{2 * a.x, 2 * a.y}, {a.x + b.x, a.y + b.y}} {
			if !onRing(double, p) {
				return holds(double, p)
			}
		}
	}
	return false
}

// onRing says whether a place is on a ring.
func onRing(ring []spot, p spot) bool {
	for i, a := range ring {
		e := newEdge(a, ring[(i+1)%len(ring)])
		if turn(e.a, e.b, p) == 0 && on(&e, p) {
			return true
		}
	}
	return false
}
