package tiles

import (
	"math"
	"slices"
)

// assembler joins segments to rings. It keeps its buffers for the next ones.
type assembler struct {
	numbers []uint64 // of the ways: where from and where to, packed; sorted
	ways    []way
	walked  []int32 // the ways of a walk
	stack   []int32 // of those, what is not part of a ring yet
	spots   []spot  // of all rings
	shells  [][]spot
	holes   [][]spot
	of      []int // the shell of each hole
	double  []spot
	out     [][]spot
	outer   []bool
}

// way is a segment that is gone one way.
type way struct {
	back  int32 // the same segment the other way
	first int32 // of the ways that leave from the same place, which follow each other
	next  int32 // after the last of them
	at    int32 // of the first of a place: where in the stack a walk is there; -1 for nowhere
	gone  bool
}

// placeMask is of a packed place.
const placeMask = 1<<(2*spotBits) - 1

// assemble joins segments between what is covered and what is not, each there once and sorted, to rings: it walks around everything that is covered with the covered
// side to the right, and at a place where several ways go on takes the sharpest turn to the right, so that what only touches comes apart. Each outer ring is
// followed by its holes.
func (a *assembler) assemble(segments []segment) (out [][]spot, outer []bool) {
	a.spots, a.shells, a.holes = a.spots[:0], a.shells[:0], a.holes[:0]
	a.lay(segments)
	for _, s := range segments {
		from, to := s.ends()
		i := a.find(packed(from)<<(2*spotBits) | packed(to))
		if a.ways[i].gone || a.ways[a.ways[i].back].gone { // one side of each is covered
			continue
		}
		if !coveredRight(segments, from, to) {
			i = int(a.ways[i].back)
		}
		a.apart(a.walk(int32(i)))
	}
	return a.arranged()
}

// lay sets the ways that segments can be gone.
func (a *assembler) lay(segments []segment) {
	a.numbers, a.ways = a.numbers[:0], a.ways[:0]
	for _, s := range segments {
		from, to := uint64(s>>(2*spotBits+1)), uint64(s>>1)&placeMask
		a.numbers = append(a.numbers, from<<(2*spotBits)|to, to<<(2*spotBits)|from)
	}
	slices.Sort(a.numbers)
	for first := 0; first < len(a.numbers); {
		next, place := first+1, a.numbers[first]>>(2*spotBits)
		for next < len(a.numbers) && a.numbers[next]>>(2*spotBits) == place {
			next++
		}
		for i := first; i < next; i++ {
			back := a.find(a.numbers[i]&placeMask<<(2*spotBits) | place)
			a.ways = append(a.ways, way{int32(back), int32(first), int32(next), -1, false})
		}
		first = next
	}
}

// find finds a way by its number.
func (a *assembler) find(number uint64) int {
	low, high := 0, len(a.numbers)
	for low < high {
		if mid := (low + high) / 2; a.numbers[mid] < number {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// walk goes from one way to the next until it is back, and says whether it may have come to a place twice.
func (a *assembler) walk(i int32) (again bool) {
	a.walked = a.walked[:0]
	for w := &a.ways[i]; !w.gone; w = &a.ways[i] {
		w.gone = true
		a.walked = append(a.walked, i)
		back := &a.ways[w.back]
		switch back.next - back.first {
		case 1:
			i = w.back
		case 2:
			i = back.first + back.next - 1 - w.back
		default:
			again = true
			from, at, sharpest := unpacked(a.numbers[w.back]), unpacked(a.numbers[i]), math.Inf(1)
			for k := back.first; k < back.next; k++ {
				if k == w.back {
					continue
				}
				if b := bend(from, at, unpacked(a.numbers[k])); b < sharpest {
					i, sharpest = k, b
				}
			}
		}
	}
	return again
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
func coveredRight(segments []segment, from, to spot) bool {
	mid := spot{from.x + to.x, from.y + to.y}
	upright := from.x == to.x
	odd := false
	for _, s := range segments {
		a, b := s.ends()
		if a, b = (spot{2 * a.x, 2 * a.y}), (spot{2 * b.x, 2 * b.y}); upright { // look west
			if (a.y > mid.y) != (b.y > mid.y) && before(spot{a.y, a.x}, spot{b.y, b.x}, spot{mid.y, mid.x}) {
				odd = !odd
			}
		} else if (a.x > mid.x) != (b.x > mid.x) && before(a, b, mid) { // look north
			odd = !odd
		}
	}
	// odd is of what lies just west or north of the way: of its right or of its left.
	if upright {
		if to.y < from.y { // northward: west is left
			return !odd
		}
		return odd
	}
	if to.x > from.x { // eastward: north is left
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

// apart makes rings of a walk; of one that comes to a place twice several that do not.
func (a *assembler) apart(again bool) {
	if !again {
		a.ring(a.walked)
		return
	}
	a.stack = a.stack[:0]
	for _, i := range a.walked {
		place := &a.ways[a.ways[i].first]
		if from := place.at; from >= 0 {
			a.ring(a.stack[from:])
			for _, k := range a.stack[from:] {
				a.ways[a.ways[k].first].at = -1
			}
			a.stack = a.stack[:from]
		}
		place.at = int32(len(a.stack))
		a.stack = append(a.stack, i)
	}
	a.ring(a.stack)
	for _, k := range a.stack {
		a.ways[a.ways[k].first].at = -1
	}
}

// ring adds the ring of some ways to the shells or the holes.
func (a *assembler) ring(ways []int32) {
	from := len(a.spots)
	for _, i := range ways {
		a.spots = append(a.spots, unpacked(a.numbers[a.ways[i].back]))
	}
	switch ring := tidy(a.spots[from:]); {
	case len(ring) == 0:
	case area(ring) > 0:
		a.shells = append(a.shells, ring)
	default:
		a.holes = append(a.holes, ring)
	}
}

// arranged puts each hole behind the smallest outer ring that holds it.
func (a *assembler) arranged() (out [][]spot, outer []bool) {
	a.of = a.of[:0]
	for _, hole := range a.holes {
		best, least := -1, int64(math.MaxInt64)
		for i, shell := range a.shells {
			if size := area(shell); size < least && -area(hole) <= size && a.holdsRing(shell, hole) {
				best, least = i, size
			}
		}
		a.of = append(a.of, best)
	}
	a.out, a.outer = a.out[:0], a.outer[:0]
	for i, shell := range a.shells {
		a.out, a.outer = append(a.out, shell), append(a.outer, true)
		for k, hole := range a.holes {
			if a.of[k] == i {
				a.out, a.outer = append(a.out, hole), append(a.outer, false)
			}
		}
	}
	return a.out, a.outer
}

// holdsRing says whether a ring that crosses no other is inside a shell. It may touch the shell, so the first of its places and middles of segments that is not on
// the shell decides. Places are doubled so that middles are on the grid.
func (a *assembler) holdsRing(shell, ring []spot) bool {
	a.double = a.double[:0]
	for _, p := range shell {
		a.double = append(a.double, spot{2 * p.x, 2 * p.y})
	}
	last := ring[len(ring)-1]
	for _, at := range ring {
		for _, p := range [2]spot{{2 * last.x, 2 * last.y}, {last.x + at.x, last.y + at.y}} {
			if !onRing(a.double, p) {
				return holds(a.double, p)
			}
		}
		last = at
	}
	return false
}

// onRing says whether a place is on a ring.
func onRing(ring []spot, p spot) bool {
	a := ring[len(ring)-1]
	for _, b := range ring {
		if turn(a, b, p) == 0 && p.x >= min(a.x, b.x) && p.x <= max(a.x, b.x) && p.y >= min(a.y, b.y) && p.y <= max(a.y, b.y) {
			return true
		}
		a = b
	}
	return false
}
