package hydraulics

import "math"

// Orifice is an opening in a wall or a bottom, as EPA SWMM has it (Reference Manual, volume II, chapter 6): a weir until it is full, drowned by Villemonte's formula. Both branches are
// blended within 5 % of where they meet. The setting opens it from below.
type Orifice struct {
	Bottom      bool // lies in a floor; otherwise it stands in a wall
	Round       bool // its height is its diameter
	Crest       float64
	Height      float64
	Width       float64
	Coefficient float64 // of discharge
	Flap        bool    // a flap takes some of the head
}

// NewOrifice says what is wrong with an orifice.
func NewOrifice(o Orifice) (*Orifice, error) {
	if !positive(o.Height, o.Coefficient) || !o.Round && !positive(o.Width) || math.IsNaN(o.Crest) || math.IsInf(o.Crest, 0) {
		return nil, badLaw("orifice", "its crest must be a level, its height, width and coefficient above zero")
	}
	return &o, nil
}

// area is that of an opening up to a height.
func (o *Orifice) area(open float64) float64 {
	if !o.Round {
		return open * o.Width
	}
	_, a, _ := segment(2 * open / o.Height)
	return a * o.Height * o.Height / 4
}

// critical is the head at which an opening becomes a weir, and the one that drives it then.
func (o *Orifice) critical(open float64) (head, drives float64) {
	if !o.Bottom {
		return open, open / 2
	}
	const sharp = 0.414 // a sharp-crested weir's coefficient, over √(2g)
	around := open / 4
	if !o.Round {
		around = open * o.Width / (2 * (open + o.Width))
	}
	head = o.Coefficient / sharp * around
	return head, head
}

// Flow is the discharge with its derivatives.
func (o *Orifice) Flow(up, down, setting float64) (q, byUp, byDown float64) {
	open := min(setting, 1) * o.Height
	return eitherWay(up, down, func(high, low float64) dual {
		h, below := levels(high, low, o.Crest)
		if open <= 0 || h.v <= 0 {
			return dual{}
		}
		critical, drives := o.critical(open)
		weirs, head := h, h // what fills the opening as a weir, and what drives it when full
		switch {
		case o.Bottom && below.v > 0:
			weirs, head = h.sub(below), h.sub(below)
		case !o.Bottom && below.v > open/2:
			head = h.sub(below)
		case !o.Bottom:
			head = h.plus(-open / 2)
		}
		area := o.area(open)
		c := o.Coefficient * area * math.Sqrt(2*Gravity)
		weir := func() dual {
			f := weirs
			if o.Flap {
				f = f.sub(flapLoss(f.times(1/critical).pow(1.5).times(c*math.Sqrt(drives)/area), weirs))
			}
			return f.times(1 / critical).pow(1.5).times(c * math.Sqrt(drives)).mul(villemonte(h, below, 1.5))
		}
		full := func() dual {
			f := head
			if o.Flap && f.v > 0 {
				f = f.sub(flapLoss(f.root(0.5, lowHead).times(c/area), head))
			}
			return f.root(0.5, lowHead).times(c)
		}
		switch part := weirs.v / critical; {
		case part <= 1-surcharged:
			return weir()
		case part >= 1+surcharged:
			return full()
		}
		return mix(weir(), full(), blend(weirs.times(1/critical), 1-surcharged, 1+surcharged))
	})
}
