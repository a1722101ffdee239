package hydraulics

import "math"

// arcLength is the length of a smooth curve by a parameter from 0 to 1, tabulated once: evaluating it exactly is dear.
type arcLength struct {
	length [arcSteps + 1]float64
	speed  func(t float64) float64 // its derivative
}

const arcSteps = 128

// newArcLength tabulates a curve by its speed.
func newArcLength(speed func(t float64) float64) *arcLength {
	a := &arcLength{speed: speed}
	for i := range arcSteps {
		a.length[i+1] = a.length[i] + a.gauss(float64(i)/arcSteps, float64(i+1)/arcSteps)
	}
	return a
}

// gauss is the length between two places by the rule of five points.
func (a *arcLength) gauss(from, to float64) float64 {
	nodes := [...]float64{0, 0.5384693101056831, 0.906179845938664}
	weights := [...]float64{0.5688888888888889, 0.47862867049936647, 0.23692688505618908}
	mid, half := (from+to)/2, (to-from)/2
	sum := weights[0] * a.speed(mid)
	for i := 1; i < 3; i++ {
		sum += weights[i] * (a.speed(mid-half*nodes[i]) + a.speed(mid+half*nodes[i]))
	}
	return sum * half
}

// at is the length up to t: between places of the table by a cubic through lengths and speeds, beyond it by the rule.
func (a *arcLength) at(t float64) float64 {
	if t >= 1 {
		return a.length[arcSteps] + a.gauss(1, t)
	}
	i := int(t * arcSteps)
	f, h := t*arcSteps-float64(i), 1.0/arcSteps
	s0, s1 := a.speed(float64(i)*h)*h, a.speed(float64(i+1)*h)*h
	l0, d := a.length[i], a.length[i+1]-a.length[i]
	return l0 + f*(s0+f*(3*d-2*s0-s1+f*(s0+s1-2*d)))
}

// segment is what lies below a depth in a circle of radius 1: half its angle, its area and the width at its top.
func segment(y float64) (angle, area, width float64) {
	c := 1 - min(max(y, 0), 2)
	s := math.Sqrt(max(0, 1-c*c))
	angle = math.Acos(c)
	return angle, angle - c*s, 2 * s
}

// Circular is a pipe, with sediment up to a depth if it is filled. Above its crown it holds and carries what it does when full, and its width is nought: the same goes for all closed sections.
type Circular struct {
	r, fill, area, angle, bed, n float64 // area and angle of what is filled, bed its width
}

// NewCircular is a pipe of a diameter.
func NewCircular(diameter, n float64) (*Circular, error) { return NewFilledCircular(diameter, 0, n) }

// NewFilledCircular is a pipe that is filled to a depth; depths of water are above that.
func NewFilledCircular(diameter, fill, n float64) (*Circular, error) {
	const shape = "circular"
	if !positive(diameter, n) {
		return nil, badShape(shape, "its diameter and roughness must be above zero")
	}
	if !(fill >= 0 && fill < diameter) {
		return nil, badShape(shape, "what fills it must leave room above")
	}
	s := &Circular{r: diameter / 2, fill: fill, n: n}
	s.angle, s.area, s.bed = segment(fill / s.r)
	return s, nil
}

func (s *Circular) below(y float64) (angle, area, width float64) {
	return segment((s.fill + max(y, 0)) / s.r)
}

// Area is that of the water at a depth.
func (s *Circular) Area(y float64) float64 {
	_, a, _ := s.below(y)
	return (a - s.area) * s.r * s.r
}

// Width is that of the surface.
func (s *Circular) Width(y float64) float64 {
	_, _, w := s.below(y)
	return w * s.r
}

// Perimeter is what water wets, the sediment too.
func (s *Circular) Perimeter(y float64) float64 {
	angle, _, _ := s.below(y)
	return (2*(angle-s.angle) + s.bed) * s.r
}

// Conveyance is the discharge at a slope of one.
func (s *Circular) Conveyance(y float64) float64 {
	angle, a, _ := s.below(y)
	return manning((a-s.area)*s.r*s.r, (2*(angle-s.angle)+s.bed)*s.r, s.n)
}

// Full is the depth of the crown.
func (s *Circular) Full() float64 { return 2*s.r - s.fill }

// Ellipse is a pipe that is wider than high, or higher than wide.
type Ellipse struct {
	height, width, n float64
	wet              *arcLength
}

// NewEllipse is a pipe of a height and a width.
func NewEllipse(height, width, n float64) (*Ellipse, error) {
	if !positive(height, width, n) {
		return nil, badShape("ellipse", "its height, width and roughness must be above zero")
	}
	wet := newArcLength(func(t float64) float64 {
		sin, cos := math.Sincos(math.Pi * t)
		return math.Pi * math.Hypot(height*sin, width*cos)
	})
	return &Ellipse{height: height, width: width, n: n, wet: wet}, nil
}

// Area is that of the water at a depth.
func (s *Ellipse) Area(y float64) float64 {
	_, a, _ := segment(2 * y / s.height)
	return a * s.height * s.width / 4
}

// Width is that of the surface.
func (s *Ellipse) Width(y float64) float64 {
	_, _, w := segment(2 * y / s.height)
	return w * s.width / 2
}

// Perimeter is what water wets.
func (s *Ellipse) Perimeter(y float64) float64 {
	angle, _, _ := segment(2 * y / s.height)
	return s.wet.at(angle / math.Pi)
}

// Conveyance is the discharge at a slope of one.
func (s *Ellipse) Conveyance(y float64) float64 { return manning(s.Area(y), s.Perimeter(y), s.n) }

// Full is the depth of the crown.
func (s *Ellipse) Full() float64 { return s.height }

// Power is an open channel whose width grows with a power of the depth; a parabola with the power ½.
type Power struct {
	depth, width, power, n float64
	wet                    *arcLength
}

// NewPower is a channel that has a width at a depth, its depth growing with a power of its width: 2 for a parabola, 1 for a triangle.
func NewPower(depth, width, exponent, n float64) (*Power, error) {
	if !positive(depth, width, exponent, n) {
		return nil, badShape("power", "its depth, width, exponent and roughness must be above zero")
	}
	s := &Power{depth: depth, width: width, power: 1 / exponent, n: n}
	// The bank goes by its width where it is flat at the bed, by its depth where it is steep there: the speed stays finite.
	if exponent >= 1 {
		s.wet = newArcLength(func(t float64) float64 { return math.Hypot(width, 2*depth*exponent*math.Pow(t, exponent-1)) })
	} else {
		s.wet = newArcLength(func(t float64) float64 { return math.Hypot(2*depth, width*s.power*math.Pow(t, s.power-1)) })
	}
	return s, nil
}

// NewParabola is a channel that has a width at a depth.
func NewParabola(depth, width, n float64) (*Power, error) { return NewPower(depth, width, 2, n) }

// Area is that of the water at a depth.
func (s *Power) Area(y float64) float64 { return s.Width(y) * max(y, 0) / (1 + s.power) }

// Width is that of the surface.
func (s *Power) Width(y float64) float64 { return s.width * math.Pow(max(y, 0)/s.depth, s.power) }

// Perimeter is what water wets.
func (s *Power) Perimeter(y float64) float64 {
	t := max(y, 0) / s.depth
	if s.power <= 1 {
		t = math.Pow(t, s.power)
	}
	return s.wet.at(t)
}

// Conveyance is the discharge at a slope of one.
func (s *Power) Conveyance(y float64) float64 { return manning(s.Area(y), s.Perimeter(y), s.n) }

// Full is never reached.
func (s *Power) Full() float64 { return math.Inf(1) }

// Rounded is a box with a circular arc for its bottom, or for its top (the modified basket handle).
type Rounded struct {
	height, width, n float64
	r, rise, angle   float64 // of the arc: its radius, height and half its angle
	area             float64 // within the arc
	top              bool
}

// NewRectRound is a box on a circular arc of a radius, half its width at least.
func NewRectRound(height, width, radius, n float64) (*Rounded, error) {
	return newRounded("rectangular-round", height, width, radius, n, false)
}

// NewModifiedBasket is a box under a circular arc of a radius, half its width at least.
func NewModifiedBasket(height, width, radius, n float64) (*Rounded, error) {
	return newRounded("modified basket handle", height, width, radius, n, true)
}

func newRounded(shape string, height, width, radius, n float64, top bool) (*Rounded, error) {
	if !positive(height, width, n) || !(radius >= 0) {
		return nil, badShape(shape, "its height, width and roughness must be above zero")
	}
	s := &Rounded{height: height, width: width, n: n, r: max(radius, width/2), top: top}
	s.rise = s.r - math.Sqrt(max(0, s.r*s.r-width*width/4))
	if s.rise > height {
		return nil, badShape(shape, "its arc is higher than the whole")
	}
	s.angle, s.area, _ = segment(s.rise / s.r)
	s.area *= s.r * s.r
	return s, nil
}

// at is what there is below a depth: area, surface and what is wetted.
func (s *Rounded) at(y float64) (area, width, wet float64) {
	y = min(max(y, 0), s.height)
	switch {
	case s.top && y <= s.height-s.rise:
		return y * s.width, s.width, s.width + 2*y
	case s.top:
		angle, a, w := segment((s.height - y) / s.r)
		wall := s.height - s.rise
		return wall*s.width + s.area - a*s.r*s.r, w * s.r, s.width + 2*wall + 2*(s.angle-angle)*s.r
	case y < s.rise:
		angle, a, w := segment(y / s.r)
		return a * s.r * s.r, w * s.r, 2 * angle * s.r
	}
	wall := y - s.rise
	area, wet = s.area+wall*s.width, 2*(s.angle*s.r+wall)
	if above := min(lid*s.height, (s.height-s.rise)/2); above > 0 { // a flat top is wetted bit by bit
		wet += s.width * max(0, 1-(s.height-y)/above)
	}
	if y == s.height {
		return area, 0, wet
	}
	return area, s.width, wet
}

// Area is that of the water at a depth.
func (s *Rounded) Area(y float64) float64 {
	a, _, _ := s.at(y)
	return a
}

// Width is that of the surface.
func (s *Rounded) Width(y float64) float64 {
	_, w, _ := s.at(y)
	return w
}

// Perimeter is what water wets.
func (s *Rounded) Perimeter(y float64) float64 {
	_, _, p := s.at(y)
	return p
}

// Conveyance is the discharge at a slope of one.
func (s *Rounded) Conveyance(y float64) float64 {
	a, _, p := s.at(y)
	return manning(a, p, s.n)
}

// Full is the depth of the crown.
func (s *Rounded) Full() float64 { return s.height }
