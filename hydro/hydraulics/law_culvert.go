package hydraulics

import (
	"math"
)

// inlets are the coefficients of culvert inlets, by SWMM's code less one: the form of the equation, K, M, c and Y. Source: FHWA, Hydraulic Design of Highway Culverts (HDS 5), 2012,
// table A.1, in the order of the SWMM User's Manual 5.1, table A.10 (both in the public domain).
var inlets = [...]struct {
	form       int
	k, m, c, y float64
}{
	{1, 0.0098, 2, 0.0398, 0.67},
	{1, 0.0018, 2, 0.0292, 0.74},
	{1, 0.0045, 2, 0.0317, 0.69},
	{1, 0.0078, 2, 0.0379, 0.69},
	{1, 0.021, 1.33, 0.0463, 0.75},
	{1, 0.034, 1.5, 0.0553, 0.54},
	{1, 0.0018, 2.5, 0.03, 0.74},
	{1, 0.0018, 2.5, 0.0243, 0.83},
	{1, 0.026, 1, 0.0347, 0.81},
	{1, 0.061, 0.75, 0.04, 0.8},
	{1, 0.061, 0.75, 0.0423, 0.82},
	{2, 0.51, 0.667, 0.0309, 0.8},
	{2, 0.486, 0.667, 0.0249, 0.83},
	{2, 0.515, 0.667, 0.0375, 0.79},
	{2, 0.495, 0.667, 0.0314, 0.82},
	{2, 0.486, 0.667, 0.0252, 0.865},
	{2, 0.545, 0.667, 0.04505, 0.73},
	{2, 0.533, 0.667, 0.0425, 0.705},
	{2, 0.522, 0.667, 0.0402, 0.68},
	{2, 0.498, 0.667, 0.0327, 0.75},
	{2, 0.497, 0.667, 0.0339, 0.803},
	{2, 0.493, 0.667, 0.0361, 0.806},
	{2, 0.495, 0.667, 0.0386, 0.71},
	{2, 0.497, 0.667, 0.0302, 0.835},
	{2, 0.495, 0.667, 0.0252, 0.881},
	{2, 0.493, 0.667, 0.0227, 0.887},
	{1, 0.0083, 2, 0.0379, 0.69},
	{1, 0.0145, 1.75, 0.0419, 0.64},
	{1, 0.034, 1.5, 0.0496, 0.57},
	{1, 0.01, 2, 0.0398, 0.67},
	{1, 0.0018, 2.5, 0.0292, 0.74},
	{1, 0.0045, 2, 0.0317, 0.69},
	{1, 0.01, 2, 0.0398, 0.67},
	{1, 0.0018, 2.5, 0.0292, 0.74},
	{1, 0.0095, 2, 0.0317, 0.69},
	{1, 0.0083, 2, 0.0379, 0.69},
	{1, 0.03, 1, 0.0463, 0.75},
	{1, 0.034, 1.5, 0.0496, 0.57},
	{1, 0.03, 1.5, 0.0496, 0.57},
	{1, 0.0088, 2, 0.0368, 0.68},
	{1, 0.003, 2, 0.0269, 0.77},
	{1, 0.03, 1.5, 0.0496, 0.57},
	{1, 0.0088, 2, 0.0368, 0.68},
	{1, 0.003, 2, 0.0269, 0.77},
	{1, 0.0083, 2, 0.0379, 0.69},
	{1, 0.03, 1, 0.0473, 0.75},
	{1, 0.034, 1.5, 0.0496, 0.57},
	{2, 0.534, 0.555, 0.0196, 0.9},
	{2, 0.519, 0.64, 0.021, 0.9},
	{2, 0.536, 0.622, 0.0368, 0.83},
	{2, 0.5035, 0.719, 0.0478, 0.8},
	{2, 0.547, 0.8, 0.0598, 0.75},
	{2, 0.475, 0.667, 0.0179, 0.97},
	{2, 0.56, 0.667, 0.0446, 0.85},
	{2, 0.56, 0.667, 0.0378, 0.87},
	{2, 0.5, 0.667, 0.0446, 0.65},
	{2, 0.5, 0.667, 0.0378, 0.71},
}

// Inlet is the entrance of a culvert: what it lets in at a level, whatever the barrel could carry (control by the inlet, FHWA HDS 5).
type Inlet struct {
	section       Section
	full, ad      float64 // its height; its area times the root of it, in the unit of the coefficients
	bed, slope    float64 // slope with its factor
	form          int
	k, m, c, y    float64
	rises, drowns float64 // depths: up to the first a weir, from the second an orifice, straight between
	q1, q2        float64 // what passes there
}

// NewInlet is the entrance of a closed section by SWMM's code, the bed there and the slope of the barrel.
func NewInlet(s Section, code int, bed, slope float64) (*Inlet, error) {
	if code < 1 || code > len(inlets) {
		return nil, badLaw("culvert", "its code is none of 1 to 57")
	}
	full := s.Full()
	if math.IsInf(full, 1) || math.IsNaN(bed+slope) || math.IsInf(bed+slope, 0) {
		return nil, badLaw("culvert", "it must be a closed section with a bed and a slope")
	}
	row := inlets[code-1]
	const foot = 0.3048
	in := &Inlet{section: s, full: full, ad: s.Area(full) * math.Sqrt(full*foot), bed: bed, slope: slope / 2, form: row.form, k: row.k, m: row.m, c: row.c, y: row.y}
	if code == 5 || code == 37 || code == 46 { // mitred to the slope
		in.slope = -7 * slope
	}
	in.rises = 0.95 * full
	in.drowns = max(full*(16*in.c+in.y-in.slope), in.rises*1.01)
	in.q1, _ = in.low(in.rises)
	in.q2, _ = in.high(in.drowns)
	return in, nil
}

// high is the flow when drowned: H/D = c·(Q/AD^½)² + Y − slope.
func (in *Inlet) high(y float64) (q, byY float64) {
	x := (y/in.full - in.y + in.slope) / in.c
	if x <= 0 {
		return 0, 0
	}
	q = math.Sqrt(x) * in.ad
	return q, q / (2 * x * in.full * in.c)
}

// low is the flow before that: H/D = Hc/D + K·(Q/AD^½)^M − slope (form 1, Hc the critical head), or K·(Q/AD^½)^M (form 2).
func (in *Inlet) low(y float64) (q, byY float64) {
	if in.form == 2 {
		q = in.ad * math.Pow(y/in.full/in.k, 1/in.m)
		return q, q / (in.m * y)
	}
	head := func(yc float64) float64 { // needed for a critical depth
		a, w := in.section.Area(yc), in.section.Width(yc)
		if w <= 0 {
			return math.Inf(1)
		}
		q = a * math.Sqrt(Gravity*a/w)
		return yc + a/w/2 + in.full*(in.k*math.Pow(q/in.ad, in.m)-in.slope)
	}
	low, high := 0.0, in.full
	for range 60 {
		if mid := (low + high) / 2; head(mid) < y {
			low = mid
		} else {
			high = mid
		}
	}
	yc := (low + high) / 2
	const d = 1e-5
	h0, q0 := head(yc-d*in.full), q
	h1, q1 := head(yc+d*in.full), q
	head(yc)
	if h1 > h0 && !math.IsInf(h1, 1) {
		byY = (q1 - q0) / (h1 - h0)
	}
	return q, byY
}

// Limit is the most that comes in at a level, with its derivative.
func (in *Inlet) Limit(level float64) (q, byLevel float64) {
	switch y := level - in.bed; {
	case y <= 0:
		return 0, 0
	case y <= in.rises:
		return in.low(y)
	case y >= in.drowns:
		return in.high(y)
	default:
		slope := (in.q2 - in.q1) / (in.drowns - in.rises)
		return in.q1 + slope*(y-in.rises), slope
	}
}

// Culvert is a short barrel as a structure: what its inlet lets in, or what its length carries if that is less. Losses are those of the entrance, the wall and the outlet.
type Culvert struct {
	inlet, outlet *Inlet
	section       Section
	bed           float64 // the higher of the two
	entry         float64
	length        float64
}

// NewCulvert is a barrel of a length between an upper and a lower bed, with SWMM's code of its inlets and the coefficient of loss at the entrance.
func NewCulvert(s Section, code int, bedUp, bedDown, length, entry float64) (*Culvert, error) {
	if !positive(length) || !(entry >= 0) {
		return nil, badLaw("culvert", "its length must be above zero")
	}
	slope := (bedUp - bedDown) / length
	inlet, err := NewInlet(s, code, bedUp, max(slope, 0))
	if err != nil {
		return nil, err
	}
	outlet, err := NewInlet(s, code, bedDown, max(-slope, 0))
	if err != nil {
		return nil, err
	}
	return &Culvert{inlet: inlet, outlet: outlet, section: s, bed: max(bedUp, bedDown), entry: entry, length: length}, nil
}

// carried is what the barrel's length carries at a depth over its higher bed under a head.
func (c *Culvert) carried(depth, head dual) dual {
	y := min(depth.v, c.section.Full())
	a, k := c.section.Area(y), c.section.Conveyance(y)
	if a <= 0 || k <= 0 || head.v <= 0 {
		return dual{}
	}
	of := func(y float64) float64 {
		a, k := c.section.Area(y), c.section.Conveyance(y)
		return 1 / math.Sqrt((1+c.entry)/(2*Gravity*a*a)+c.length/(k*k))
	}
	const d = 1e-6
	slope := 0.0
	if depth.v < c.section.Full()-d {
		slope = (of(y+d) - of(max(y-d, y/2))) / (y + d - max(y-d, y/2))
	}
	return depth.chain(of(y), slope).mul(head.root(0.5, lowHead))
}

// Flow is the discharge with its derivatives. The setting lets part of it through.
func (c *Culvert) Flow(up, down, setting float64) (q, byUp, byDown float64) {
	in := c.inlet
	if down > up {
		in = c.outlet
	}
	return eitherWay(up, down, func(high, low float64) dual {
		h, s := levels(high, low, c.bed)
		if h.v <= 0 || setting <= 0 {
			return dual{}
		}
		depth := s // the water at the end; where it falls the critical depth of a wide channel, or the crown
		free := h.times(2.0 / 3)
		if full := c.section.Full(); free.v > full {
			free = dual{v: full}
		}
		if s.v <= free.v {
			depth = free
		}
		out := c.carried(depth, h.sub(depth))
		if limit, by := in.Limit(high); limit < out.v {
			out = dual{limit, by, 0}
		}
		return out.times(setting)
	})
}
