package source

import (
	"errors"
	"math"
	"slices"

	"basin/geo"
)

// joinRings joins pieces of lines end to end into closed rings; open is how many pieces are left over.
func joinRings(pieces [][]geo.Place) (rings [][]geo.Place, open int) {
	ends := map[geo.Place][]int{}
	used := make([]bool, len(pieces))
	for i, p := range pieces {
		if first, last := p[0], p[len(p)-1]; first != last {
			ends[first] = append(ends[first], i)
			ends[last] = append(ends[last], i)
		}
	}
	for i, p := range pieces {
		if used[i] {
			continue
		}
		used[i] = true
		ring, took := slices.Clone(p), 1
		for ring[0] != ring[len(ring)-1] {
			at := ring[len(ring)-1]
			next := -1
			for _, k := range ends[at] {
				if !used[k] {
					next = k
					break
				}
			}
			if next < 0 {
				break
			}
			used[next] = true
			took++
			piece := slices.Clone(pieces[next])
			if piece[0] != at {
				slices.Reverse(piece)
			}
			ring = append(ring, piece[1:]...)
		}
		if ring[0] == ring[len(ring)-1] && len(ring) >= 4 {
			rings = append(rings, ring)
		} else {
			open += took
		}
	}
	return rings, open
}

// nest puts each hole into the smallest ring that holds it and makes a polygon or a multi-polygon. A hole in no ring is dropped.
func nest(rings, holes [][]geo.Place) (geo.Geometry, error) {
	if len(rings) == 0 {
		return nil, errors.New("there is no ring")
	}
	parts := make([][][]geo.Place, len(rings))
	shapes := make([]geo.Geometry, len(rings))
	for i, r := range rings {
		parts[i] = [][]geo.Place{r}
		shapes[i] = geo.Polygon(r)
	}
	for _, h := range holes {
		best, size := -1, math.Inf(1)
		for i := range rings {
			if a := math.Abs(area(rings[i])); a < size && holds(shapes[i], h) {
				best, size = i, a
			}
		}
		if best >= 0 {
			parts[best] = append(parts[best], h)
		}
	}
	polygons := make([]geo.Geometry, len(parts))
	for i, p := range parts {
		polygons[i] = geo.Polygon(p...)
	}
	if len(polygons) == 1 {
		return polygons[0], geo.Check(polygons[0])
	}
	m, err := geo.MultiPolygon(polygons)
	if err != nil {
		return nil, err
	}
	return m, geo.Check(m)
}

// holds says whether most of up to nine places of a ring lie within an area; its own edges may touch the ring.
func holds(g geo.Geometry, ring []geo.Place) bool {
	in, seen := 0, 0
	step := max(1, len(ring)/8)
	for i := 0; i+1 < len(ring); i += step {
		middle := geo.Place{(ring[i][0] + ring[i+1][0]) / 2, (ring[i][1] + ring[i+1][1]) / 2}
		seen++
		if geo.Contains(g, middle) {
			in++
		}
	}
	return in*2 > seen
}

// area is a ring's area in the square of its units; anticlockwise is positive.
func area(ring []geo.Place) float64 {
	if len(ring) == 0 {
		return 0
	}
	sum, o := 0.0, ring[0]
	for i := range ring {
		a, b := ring[i], ring[(i+1)%len(ring)]
		sum += (a[0]-o[0])*(b[1]-o[1]) - (b[0]-o[0])*(a[1]-o[1])
	}
	return sum / 2
}

// hull is the convex hull of places, anticlockwise and closed; nil when they lie on a line.
func hull(places []geo.Place) []geo.Place {
	p := slices.Clone(places)
	slices.SortFunc(p, func(a, b geo.Place) int {
		if a[0] != b[0] {
			if a[0] < b[0] {
				return -1
			}
			return 1
		}
		switch {
		case a[1] < b[1]:
			return -1
		case a[1] > b[1]:
			return 1
		}
		return 0
	})
	p = slices.Compact(p)
	if len(p) < 3 {
		return nil
	}
	half := func(p []geo.Place) []geo.Place {
		var out []geo.Place
		for _, c := range p {
			for len(out) > 1 {
				a, b := out[len(out)-2], out[len(out)-1]
				if (b[0]-a[0])*(c[1]-a[1])-(b[1]-a[1])*(c[0]-a[0]) > 0 {
					break
				}
				out = out[:len(out)-1]
			}
			out = append(out, c)
		}
		return out
	}
	lower := half(p)
	slices.Reverse(p)
	upper := half(p)
	ring := slices.Concat(lower, upper[1:])
	if len(ring) < 4 {
		return nil
	}
	return ring
}

// dissolve joins polygons that share edges, as those of a surface do: edges that two of them run along in opposite directions vanish, and
// what is left are the rings of the whole. All polygons must turn the same way, as seen from above; false when no rings come of it.
func dissolve(polygons [][][]geo.Place) (geo.Geometry, bool) {
	type edge struct{ a, b geo.Place }
	count := map[edge]int{}
	var order []edge
	for _, rings := range polygons {
		for _, ring := range rings {
			for i := range ring {
				e := edge{ring[i], ring[(i+1)%len(ring)]}
				if e.a == e.b {
					continue
				}
				if back := (edge{e.b, e.a}); count[back] > 0 {
					count[back]--
					continue
				}
				count[e]++
				order = append(order, e)
			}
		}
	}
	next := map[geo.Place]geo.Place{}
	var starts []geo.Place
	for _, e := range order {
		if count[e] == 0 {
			continue
		}
		if _, taken := next[e.a]; taken || count[e] > 1 {
			return nil, false // rings touch: which way to turn is not clear
		}
		count[e] = 0
		next[e.a] = e.b
		starts = append(starts, e.a)
	}
	var outer, inner [][]geo.Place
	for _, start := range starts {
		var ring []geo.Place
		for at := start; ; {
			to, ok := next[at]
			if !ok {
				break
			}
			delete(next, at)
			ring = append(ring, at)
			at = to
		}
		if len(ring) == 0 {
			continue
		}
		if len(ring) < 3 {
			return nil, false
		}
		ring = append(ring, ring[0])
		if area(ring) > 0 {
			outer = append(outer, ring)
		} else {
			inner = append(inner, ring)
		}
	}
	g, err := nest(outer, inner)
	return g, err == nil
}
