package hydraulics

import "math"

// Outlet passes what its curve says: by the depth above its crest, or by the difference of levels.
type Outlet struct {
	Crest  float64
	ByHead bool  // by the difference of levels, not below the crest
	Rating Curve // m³/s by metre; nil for a power of it
	Factor float64
	Power  float64
}

// NewOutlet says what is wrong with an outlet.
func NewOutlet(o Outlet) (*Outlet, error) {
	if math.IsNaN(o.Crest) || math.IsInf(o.Crest, 0) || o.Rating == nil && (!positive(o.Power) || !(o.Factor >= 0)) {
		return nil, badLaw("outlet", "its crest must be a level, and it needs a rating or a power")
	}
	return &o, nil
}

// level is the difference of levels below which an outlet by depth goes to nought: it would turn at once from full flow to full flow back.
const level = 0.01

// Flow is the discharge with its derivatives. The setting passes part of it.
func (o *Outlet) Flow(up, down, setting float64) (q, byUp, byDown float64) {
	return eitherWay(up, down, func(high, low float64) dual {
		h, below := levels(high, low, o.Crest)
		if h.v <= 0 || setting <= 0 {
			return dual{}
		}
		head := h
		if o.ByHead && below.v > 0 {
			head = h.sub(below)
		}
		var out dual
		switch {
		case o.Rating != nil:
			out = head.chain(o.Rating.At(head.v), o.Rating.Slope(head.v))
		case o.Power >= 1:
			out = head.pow(o.Power).times(o.Factor)
		default:
			out = head.root(o.Power, lowHead).times(o.Factor)
		}
		if !o.ByHead {
			out = out.mul(blend(h.sub(below), 0, level))
		}
		return out.times(setting)
	})
}
