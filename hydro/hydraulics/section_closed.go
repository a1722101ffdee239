package hydraulics

import (
	"math"
	"slices"
)

// Closed is a closed section of straight pieces.
type Closed struct {
	bands   bands
	full, n float64
	holds   float64 // when full
	wets    float64
	carries float64
}

// lid is the part of the area over which a flat top is wetted bit by bit, so that what is carried does not fall at once (as SWMM does it).
const lid = 0.03

// seal ends the bands at a flat top.
func (s *Closed) seal() {
	last := &s.bands[len(s.bands)-1]
	height := s.full - last.y
	s.holds = s.bands.area(s.full)
	top := s.bands.width(s.full)
	if top > 0 {
		above := min(lid*s.holds/top, height/2)
		under := *last
		d := height - above
		next := band{y: s.full - above, a: under.a + (under.w+under.dw*d/2)*d, w: under.w + under.dw*d, p: under.p + under.dp*d, dw: under.dw, dp: under.dp + top/above}
		s.bands = append(s.bands, next)
	}
	s.wets = s.bands.perimeter(s.full)
	s.carries = manning(s.holds, s.wets, s.n)
}

// NewClosedRectangle is a box.
func NewClosedRectangle(height, width, n float64) (*Closed, error) {
	if !positive(height, width, n) {
		return nil, badShape("closed rectangle", "its height, width and roughness must be above zero")
	}
	s := &Closed{full: height, n: n, bands: bands{{w: width, p: width, dp: 2}}}
	s.seal()
	return s, nil
}

// NewRectTriangular is a box with a triangle for a bottom.
func NewRectTriangular(height, width, bottom, n float64) (*Closed, error) {
	if !positive(height, width, bottom, n) || bottom >= height {
		return nil, badShape("rectangular-triangular", "its height, width, roughness and the height of its triangle must be above zero, the triangle lower than the whole")
	}
	wall := 2 * math.Hypot(1, width/bottom/2)
	s := &Closed{full: height, n: n, bands: bands{
		{dw: width / bottom, dp: wall},
		{y: bottom, a: width * bottom / 2, w: width, p: wall * bottom, dp: 2},
	}}
	s.seal()
	return s, nil
}

// profiled makes the bands of a closed shape by its widths at depths, the first at the bed and the last at the crown.
func profiled(depths, widths []float64) bands {
	var out bands
	b := band{w: widths[0], p: widths[0]}
	for i := 1; i < len(depths); i++ {
		d, grow := depths[i]-depths[i-1], widths[i]-widths[i-1]
		b.dw, b.dp = grow/d, 2*math.Hypot(grow/2, d)/d
		out = append(out, b)
		b = band{y: depths[i], a: b.a + (b.w+grow/2)*d, w: widths[i], p: b.p + b.dp*d}
	}
	return out
}

// rounds is how many pieces stand for a round bed or crown.
const rounds = 16

// figured makes a closed section of widths at equal distances from bed to crown, scaled to what it holds and wets when full. Where it begins or ends at a point it does so roundly,
// with the root of the distance.
func figured(height float64, widths []float64, area, radius, n float64) *Closed {
	step, last := height/float64(len(widths)-1), len(widths)-1
	var ys, ws []float64
	for i, w := range widths {
		ys, ws = append(ys, step*float64(i)), append(ws, w)
		for k := 1; k < rounds; k++ {
			f := float64(k) / rounds
			switch {
			case i == 0 && w == 0:
				ys, ws = append(ys, step*f*f), append(ws, f*widths[1])
			case i == last-1 && widths[last] == 0:
				ys, ws = append(ys, height-step*(1-f)*(1-f)), append(ws, (1-f)*w)
			}
		}
	}
	ys[len(ys)-1] = height
	whole := profiled(ys, ws).area(height)
	s := &Closed{full: height, n: n, bands: profiled(ys, scaled(ws, area/whole))}
	fits := area / radius / (s.bands.perimeter(height) + s.bands.width(height))
	for i := range s.bands {
		s.bands[i].p *= fits
		s.bands[i].dp *= fits
	}
	s.seal()
	return s
}

// standard makes one of the standard shapes.
func standard(f figure, height, width, n float64) (*Closed, error) {
	if f.width == 0 {
		if !positive(height, width, n) {
			return nil, badShape(f.name, "its height, width and roughness must be above zero")
		}
		return figured(height, scaled(f.widths, width), f.area*height*width, f.radius*height, n), nil
	}
	if !positive(height, n) {
		return nil, badShape(f.name, "its height and roughness must be above zero")
	}
	return figured(height, scaled(f.widths, f.width*height), f.area*height*height, f.radius*height, n), nil
}

// scaled is a copy of values, each times a factor.
func scaled(values []float64, by float64) []float64 {
	out := slices.Clone(values)
	for i := range out {
		out[i] *= by
	}
	return out
}

// NewEgg is an egg, its narrow end down.
func NewEgg(height, n float64) (*Closed, error) { return standard(egg, height, 0, n) }

// NewHorseshoe is a horseshoe.
func NewHorseshoe(height, n float64) (*Closed, error) { return standard(horseshoe, height, 0, n) }

// NewGothic is a pointed vault.
func NewGothic(height, n float64) (*Closed, error) { return standard(gothic, height, 0, n) }

// NewCatenary is a vault that stands like a hanging chain turned over.
func NewCatenary(height, n float64) (*Closed, error) { return standard(catenary, height, 0, n) }

// NewSemiElliptical is an upright half ellipse.
func NewSemiElliptical(height, n float64) (*Closed, error) {
	return standard(semiElliptical, height, 0, n)
}

// NewBasketHandle is a basket handle.
func NewBasketHandle(height, n float64) (*Closed, error) { return standard(basketHandle, height, 0, n) }

// NewSemiCircular is a half circle on a shallow bottom.
func NewSemiCircular(height, n float64) (*Closed, error) { return standard(semiCircular, height, 0, n) }

// NewArch is an arch pipe.
func NewArch(height, width, n float64) (*Closed, error) { return standard(arch, height, width, n) }

// NewCustom is a closed shape given by widths at depths from bed to crown, both as parts of the height.
func NewCustom(height float64, depths, widths []float64, n float64) (*Closed, error) {
	const shape = "custom"
	if !positive(height, n) {
		return nil, badShape(shape, "its height and roughness must be above zero")
	}
	if len(depths) < 2 || len(depths) != len(widths) || depths[0] != 0 || depths[len(depths)-1] != 1 {
		return nil, badShape(shape, "it needs widths from depth 0 to depth 1")
	}
	widest := 0.0
	for i, w := range widths {
		if !(w >= 0) || math.IsInf(w, 1) || i > 0 && !(depths[i] > depths[i-1]) {
			return nil, badShape(shape, "its depths must rise and its widths be zero or more")
		}
		widest = max(widest, w)
	}
	if widest == 0 {
		return nil, badShape(shape, "it has no width")
	}
	s := &Closed{full: height, n: n, bands: profiled(scaled(depths, height), scaled(widths, height))}
	s.seal()
	return s, nil
}

// Area is that of the water at a depth.
func (s *Closed) Area(y float64) float64 {
	if y >= s.full {
		return s.holds
	}
	return s.bands.area(y)
}

// Width is that of the surface.
func (s *Closed) Width(y float64) float64 {
	if y >= s.full {
		return 0
	}
	return s.bands.width(y)
}

// Perimeter is what water wets.
func (s *Closed) Perimeter(y float64) float64 {
	if y >= s.full {
		return s.wets
	}
	return s.bands.perimeter(y)
}

// Conveyance is the discharge at a slope of one.
func (s *Closed) Conveyance(y float64) float64 {
	if y >= s.full {
		return s.carries
	}
	part, d := s.bands.at(y)
	return manning(part.a+(part.w+part.dw*d/2)*d, part.p+part.dp*d, s.n)
}

// Full is the depth of the crown.
func (s *Closed) Full() float64 { return s.full }
