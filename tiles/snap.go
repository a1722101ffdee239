package tiles

import (
	"math"
	"slices"
)

// The grid of a tile.
const (
	extent = 4096 // of the side of a tile
	margin = 64   // beyond each side, in which geometry goes on so that lines have no seams
	gridZ  = 20   // the zoom level at which the grid of a tile is the units of the world
)

// spot is a place on the grid of a tile, y to the south.
type spot struct{ x, y int64 }

// grid turns units of the world into those of a tile.
type grid struct {
	z      int
	ox, oy int64 // of the tile's corner, in its own units
}

func newGrid(z, x, y int) grid { return grid{z, int64(x) * extent, int64(y) * extent} }

// on is the place on the grid next to a place of the world.
func (g grid) on(x, y int32) spot {
	wx, wy := int64(x)+1<<31, int64(y)+1<<31
	if shift := gridZ - g.z; shift > 0 {
		half := int64(1) << (shift - 1)
		return spot{(wx+half)>>shift - g.ox, (wy+half)>>shift - g.oy}
	}
	return spot{wx<<(g.z-gridZ) - g.ox, wy<<(g.z-gridZ) - g.oy}
}

// holds says whether a place of the world is on the tile itself: each is on one tile of a zoom level.
func (g grid) holds(p place) bool {
	shift := 32 - g.z
	return (int64(p.x)+1<<31)>>shift == g.ox/extent && (int64(p.y)+1<<31)>>shift == g.oy/extent
}

// reach is the box of the world whose places are on the tile or in its margin.
func (g grid) reach() bounds {
	edge := func(units int64) int32 {
		if shift := gridZ - g.z; shift > 0 {
			units <<= shift
		} else {
			units >>= g.z - gridZ
		}
		return int32(max(math.MinInt32, min(math.MaxInt32, units-1<<31)))
	}
	return bounds{edge(g.ox - margin), edge(g.oy - margin), edge(g.ox + extent + margin), edge(g.oy + extent + margin)}
}

// inside says whether a box of the world is on the tile or in its margin as a whole.
func (g grid) inside(b bounds) bool {
	low, high := g.on(b.minX, b.minY), g.on(b.maxX, b.maxY)
	return low.x >= -margin && low.y >= -margin && high.x <= extent+margin && high.y <= extent+margin
}

// path puts a line on the grid, of which at low zoom levels not all places count; those that fall together are one.
func (g grid) path(out []spot, coords []int32, levels []uint8) []spot {
	from, level := len(out), uint8(always)
	if g.z <= simplifyUpTo && levels != nil {
		level = uint8(g.z)
	}
	for i := 0; i+1 < len(coords); i += 2 {
		if level < always && levels[i/2] > level {
			continue
		}
		p := g.on(coords[i], coords[i+1])
		if n := len(out); n == from || out[n-1] != p {
			out = append(out, p)
		}
	}
	return out
}

// clipLine cuts a line to the tile with its margin, and draws each piece that is inside and has two places at least. The pieces stand in a buffer, which it
// returns, and are good only while they are drawn.
func clipLine(line, piece []spot, draw func([]spot)) []spot {
	piece = piece[:0]
	finish := func() {
		if len(piece) > 1 {
			draw(piece)
		}
		piece = piece[:0]
	}
	next := beyond(line[0])
	for i := 1; i < len(line); i++ {
		a, b, ok := line[i-1], line[i], true
		before := next
		if next = beyond(b); before|next != 0 {
			ok = before&next == 0
			if ok {
				a, b, ok = clipSegment(a, b)
			}
		}
		if !ok {
			finish()
			continue
		}
		if n := len(piece); n == 0 || piece[n-1] != a {
			finish()
			piece = append(piece, a)
		}
		if a != b {
			piece = append(piece, b)
		}
		if b != line[i] {
			finish()
		}
	}
	finish()
	return piece
}

// beyond says beyond which sides of the tile with its margin a place lies, a bit for each: what lies beyond one side with both ends is nowhere inside.
func beyond(p spot) (sides uint8) {
	const low, high = -margin, extent + margin
	if p.x < low {
		sides = 1
	} else if p.x > high {
		sides = 2
	}
	if p.y < low {
		sides |= 4
	} else if p.y > high {
		sides |= 8
	}
	return sides
}

// clipSegment is the part of a segment on the tile or in its margin, by the method of Liang and Barsky.
func clipSegment(a, b spot) (spot, spot, bool) {
	const low, high = -margin, extent + margin
	dx, dy := float64(b.x-a.x), float64(b.y-a.y)
	from, to := 0.0, 1.0
	for _, edge := range [4][2]float64{{-dx, float64(a.x - low)}, {dx, float64(high - a.x)}, {-dy, float64(a.y - low)}, {dy, float64(high - a.y)}} {
		switch p, q := edge[0], edge[1]; {
		case p == 0 && q < 0:
			return a, b, false
		case p < 0:
			from = max(from, q/p)
		case p > 0:
			to = min(to, q/p)
		}
	}
	if from > to {
		return a, b, false
	}
	at := func(t float64) spot {
		return spot{a.x + int64(math.Round(dx*t)), a.y + int64(math.Round(dy*t))}
	}
	start, end := a, b
	if from > 0 {
		start = at(from)
	}
	if to < 1 {
		end = at(to)
	}
	return start, end, true
}

// clipRing cuts a ring to the tile with its margin, by the method of Sutherland and Hodgman: what was several pieces may hang together along the edge, which is
// for mend to part. It uses two buffers in turn and returns one of them.
func clipRing(ring []spot, buffers *[2][]spot) []spot {
	for side := range 4 {
		out := buffers[side%2][:0]
		for i, n := 0, len(ring); i < n; i++ {
			a, b := ring[i], ring[(i+1)%n]
			in, next := within(a, side), within(b, side)
			if in {
				out = append(out, a)
			}
			if in != next {
				out = append(out, crossing(a, b, side))
			}
		}
		buffers[side%2] = out
		ring = out
	}
	return ring
}

// within says whether a place is on the inner side of one of the four edges of the margin: west, east, north, south.
func within(p spot, side int) bool {
	switch side {
	case 0:
		return p.x >= -margin
	case 1:
		return p.x <= extent+margin
	case 2:
		return p.y >= -margin
	}
	return p.y <= extent+margin
}

// crossing is where a segment crosses an edge of the margin.
func crossing(a, b spot, side int) spot {
	edge := int64(-margin)
	if side%2 == 1 {
		edge = extent + margin
	}
	if side < 2 {
		return spot{edge, a.y + int64(math.Round(float64(edge-a.x)*float64(b.y-a.y)/float64(b.x-a.x)))}
	}
	return spot{a.x + int64(math.Round(float64(edge-a.y)*float64(b.x-a.x)/float64(b.y-a.y))), edge}
}

// tidy takes out of a ring what adds nothing: places that fall together, places on the straight line between those beside them, and spikes. Nothing is left of a
// ring without area.
func tidy(ring []spot) []spot {
	for {
		n := len(ring)
		ring = slices.Compact(ring)
		for len(ring) > 1 && ring[0] == ring[len(ring)-1] {
			ring = ring[:len(ring)-1]
		}
		if len(ring) < 3 {
			return nil
		}
		first, last, out := ring[0], ring[len(ring)-1], ring[:0]
		for i, at := range ring {
			before, after := last, first
			if i > 0 {
				before = ring[i-1]
			}
			if len(out) > 0 {
				before = out[len(out)-1]
			}
			if i+1 < len(ring) {
				after = ring[i+1]
			}
			if turn(before, at, after) != 0 {
				out = append(out, at)
			}
		}
		if ring = out; len(ring) == n {
			return ring
		}
	}
}

// turn is twice the area of a triangle: above zero where b lies to the right of the way from a to c on a map.
func turn(a, b, c spot) int64 { return (b.x-a.x)*(c.y-b.y) - (b.y-a.y)*(c.x-b.x) }

// area is twice the area of a ring: above zero for one that goes clockwise on a map.
func area(ring []spot) (sum int64) {
	for i, a := range ring {
		b := ring[(i+1)%len(ring)]
		sum += a.x*b.y - b.x*a.y
	}
	return sum
}

// straighten takes the places out of a line that lie on the straight way between those beside them.
func straighten(line []spot) []spot {
	out := line[:min(1, len(line))]
	for i := 1; i < len(line); i++ {
		if n := len(out); i+1 < len(line) && turn(out[n-1], line[i], line[i+1]) == 0 && ahead(out[n-1], line[i], line[i+1]) {
			continue
		}
		out = append(out, line[i])
	}
	return slices.Clip(out)
}

// ahead says whether the way from a by b to c goes on rather than back.
func ahead(a, b, c spot) bool { return (b.x-a.x)*(c.x-b.x)+(b.y-a.y)*(c.y-b.y) > 0 }
