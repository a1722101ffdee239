package hydraulics

import (
	"math"
	"slices"
)

// band is a part of a section between two depths, over which width and wetted perimeter change linearly: area is exact.
type band struct {
	y       float64 // the lower edge
	a, w, p float64 // below it, at it, below it
	dw, dp  float64 // per metre above it
}

// bands are the parts of a section from the bed up; the last has no end.
type bands []band

// at finds the band of a depth and how far above its lower edge that is.
func (b bands) at(y float64) (*band, float64) {
	low, high := 0, len(b)
	for high-low > 1 {
		if mid := (low + high) / 2; b[mid].y <= y {
			low = mid
		} else {
			high = mid
		}
	}
	return &b[low], max(y-b[low].y, 0)
}

func (b bands) area(y float64) float64 {
	part, d := b.at(y)
	return part.a + (part.w+part.dw*d/2)*d
}

func (b bands) width(y float64) float64 {
	part, d := b.at(y)
	return part.w + part.dw*d
}

func (b bands) perimeter(y float64) float64 {
	part, d := b.at(y)
	return part.p + part.dp*d
}

// side is a straight piece of a bed: its horizontal length and the depths at both ends.
type side struct{ run, y0, y1 float64 }

// cut makes the bands of pieces of a bed.
func cut(sides []side) bands {
	edges := []float64{0}
	for _, s := range sides {
		edges = append(edges, s.y0, s.y1)
	}
	edges = slices.DeleteFunc(edges, func(y float64) bool { return math.IsInf(y, 1) })
	slices.Sort(edges)
	edges = slices.Compact(edges)
	out := make(bands, len(edges))
	for i, y := range edges {
		out[i].y = y
		if i > 0 {
			below, d := out[i-1], y-edges[i-1]
			out[i].a = below.a + (below.w+below.dw*d/2)*d
			out[i].w, out[i].p = below.w+below.dw*d, below.p+below.dp*d
		}
		for _, s := range sides {
			s.into(&out[i])
		}
	}
	return out
}

// into adds to a band the ledge that lies at its lower edge, or the slope through it.
func (s side) into(b *band) {
	low, high := min(s.y0, s.y1), max(s.y0, s.y1)
	switch {
	case low == high:
		if low == b.y {
			b.w, b.p = b.w+s.run, b.p+s.run
		}
	case low <= b.y && b.y < high && math.IsInf(high, 1):
		b.dp++
	case low <= b.y && b.y < high:
		b.dw, b.dp = b.dw+s.run/(high-low), b.dp+math.Hypot(s.run, high-low)/(high-low)
	}
}

// Irregular is a surveyed open section. Its ends rise as walls. Conveyance is the sum of its panels', between which nothing is wetted.
type Irregular struct {
	whole  bands
	panels []bands
	n      []float64
}

// Bank is a panel of an irregular section: up to a station it has a roughness.
type Bank struct{ Station, N float64 }

// NewIrregular makes a section of stations across the channel, their elevations and the roughness of panels from left to right; the last panel's station is not looked at.
func NewIrregular(stations, elevations []float64, panels ...Bank) (*Irregular, error) {
	if err := surveyed(stations, elevations, panels); err != nil {
		return nil, err
	}
	bed := slices.Min(elevations)
	s := &Irregular{}
	var all, sides []side
	next := 0
	sides = append(sides, side{0, elevations[0] - bed, math.Inf(1)})
	for i := 1; i < len(stations); i++ {
		x, z := stations[i-1], elevations[i-1]-bed
		wall := i+1 < len(stations) && stations[i+1] == stations[i] && elevations[i+1] > elevations[i] // it faces the panel on its left
		for next < len(panels)-1 && (panels[next].Station < stations[i] || panels[next].Station == stations[i] && !wall) {
			to := max(panels[next].Station, x)
			mid := elevations[i] - bed
			if to < stations[i] {
				mid = z + (mid-z)*(to-x)/(stations[i]-x)
			}
			sides = append(sides, side{to - x, z, mid})
			x, z = to, mid
			s.panels, s.n = append(s.panels, cut(sides)), append(s.n, panels[next].N)
			all, sides = append(all, sides...), nil
			next++
		}
		sides = append(sides, side{stations[i] - x, z, elevations[i] - bed})
	}
	last := len(panels) - 1
	sides = append(sides, side{0, elevations[len(elevations)-1] - bed, math.Inf(1)})
	s.panels, s.n = append(s.panels, cut(sides)), append(s.n, panels[last].N)
	s.whole = cut(append(all, sides...))
	return s, nil
}

// NewTabulated is an open section that is the same on both sides, by its widths at depths, the first at the bed. It grows no narrower; above the last depth it has walls.
func NewTabulated(depths, widths []float64, n float64) (*Irregular, error) {
	const shape = "tabulated"
	if len(depths) == 0 || len(depths) != len(widths) || depths[0] != 0 {
		return nil, badShape(shape, "it needs widths from depth 0 up")
	}
	var stations, elevations []float64
	for i, depth := range slices.Backward(depths) {
		if i > 0 && (!(depth > depths[i-1]) || !(widths[i] >= widths[i-1])) || !(widths[i] >= 0) {
			return nil, badShape(shape, "its depths must rise and its widths not shrink")
		}
		stations, elevations = append(stations, -widths[i]/2), append(elevations, depth)
	}
	for i, width := range widths {
		stations, elevations = append(stations, width/2), append(elevations, depths[i])
	}
	return NewIrregular(stations, elevations, Bank{N: n})
}

// surveyed says what is wrong with a survey.
func surveyed(stations, elevations []float64, panels []Bank) error {
	const shape = "irregular"
	if len(stations) < 2 || len(stations) != len(elevations) {
		return badShape(shape, "it needs two stations at least, each with an elevation")
	}
	for i := range stations {
		if math.IsNaN(stations[i]+elevations[i]) || math.IsInf(stations[i]+elevations[i], 0) {
			return badShape(shape, "a station or an elevation is no number")
		}
		if i > 0 && stations[i] < stations[i-1] {
			return badShape(shape, "its stations must go from left to right")
		}
	}
	if stations[0] == stations[len(stations)-1] {
		return badShape(shape, "it has no width")
	}
	if len(panels) == 0 {
		return badShape(shape, "it has no roughness")
	}
	for i, p := range panels {
		if !positive(p.N) {
			return badShape(shape, "its roughness must be above zero")
		}
		if last := i == len(panels)-1; !last && (math.IsNaN(p.Station) || p.Station < stations[0] || p.Station > stations[len(stations)-1] || i > 0 && p.Station < panels[i-1].Station) {
			return badShape(shape, "its panels must follow each other within its stations")
		}
	}
	return nil
}

// Area is that of the water at a depth.
func (s *Irregular) Area(y float64) float64 { return s.whole.area(y) }

// Width is that of the surface.
func (s *Irregular) Width(y float64) float64 { return s.whole.width(y) }

// Perimeter is what water wets.
func (s *Irregular) Perimeter(y float64) float64 { return s.whole.perimeter(y) }

// Conveyance is the sum over the panels.
func (s *Irregular) Conveyance(y float64) float64 {
	k := 0.0
	for i, p := range s.panels {
		k += manning(p.area(y), p.perimeter(y), s.n[i])
	}
	return k
}

// Full is never reached.
func (s *Irregular) Full() float64 { return math.Inf(1) }

// Alpha is the coefficient of kinetic energy, from how the panels share the flow.
func (s *Irregular) Alpha(y float64) float64 {
	k, sum := 0.0, 0.0
	for i, p := range s.panels {
		a := p.area(y)
		if a <= 0 {
			continue
		}
		part := manning(a, p.perimeter(y), s.n[i])
		k, sum = k+part, sum+part*part*part/(a*a)
	}
	if k <= 0 {
		return 1
	}
	a := s.Area(y)
	return sum * a * a / (k * k * k)
}
