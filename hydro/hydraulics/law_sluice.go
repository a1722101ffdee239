package hydraulics

import "math"

// Sluice is a gate by SL 265-2016: a broad-crested weir free or drowned while the leaf is clear of the water, an orifice below it. The published branches jump, by 16 % where
// r = h_s/H₀ passes 0.9 and where e/H passes 0.65; they are blended from r = 0.85 to 0.95 and from e/H = 0.6 to 0.7.
// H₀ is the level above the sill: the velocity of approach is the reach's business.
type Sluice struct {
	Sill, Width float64
	Channel     float64 // width of the water above the gate, Width at least
	Height      float64 // of the opening when the setting is one
	Phi         float64 // the orifice's coefficient of velocity; 0.95 to 1
	Lambda      float64 // of its lip: 0.4 for a flat leaf with a sharp edge
}

// NewSluice is a sluice with the standard's own coefficients for a flat leaf.
func NewSluice(sill, width, channel, height float64) (Sluice, error) {
	if !positive(width, channel, height) || channel < width || math.IsNaN(sill) || math.IsInf(sill, 0) {
		return Sluice{}, badLaw("sluice", "its sill must be a level, its width and height above zero, the channel no narrower")
	}
	return Sluice{Sill: sill, Width: width, Channel: channel, Height: height, Phi: 0.96, Lambda: 0.4}, nil
}

// The blends of the standard's branches.
const (
	drownFrom, drownTo = 0.85, 0.95
	liftFrom, liftTo   = 0.6, 0.7
)

// blend goes from 0 to 1 without a corner while x passes from a to b.
func blend(x dual, a, b float64) dual {
	t := (x.v - a) / (b - a)
	switch {
	case t <= 0:
		return dual{}
	case t >= 1:
		return dual{v: 1}
	}
	return x.chain(t*t*(3-2*t), 6*t*(1-t)/(b-a))
}

// mix is x where part is 0 and y where it is 1.
func mix(x, y, part dual) dual { return x.add(y.sub(x).mul(part)) }

// contraction is the standard's ε of a gate narrower than its channel.
func (s Sluice) contraction() float64 {
	b := s.Width / s.Channel
	return 1 - 0.171*(1-b)*math.Pow(b, 0.25)
}

// weir is the flow over the sill with the leaf clear of the water.
func (s Sluice) weir(h, down dual) dual {
	const m = 0.385
	free := h.pow(1.5).times(s.contraction() * m * s.Width * math.Sqrt(2*Gravity))
	if down.v <= 0 {
		return free
	}
	r := down.mul(h.pow(-1))
	flow := free.mul(drowned(r))
	if r.v <= drownFrom {
		return flow
	}
	mu := r.plus(-0.65)
	mu = mu.mul(mu).plus(0.877)
	high := mu.mul(down).mul(h.sub(down).root(0.5, lowHead)).times(s.Width * math.Sqrt(2*Gravity))
	if r.v >= drownTo {
		return high
	}
	return mix(flow, high, blend(r, drownFrom, drownTo))
}

// drowned is the standard's σ = 2.31·r·(1−r)^0.4, whose greatest value is 0.99967 at r = 5/7: from r = 0.69 to there it is blended with one.
func drowned(r dual) dual {
	const most, from = 5.0 / 7, 0.69
	if r.v >= most {
		return r.mul(dual{v: 1}.sub(r).pow(0.4)).times(2.31)
	}
	least := 2.31 * most * math.Pow(1-most, 0.4)
	return dual{v: 1}.sub(blend(r, from, most).times(1 - least))
}

// held is the standard's σ' of a drowned orifice by (h_s − h_c″)/(H − h_c″), h_c″ being the depth behind the jump (its table A.0.3-2).
var held = Table{
	x:     []float64{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.92, 0.94, 0.96, 0.98, 0.99, 0.995, 1},
	y:     []float64{1, 0.86, 0.78, 0.71, 0.66, 0.59, 0.52, 0.45, 0.36, 0.23, 0.19, 0.16, 0.12, 0.07, 0.04, 0.02, 0},
	below: make([]float64, 17), // nobody asks for its integral
}

// orifice is the flow under the leaf, e above the sill.
func (s Sluice) orifice(h, down dual, e float64) dual {
	ratio := h.pow(-1).times(e)
	lip := dual{v: 1}.sub(ratio.mul(ratio)).times(s.Lambda).pow(0.5).plus(1).pow(-1) // ε'
	mu := dual{v: 1}.sub(lip.mul(ratio)).pow(0.5).mul(lip).times(s.Phi)
	free := mu.mul(h.pow(0.5)).times(e * math.Sqrt(2*Gravity)) // per metre of width
	jet := lip.times(e)
	behind := free.mul(free).mul(jet.pow(-3)).times(8 / Gravity).plus(1).pow(0.5).plus(-1).mul(jet).times(0.5)
	if down.v > behind.v && behind.v < h.v {
		part := down.sub(behind).mul(h.sub(behind).pow(-1))
		free = free.mul(part.chain(held.At(part.v), held.Slope(part.v)))
	}
	return free.times(s.Width)
}

// Flow is the discharge with its derivatives.
func (s Sluice) Flow(up, down, setting float64) (q, byUp, byDown float64) {
	e := s.Height * min(setting, 1)
	return eitherWay(up, down, func(high, low float64) dual {
		h, d := levels(high, low, s.Sill)
		if h.v <= 0 || e <= 0 {
			return dual{}
		}
		lifted := h.pow(-1).times(e)
		switch {
		case lifted.v >= liftTo:
			return s.weir(h, d)
		case lifted.v <= liftFrom:
			return s.orifice(h, d, e)
		}
		return mix(s.orifice(h, d, e), s.weir(h, d), blend(lifted, liftFrom, liftTo))
	})
}
