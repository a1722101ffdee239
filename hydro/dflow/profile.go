package dflow

import (
	"math"
	"slices"

	"basin/hydro/hydraulics"
)

// profile is a section by its points whose conveyance is that of vertical strips (Engelund), as D-Flow FM has it unless a definition says lumped: between two points the
// water flows over the bed below it, undisturbed by that beside it, and vertical walls hold nothing back.
type profile struct {
	*hydraulics.Irregular

	strips []strip
}

// strip is the water between two points: its width, the heights of its ends above the bed and its friction.
type strip struct {
	width, low, high float64
	f                friction
}

// flat is the slope of a bed below which D-Flow FM takes the mean depth.
const flat = 0.01

// newProfile makes a section of points and the frictions of zones, each from its position to the next.
func newProfile(y, z, from []float64, walls []friction) (*profile, error) {
	irregular, err := hydraulics.NewIrregular(y, z, hydraulics.Bank{N: 1})
	if err != nil {
		return nil, err
	}
	p := &profile{Irregular: irregular}
	bed := slices.Min(z)
	for i := 1; i < len(y); i++ {
		at, height := y[i-1], z[i-1]-bed
		for zone, wall := range walls {
			end := y[i]
			if zone+1 < len(walls) {
				end = min(end, from[zone+1])
			}
			if end <= at {
				continue
			}
			next := z[i-1] - bed + (z[i]-z[i-1])*(end-y[i-1])/(y[i]-y[i-1])
			p.strips = append(p.strips, strip{end - at, min(height, next), max(height, next), wall})
			at, height = end, next
		}
	}
	return p, nil
}

// Conveyance is the sum over the strips.
func (p *profile) Conveyance(depth float64) float64 {
	k := 0.0
	for _, s := range p.strips {
		k += s.conveyance(depth)
	}
	return k
}

func (s strip) conveyance(depth float64) float64 {
	deep, shallow := depth-s.low, max(depth-s.high, 0)
	if deep <= 0 {
		return 0
	}
	slope := (s.high - s.low) / s.width
	along := math.Sqrt(math.Hypot(1, slope)) // (1 + slope²)^¼
	if slope <= flat {
		width := s.width
		if shallow == 0 && s.high > s.low {
			width = min(width, deep/slope)
		}
		return s.f.even((deep+shallow)/2) * width / along
	}
	return (s.f.sloping(deep) - s.f.sloping(shallow)) / (slope * along)
}

// between is the section between two others at a part of the way, as D-Flow FM interpolates: what they have at the same depth, mixed.
type between struct {
	a, b hydraulics.Section
	part float64
}

func (s between) mix(a, b float64) float64 { return a + s.part*(b-a) }

// Area is that of the water at a depth.
func (s between) Area(y float64) float64 { return s.mix(s.a.Area(y), s.b.Area(y)) }

// Width is that of the surface.
func (s between) Width(y float64) float64 { return s.mix(s.a.Width(y), s.b.Width(y)) }

// Perimeter is what water wets.
func (s between) Perimeter(y float64) float64 { return s.mix(s.a.Perimeter(y), s.b.Perimeter(y)) }

// Conveyance is the discharge at a slope of one.
func (s between) Conveyance(y float64) float64 { return s.mix(s.a.Conveyance(y), s.b.Conveyance(y)) }

// Full is the higher crown.
func (s between) Full() float64 { return max(s.a.Full(), s.b.Full()) }
