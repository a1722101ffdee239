package source

import (
	"math"
	"slices"
	"strings"

	"basin/geo"
)

// footprint is the outline of an object on the ground, in the coordinates of its models: the surface of level 0 where there is one; else
// its ground surfaces; else what faces down at its lowest height, or what faces up where nothing faces down; else the convex hull of all
// its vertices. Nil when it has no models or covers no area.
func footprint(shapes []shape) geo.Geometry {
	for _, s := range shapes {
		if s.LOD == "0" || strings.HasPrefix(s.LOD, "0.") {
			if g := outlineOfSurfaces(s.Polygons); g != nil {
				return g
			}
		}
	}
	for _, s := range shapes {
		var ground [][][][3]float64
		for i, p := range s.Polygons {
			if s.labels[i] == "GroundSurface" {
				ground = append(ground, p)
			}
		}
		if g := outlineOfSurfaces(ground); g != nil {
			return g
		}
	}
	var all []geo.Place
	for _, s := range shapes {
		for _, p := range s.Polygons {
			for _, v := range p[0] {
				all = append(all, geo.Place{v[0], v[1]})
			}
		}
	}
	around := hull(all)
	if around == nil {
		return nil
	}
	for _, s := range shapes {
		lying := lying(s.Polygons)
		covered := 0.0
		for _, p := range lying {
			covered += math.Abs(area(flatRing(p[0])))
		}
		if covered < 0.2*area(around) { // a ledge, not the ground
			continue
		}
		if g := outlineOfSurfaces(lying); g != nil {
			return g
		}
	}
	return geo.Polygon(around)
}

// lying are the polygons of a model that make its outline: those that face down within a metre of its lowest vertex, or all of those that
// face up when none face down, or down when none face up.
func lying(polygons [][][][3]float64) [][][][3]float64 {
	lowest := math.Inf(1)
	for _, p := range polygons {
		for _, v := range p[0] {
			lowest = min(lowest, v[2])
		}
	}
	var up, down, ground [][][][3]float64
	for _, p := range polygons {
		n := normal(p[0])
		switch {
		case n > 0.1:
			up = append(up, p)
		case n < -0.1:
			down = append(down, p)
			low := math.Inf(1)
			for _, v := range p[0] {
				low = min(low, v[2])
			}
			if n < -0.7 && low < lowest+1 {
				ground = append(ground, p)
			}
		}
	}
	switch {
	case len(down) == 0:
		return up
	case len(up) == 0:
		return down
	}
	return ground
}

// normal is the upward part of a ring's unit normal, from -1 for facing down to 1 for facing up (Newell's method).
func normal(ring [][3]float64) float64 {
	var n [3]float64
	o := ring[0]
	for i := range ring {
		a, b := ring[i], ring[(i+1)%len(ring)]
		for k := range a {
			a[k], b[k] = a[k]-o[k], b[k]-o[k]
		}
		n[0] += (a[1] - b[1]) * (a[2] + b[2])
		n[1] += (a[2] - b[2]) * (a[0] + b[0])
		n[2] += (a[0] - b[0]) * (a[1] + b[1])
	}
	if l := math.Sqrt(n[0]*n[0] + n[1]*n[1] + n[2]*n[2]); l > 0 {
		return n[2] / l
	}
	return 0
}

// flatRing drops the heights of a ring.
func flatRing(ring [][3]float64) []geo.Place {
	out := make([]geo.Place, 0, len(ring))
	for _, v := range ring {
		if p := (geo.Place{v[0], v[1]}); len(out) == 0 || out[len(out)-1] != p {
			out = append(out, p)
		}
	}
	for len(out) > 1 && out[0] == out[len(out)-1] {
		out = out[:len(out)-1]
	}
	return out
}

// outlineOfSurfaces drops heights and joins polygons that share edges; where no rings come of that, it is the polygons side by side. Nil
// when they cover no area.
func outlineOfSurfaces(polygons [][][][3]float64) geo.Geometry {
	var plain [][][]geo.Place
	for _, p := range polygons {
		var rings [][]geo.Place
		turn := false
		for i, r := range p {
			ring := flatRing(r)
			size := area(ring)
			if len(ring) < 3 || size == 0 {
				if i == 0 {
					break
				}
				continue
			}
			if i == 0 {
				turn = size < 0
			}
			if turn {
				slices.Reverse(ring)
			}
			rings = append(rings, ring)
		}
		if len(rings) > 0 {
			plain = append(plain, rings)
		}
	}
	if len(plain) == 0 {
		return nil
	}
	if g, ok := dissolve(plain); ok {
		return g
	}
	parts := make([]geo.Geometry, len(plain))
	for i, rings := range plain {
		parts[i] = geo.Polygon(rings...)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	g, err := geo.MultiPolygon(parts)
	if err != nil {
		return nil
	}
	return g
}
