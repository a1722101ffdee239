package hydraulics

import (
	"math"

	"basin/fault"
)

// badLaw says what is wrong with the measures of a structure.
func badLaw(structure, why string) error {
	return fault.New(fault.Invalid, "bad-structure", "{structure}: {why}", "structure", structure, "why", why)
}

// lowHead is the head (m) below which flow goes to nought by a parabola instead of a root, whose tangent is vertical where levels meet. Laws are blended nowhere else unless they say so.
const lowHead = 1e-3

// dual is a value with its derivatives by the levels up and down.
type dual struct{ v, up, down float64 }

func (x dual) add(y dual) dual         { return dual{x.v + y.v, x.up + y.up, x.down + y.down} }
func (x dual) sub(y dual) dual         { return dual{x.v - y.v, x.up - y.up, x.down - y.down} }
func (x dual) plus(c float64) dual     { return dual{x.v + c, x.up, x.down} }
func (x dual) times(c float64) dual    { return dual{x.v * c, x.up * c, x.down * c} }
func (x dual) mul(y dual) dual         { return dual{x.v * y.v, x.up*y.v + x.v*y.up, x.down*y.v + x.v*y.down} }
func (x dual) chain(v, d float64) dual { return dual{v, d * x.up, d * x.down} }

// pow is a power; nought of what is not above nought.
func (x dual) pow(p float64) dual {
	if x.v <= 0 {
		return dual{}
	}
	v := math.Pow(x.v, p)
	return x.chain(v, p*v/x.v)
}

// root is a power below one whose tangent stays finite: below low it goes to nought by a parabola.
func (x dual) root(p, low float64) dual {
	if x.v <= 0 {
		return dual{}
	}
	if x.v >= low {
		return x.pow(p)
	}
	t, whole := x.v/low, math.Pow(low, p)
	return x.chain(whole*t*(2-p+(p-1)*t), whole*(2-p+2*(p-1)*t)/low)
}

// levels are both levels above a place, as duals.
func levels(up, down, above float64) (u, d dual) {
	return dual{up - above, 1, 0}, dual{down - above, 0, 1}
}

// eitherWay is a law that does the same from both sides: f is asked with the higher level first.
func eitherWay(up, down float64, f func(high, low float64) dual) (q, byUp, byDown float64) {
	if up >= down {
		x := f(up, down)
		return x.v, x.up, x.down
	}
	x := f(down, up)
	return -x.v, -x.down, -x.up
}

// villemonte is the part of a weir's flow that is left when the water below stands above the crest (Villemonte 1947), p being the power of its head.
func villemonte(high, low dual, p float64) dual {
	if low.v <= 0 {
		return dual{v: 1}
	}
	ratio := low.mul(high.pow(-1))
	return dual{v: 1}.sub(ratio.pow(p)).root(0.385, lowHead)
}

// flapLoss is the head that a flap takes from a flow of a velocity under a head: (4/g)·v²·e^(−1.15·v/√h) in feet (Armco, as SWMM has it).
func flapLoss(velocity, head dual) dual {
	const foot, g = 0.3048, 32.2
	v := velocity.times(1 / foot)
	x := v.mul(head.times(1 / foot).pow(-0.5)).times(-1.15)
	e := math.Exp(x.v)
	return v.mul(v).mul(x.chain(e, e)).times(4 / g * foot)
}
