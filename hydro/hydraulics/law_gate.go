package hydraulics

import "math"

// Gate is a sluice on a level sill by the energy over it: Q = μ·B·h*·√(2g(H − h*)), h* = max(h_s, 2H/3), which goes smoothly from free to drowned flow and is the same both ways.
// The setting opens part of the width.
type Gate struct {
	Sill, Width float64
	Mu          float64 // 1 for none lost: a free flow of 0.385·B·√(2g)·H^1.5
	Low         float64 // the head below which flow goes to nought by a parabola
}

// NewGate is a sluice.
func NewGate(sill, width, mu float64) (Gate, error) {
	if !positive(width, mu) || math.IsNaN(sill) || math.IsInf(sill, 0) {
		return Gate{}, badLaw("gate", "its sill must be a level, its width and coefficient above zero")
	}
	return Gate{Sill: sill, Width: width, Mu: mu, Low: lowHead}, nil
}

// over is the depth over the sill that carries the flow, and the head that drives it.
func (g Gate) over(high, low float64) (depth, head dual) {
	h, s := levels(high, low, g.Sill)
	depth = s
	if free := h.times(2.0 / 3); s.v <= free.v {
		depth = free
	}
	return depth, h.sub(depth)
}

// Flow is the discharge with its derivatives.
func (g Gate) Flow(up, down, setting float64) (q, byUp, byDown float64) {
	return eitherWay(up, down, func(high, low float64) dual {
		if high <= g.Sill || setting <= 0 {
			return dual{}
		}
		depth, head := g.over(high, low)
		return depth.mul(head.root(0.5, g.Low)).times(g.Mu * g.Width * setting * math.Sqrt(2*Gravity))
	})
}

// shallow is the least depth over a sill that a head is asked of.
const shallow = 1e-3

// taken is the head that q takes through a depth, with its derivatives by q and by the depth. It is the inverse of root: below Q_ε, the discharge at the low head, it is near linear.
func (g Gate) taken(q, depth, setting float64) (head, byQ, byDepth float64) {
	c := g.Mu * g.Width * setting * math.Sqrt(2*Gravity) * depth
	low := c * math.Sqrt(g.Low) // Q_ε
	if q >= low {
		head, byQ = q*q/(c*c), 2*q/(c*c)
	} else {
		root := math.Sqrt(2.25 - 2*q/low)
		head, byQ = g.Low*(1.5-root), g.Low/(low*root)
	}
	return head, byQ, -byQ * q / depth
}

// Balance is the head there is less the head that q takes, with its derivatives. A gate that is shut takes any.
func (g Gate) Balance(q, up, down, setting float64) (left, byQ, byUp, byDown float64) {
	if setting <= 0 {
		return -q, -1, 0, 0
	}
	if q < 0 || q == 0 && down > up {
		left, byQ, byUp, byDown = g.forward(-q, down, up, setting)
		return -left, byQ, -byDown, -byUp
	}
	return g.forward(q, up, down, setting)
}

func (g Gate) forward(q, up, down, setting float64) (left, byQ, byUp, byDown float64) {
	depth, head := g.over(max(up, g.Sill+shallow), down)
	taken, d, byDepth := g.taken(q, depth.v, setting)
	return head.v - taken, -d, head.up - byDepth*depth.up, head.down - byDepth*depth.down
}

// Head is the difference of levels that drives q through the depth of the last guess, with its derivative by q.
func (g Gate) Head(q, up, down, setting float64) (head, byQ float64) {
	if setting <= 0 {
		return up - down, 0
	}
	if q < 0 || q == 0 && down > up {
		head, byQ = g.Head(-q, down, up, setting)
		return -head, byQ
	}
	depth, _ := g.over(max(up, g.Sill+shallow), down)
	taken, byQ, _ := g.taken(q, depth.v, setting)
	return depth.v + g.Sill - down + taken, byQ
}
