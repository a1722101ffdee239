package hydraulics

import "math"

// WeirShape is what a weir looks like from upstream.
type WeirShape uint8

// The shapes.
const (
	Transverse WeirShape = iota
	SideFlow
	VNotch
	Trapezoidal
)

// Weir is a sharp edge that water falls over, as EPA SWMM has it (Reference Manual, volume II, chapter 6). Water below drowns it by Villemonte's formula. Above its crown it is an
// orifice if it can be surcharged; the two are blended within 5 % of its height either side. The setting lowers the crest.
type Weir struct {
	Shape        WeirShape
	Crest        float64 // when fully open
	Height       float64 // of the opening
	Length       float64
	Slope        float64 // of its sides, horizontal per metre of rise
	Coefficient  float64 // √m/s
	Ends         float64 // the coefficient of a trapezoid's sides
	Contractions float64 // how many ends contract the flow
	ByHead       Curve   // the coefficient by head, instead
	Surcharge    bool    // flows full
	Flap         bool    // a flap takes some of the head
}

// NewWeir says what is wrong with a weir.
func NewWeir(w Weir) (*Weir, error) {
	switch {
	case !positive(w.Height) || math.IsNaN(w.Crest) || math.IsInf(w.Crest, 0):
		return nil, badLaw("weir", "its crest must be a level, its height above zero")
	case w.Shape == VNotch && !positive(w.Slope), w.Shape != VNotch && !positive(w.Length), !(w.Slope >= 0), !(w.Contractions >= 0):
		return nil, badLaw("weir", "its length or its slope must be above zero")
	case w.ByHead == nil && !positive(w.Coefficient), !(w.Ends >= 0):
		return nil, badLaw("weir", "its coefficient must be above zero")
	}
	return &w, nil
}

// surcharged is the part of the height about the crown over which weir and orifice are blended.
const surcharged = 0.05

// parts are the flows over the middle and over sloping ends, under a head and over a crest raised by some height; back is the direction.
func (w *Weir) parts(h dual, raised float64, back bool) (middle, ends dual) {
	c := dual{v: w.Coefficient}
	if w.ByHead != nil {
		c = h.chain(w.ByHead.At(h.v), w.ByHead.Slope(h.v))
	}
	switch {
	case w.Shape == VNotch && raised == 0:
		return c.mul(h.pow(2.5)).times(w.Slope), dual{}
	case w.Shape == VNotch:
		return c.mul(h.pow(1.5)).times(2 * w.Slope * raised), c.mul(h.pow(2.5)).times(w.Slope)
	case w.Shape == Trapezoidal:
		return c.mul(h.pow(1.5)).times(w.Length + 2*w.Slope*raised), h.pow(2.5).times(w.Ends * w.Slope)
	}
	length := h.times(-0.1 * w.Contractions).plus(w.Length)
	if length.v <= 0 {
		return dual{}, dual{}
	}
	if w.Shape == SideFlow && !back {
		return c.mul(length.pow(0.83)).mul(h.pow(1.67)), dual{}
	}
	return c.mul(length).mul(h.pow(1.5)), dual{}
}

// open is the area of the opening below a head.
func (w *Weir) open(h dual, raised float64) dual {
	if w.Shape == VNotch || w.Shape == Trapezoidal {
		bottom := 2 * w.Slope * raised
		if w.Shape == Trapezoidal {
			bottom += w.Length
		}
		return h.mul(h).times(w.Slope).add(h.times(bottom))
	}
	return h.times(w.Length)
}

// flapped is the head that a flap leaves of one.
func (w *Weir) flapped(h dual, raised float64, back bool) dual {
	if !w.Flap || h.v <= 0 {
		return h
	}
	middle, ends := w.parts(h, raised, back)
	return h.sub(flapLoss(middle.add(ends).mul(w.open(h, raised).pow(-1)), h))
}

// over is the flow of a weir.
func (w *Weir) over(h, below dual, raised float64, back bool) dual {
	head := h
	if opening := w.Height - raised; head.v > opening && !w.Surcharge {
		head = dual{v: opening}
	}
	middle, ends := w.parts(w.flapped(head, raised, back), raised, back)
	power := [...]float64{1.5, 5.0 / 3, 2.5, 1.5}[w.Shape]
	return middle.mul(villemonte(h, below, power)).add(ends.mul(villemonte(h, below, 2.5)))
}

// through is the flow of a weir that is an orifice: as much as the weir's where water reaches its crown.
func (w *Weir) through(h, below dual, raised float64, back bool) dual {
	opening := w.Height - raised
	middle, ends := w.parts(dual{v: opening}, raised, back)
	c := (middle.v + ends.v) / math.Sqrt(opening/2)
	from := dual{v: opening / 2}
	if below.v > from.v {
		from = below
	}
	head := h.sub(from)
	if w.Flap && head.v > 0 {
		head = head.sub(flapLoss(head.root(0.5, lowHead).times(c).mul(w.open(dual{v: opening}, raised).pow(-1)), dual{v: opening}))
	}
	return head.root(0.5, lowHead).times(c)
}

// Flow is the discharge with its derivatives.
func (w *Weir) Flow(up, down, setting float64) (q, byUp, byDown float64) {
	raised := (1 - min(max(setting, 0), 1)) * w.Height
	back := down > up
	return eitherWay(up, down, func(high, low float64) dual {
		h, below := levels(high, low, w.Crest+raised)
		full := h.v / (w.Height - raised)
		switch {
		case h.v <= 0 || raised >= w.Height:
			return dual{}
		case !w.Surcharge || full <= 1-surcharged:
			return w.over(h, below, raised, back)
		case full >= 1+surcharged:
			return w.through(h, below, raised, back)
		}
		part := blend(h.times(1/(w.Height-raised)), 1-surcharged, 1+surcharged)
		return mix(w.over(h, below, raised, back), w.through(h, below, raised, back), part)
	})
}
