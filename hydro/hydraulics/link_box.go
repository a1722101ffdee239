package hydraulics

import "math"

// The box scheme of Preissmann, conservative: the water between two sections is the mean of their areas, as they are stored, and momentum is that of Saint-Venant,
//
//	∂Q/∂t + ∂(αQ²/A)/∂x + gĀ(∂Z/∂x + S) = 0, S = Q|Q|/K²,
//
// its terms in space weighted θ at the new time and 1 − θ at the old one. Of second order in space; it does not run dry.

// shallowest is the depth (m) below which the box scheme is not asked.
const shallowest = 1e-3

// passes is what flows at an end at a level.
func (e *end) passes(z float64) passage { return e.shape.at(max(z-e.bed, shallowest)) }

func (e *end) coriolis(z float64) float64 {
	if e.alpha == nil {
		return 1
	}
	return e.alpha.Alpha(max(z-e.bed, shallowest))
}

// boxVolume is the water in a box at the levels as they are.
func (s *Solver) boxVolume(l *link) float64 {
	return l.length / 2 * (l.a.passes(s.points[l.i].z).a + l.b.passes(s.points[l.j].z).a)
}

// spread is what changes momentum in a box besides time, at the levels and flows as they are.
func (s *Solver) spread(l *link) float64 {
	zi, zj := s.points[l.i].z, s.points[l.j].z
	return l.momentum(zi, zj, l.a.passes(zi), l.b.passes(zj)).v
}

// momentum is what changes momentum in a box besides time, with its derivatives by the levels and flows at its ends.
type momentum struct{ v, byZi, byZj, byQi, byQj float64 }

// momentum is that at levels, with what passes there.
func (l *link) momentum(zi, zj float64, a, b passage) (m momentum) {
	ka, dka := a.k()
	kb, dkb := b.k()
	qa, qb := l.a.q, l.b.q
	sa, sb := qa*math.Abs(qa)/(ka*ka), qb*math.Abs(qb)/(kb*kb)
	fa, fb := l.a.coriolis(zi)/l.length, l.b.coriolis(zj)/l.length
	area, slope := (a.a+b.a)/2, (zj-zi)/l.length+(sa+sb)/2
	m.v = fb*qb*qb/b.a - fa*qa*qa/a.a + Gravity*area*slope
	m.byZi = fa*qa*qa*a.t/(a.a*a.a) + Gravity*(a.t/2*slope+area*(-1/l.length-sa*dka/ka))
	m.byZj = -fb*qb*qb*b.t/(b.a*b.a) + Gravity*(b.t/2*slope+area*(1/l.length-sb*dkb/kb))
	m.byQi = -2*fa*qa/a.a + Gravity*area*math.Abs(qa)/(ka*ka)
	m.byQj = 2*fb*qb/b.a + Gravity*area*math.Abs(qb)/(kb*kb)
	if k := l.entry + l.exit + l.mean; k > 0 { // heads lost: k·v²/2g over the length
		for _, e := range [2]struct {
			q, k     float64
			p        passage
			byZ, byQ *float64
		}{{qa, l.lossAt(qa, true), a, &m.byZi, &m.byQi}, {qb, l.lossAt(qb, false), b, &m.byZj, &m.byQj}} {
			f := e.k / 2 / l.length * area / (e.p.a * e.p.a)
			m.v += f * e.q * math.Abs(e.q)
			*e.byQ += 2 * f * math.Abs(e.q)
			*e.byZ -= 2 * f * e.q * math.Abs(e.q) * e.p.t / e.p.a
		}
	}
	return m
}

// lossAt is the coefficient of the losses at an end: entry and exit change places when the flow turns.
func (l *link) lossAt(q float64, first bool) float64 {
	if first == (q >= 0) {
		return l.entry + l.mean/2
	}
	return l.exit + l.mean/2
}

// linearBox sets the flows of a box as linear functions of the levels.
func (s *Solver) linearBox(l *link, dt float64) {
	zi, zj := s.points[l.i].z, s.points[l.j].z
	a, b := l.a.passes(zi), l.b.passes(zj)
	// Continuity: (V − V₀)/Δt = θ(Qi − Qj) + (1 − θ)(Qi₀ − Qj₀) + lateral.
	c := (l.length/2*(a.a+b.a)-l.a.held)/dt - l.theta*(l.a.q-l.b.q) - (1-l.theta)*(l.a.q0-l.b.q0) - l.in + l.lost
	ci, cj := l.length/2*a.t/dt, l.length/2*b.t/dt
	// Momentum: (Qi + Qj − Qi₀ − Qj₀)/2Δt + θM + (1 − θ)M₀ = 0.
	m := l.momentum(zi, zj, a, b)
	r := (l.a.q+l.b.q-l.a.q0-l.b.q0)/(2*dt) + l.theta*m.v + (1-l.theta)*l.a.spread
	mi, mj, ma, mb := l.theta*m.byZi, l.theta*m.byZj, l.theta*m.byQi+1/(2*dt), l.theta*m.byQj+1/(2*dt)
	// From continuity δQi = δQj + (c + ci·δZi + cj·δZj)/θ, put into momentum.
	c, ci, cj = c/l.theta, ci/l.theta, cj/l.theta
	d := -1 / (ma + mb)
	l.aj, l.bj, l.cj = d*(r+ma*c), d*(mi+ma*ci), d*(mj+ma*cj)
	l.ai, l.bi, l.ci = l.aj+c, l.bj+ci, l.cj+cj
}
