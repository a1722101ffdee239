package hydraulics

import (
	"math"

	"basin/fault"
)

// manning is the conveyance of an area with a wetted perimeter.
func manning(area, perimeter, n float64) float64 {
	if area <= 0 || perimeter <= 0 {
		return 0
	}
	r := math.Cbrt(area / perimeter)
	return area * r * r / n
}

// badShape says what is wrong with the measures of a section.
func badShape(shape, why string) error {
	return fault.New(fault.Invalid, "bad-section", "section {shape}: {why}", "shape", shape, "why", why)
}

// positive says whether all measures are numbers above zero.
func positive(v ...float64) bool {
	for _, x := range v {
		if !(x > 0) || math.IsInf(x, 1) {
			return false
		}
	}
	return true
}

// Trapezoid is an open channel with a flat bottom and straight banks.
type Trapezoid struct {
	bottom, spread, wall, n float64 // spread and wall are the width and the bank gained per metre of depth
}

// NewTrapezoid is a channel with a bottom width, the slopes of its banks (horizontal per metre of rise) and Manning's n. A width of zero makes a triangle, slopes of zero a rectangle.
func NewTrapezoid(bottom, left, right, n float64) (*Trapezoid, error) {
	switch {
	case !(bottom >= 0) || !(left >= 0) || !(right >= 0) || math.IsInf(bottom+left+right, 1):
		return nil, badShape("trapezoid", "its bottom width and slopes must be zero or more")
	case bottom+left+right == 0:
		return nil, badShape("trapezoid", "it has neither a bottom nor a slope")
	case !positive(n):
		return nil, badShape("trapezoid", "its roughness must be above zero")
	}
	return &Trapezoid{bottom: bottom, spread: left + right, wall: math.Hypot(1, left) + math.Hypot(1, right), n: n}, nil
}

// NewRectangle is an open channel with vertical walls.
func NewRectangle(width, n float64) (*Trapezoid, error) {
	if !positive(width) {
		return nil, badShape("rectangle", "its width must be above zero")
	}
	return NewTrapezoid(width, 0, 0, n)
}

// NewTriangle is an open channel that is as wide as stated at a depth.
func NewTriangle(depth, width, n float64) (*Trapezoid, error) {
	if !positive(depth, width) {
		return nil, badShape("triangle", "its depth and width must be above zero")
	}
	return NewTrapezoid(0, width/depth/2, width/depth/2, n)
}

// Area is that of the water at a depth.
func (s *Trapezoid) Area(y float64) float64 {
	y = max(y, 0)
	return (s.bottom + s.spread*y/2) * y
}

// Width is that of the surface.
func (s *Trapezoid) Width(y float64) float64 { return s.bottom + s.spread*max(y, 0) }

// Perimeter is what water wets.
func (s *Trapezoid) Perimeter(y float64) float64 { return s.bottom + s.wall*max(y, 0) }

// Conveyance is the discharge at a slope of one.
func (s *Trapezoid) Conveyance(y float64) float64 { return manning(s.Area(y), s.Perimeter(y), s.n) }

// Full is never reached.
func (s *Trapezoid) Full() float64 { return math.Inf(1) }

// scanned is how many depths of a closed section are looked at for the first that carries a discharge: its conveyance falls again just below the crown.
const scanned = 256

// firstDepth finds the least depth at which a quantity that is zero at the bed reaches a value. ok is false where it never does.
func firstDepth(s Section, value float64, of func(y float64) float64) (y float64, ok bool) {
	var low, high float64
	if full := s.Full(); math.IsInf(full, 1) {
		for high = 1; of(high) < value; high *= 2 {
			if high > 1e6 {
				return 0, false
			}
			low = high
		}
	} else {
		for i := 1; ; i++ {
			high = full * float64(i) / scanned
			if of(high) >= value {
				break
			}
			if i == scanned {
				return 0, false
			}
			low = high
		}
	}
	for high-low > 1e-12*max(high, 1) {
		mid := (low + high) / 2
		if mid == low || mid == high {
			break
		}
		if of(mid) < value {
			low = mid
		} else {
			high = mid
		}
	}
	return (low + high) / 2, true
}

// NormalDepth is the depth at which a discharge flows uniformly down a slope; the lesser one where a closed section has two.
func NormalDepth(s Section, slope, q float64) (float64, error) {
	if !(slope > 0) {
		return 0, fault.New(fault.Invalid, "no-normal-depth-slope", "no normal depth: the slope {slope} does not fall", "slope", slope)
	}
	if q == 0 {
		return 0, nil
	}
	y, ok := 0.0, q > 0
	if ok {
		y, ok = firstDepth(s, q/math.Sqrt(slope), s.Conveyance)
	}
	if !ok {
		return 0, fault.New(fault.Invalid, "no-normal-depth", "no normal depth: the section does not carry {q} m³/s on a slope of {slope}", "q", q, "slope", slope)
	}
	return y, nil
}

// CriticalDepth is the least depth at which a discharge flows as fast as a wave: Q² T = g A³.
func CriticalDepth(s Section, q float64) (float64, error) {
	if q == 0 {
		return 0, nil
	}
	y, ok := 0.0, !math.IsNaN(q)
	if ok {
		y, ok = firstDepth(s, math.Abs(q), func(y float64) float64 {
			a, t := s.Area(y), s.Width(y)
			if t <= 0 {
				return math.Inf(1) // at the crown nothing is too much
			}
			return a * math.Sqrt(Gravity*a/t)
		})
	}
	if !ok {
		return 0, fault.New(fault.Invalid, "no-critical-depth", "no critical depth: the section does not carry {q} m³/s", "q", q)
	}
	return y, nil
}
