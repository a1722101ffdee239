package hydraulics

import "math"

// The staggered scheme, for reaches that may run dry, be steep or flow full: levels at the ends, one flow through the middle, and each half stores the area at its end. All is taken at the new
// time. The flow is that of the dynamic wave as EPA SWMM's link has it (Reference Manual, volume II, chapter 3): areas and radii lie nearer to those upstream, and inertia is less, the nearer
// flow is to critical. Whatever the method finds, a half cannot give what it does not hold: the flow goes to nought with the depth that it comes from.

// middle is what a face link keeps of the beginning of a step.
type middle struct {
	area  float64 // between the ends, m²
	calm  float64 // σ: 1 for all of inertia, 0 for none
	speed float64 // of the last guess, m/s
	free  float64 // the flow of the last guess, were it not limited, m³/s
	fall  float64 // how deep what falls from an end stands there, m
	fast  bool    // whether it is limited to the normal flow of its upper end
}

// halves is what the halves of a face link hold at the levels as they are.
func (s *Solver) halves(l *link) (a, b float64) {
	return l.length / 2 * l.a.shape.at(s.points[l.i].z-l.a.bed).a, l.length / 2 * l.b.shape.at(s.points[l.j].z-l.b.bed).a
}

// film is the depth below which less flows out of an end, down to nothing.
const film = 0.01

// depths are those at the ends of a face link. Where water falls from an end, it stands there as its flow at the beginning of the step does: critical or normal, whichever is less.
func (s *Solver) depths(l *link, zi, zj float64) (yi, yj float64) {
	yi, yj = max(zi-l.a.bed, 0), max(zj-l.b.bed, 0)
	if l.q0 > 0 && l.middle.fall > 0 && zj < zi {
		yj = max(yj, min(l.middle.fall, (yi+l.a.bed-l.b.bed)*2/3))
	}
	if l.q0 < 0 && l.middle.fall > 0 && zi < zj {
		yi = max(yi, min(l.middle.fall, (yj+l.b.bed-l.a.bed)*2/3))
	}
	return max(yi, 0), max(yj, 0)
}

// falls sets how deep what falls from an end of a face link stands there in this step.
func (s *Solver) falls(l *link) {
	l.middle.fall = 0
	if l.q0 > 0 && l.b.bed > s.points[l.j].bed {
		l.middle.fall = fallDepth(&l.b, l.slope, l.q0)
	}
	if l.q0 < 0 && l.a.bed > s.points[l.i].bed {
		l.middle.fall = fallDepth(&l.a, -l.slope, -l.q0)
	}
}

// leastDepth is the least depth at an end that carries enough, the more the deeper; the crown where none does.
func (e *end) leastDepth(enough func(p passage) bool) float64 {
	low, high := 0.0, min(e.full, 50)
	for range 40 {
		if y := (low + high) / 2; enough(e.shape.at(y)) {
			high = y
		} else {
			low = y
		}
	}
	return high
}

// fallDepth is the lesser of critical and normal depth at an end.
func fallDepth(e *end, slope, q float64) float64 {
	return e.leastDepth(func(p passage) bool {
		return p.a*p.a*p.a*Gravity >= q*q*p.t || slope > 0 && p.a*p.e*math.Sqrt(slope) >= q
	})
}

// normalDepth is the depth at which a flow goes down a slope.
func normalDepth(e *end, slope, q float64) float64 {
	return e.leastDepth(func(p passage) bool { return p.a*p.e*math.Sqrt(slope) >= q })
}

// settle sets how much inertia a face link has, from the levels and the flow as they are.
func (s *Solver) settle(l *link) {
	yi, yj := s.depths(l, s.points[l.i].z, s.points[l.j].z)
	mid := l.a.shape.at((yi + yj) / 2)
	full := yi >= l.a.full && yj >= l.b.full
	l.middle.speed, l.middle.calm = 0, 1
	if mid.a > 1e-9 {
		l.middle.speed = l.q / mid.a
		if f := math.Abs(l.middle.speed) / math.Sqrt(Gravity*mid.a/mid.t); !full {
			l.middle.calm = max(0, min(1, 2*(1-f)))
		}
	}
	a := l.a.shape.at(yi)
	switch free := l.middle.free; s.network.Limit {
	case BySlope, BySlopeOrFroude:
		l.middle.fast = yi < yj || s.network.Limit == BySlopeOrFroude && a.fast(free, yj)
	case ByFroude:
		l.middle.fast = a.fast(free, yj)
	case NoLimit:
	}
	if math.Abs(l.middle.speed) > fastest {
		l.middle.speed = math.Copysign(fastest, l.middle.speed)
	}
}

// fast says whether a flow is faster than a wave where the other end of its reach is wet.
func (f passage) fast(q, y float64) bool {
	return q > 0 && y > film && f.a > 0 && q*q*f.t >= Gravity*f.a*f.a*f.a
}

// fastest is the greatest velocity that inertia is taken of, m/s.
const fastest = 15

// through is the flow of a face link at levels.
func (s *Solver) through(l *link, zi, zj, dt float64) float64 {
	yi, yj := s.depths(l, zi, zj)
	hi, hj := l.a.bed+yi, l.b.bed+yj
	if hi == hj && l.q0 == 0 || yi <= 0 && yj <= 0 {
		return 0
	}
	a, b := l.a.shape.at(yi), l.b.shape.at(yj)
	mid := l.a.shape.at((yi + yj) / 2)
	full := yi >= l.a.full && yj >= l.b.full
	down := hi > hj
	from, near := a, l.middle.calm
	switch {
	case !down:
		from, near = b, 1
	case full || l.q <= 0:
		near = 1
	default: // without a jump where the slope of the water turns
		near = 1 - (1-near)*min(1, (hi-hj)/film)
	}
	area, e := from.a+(mid.a-from.a)*near, from.e+(mid.e-from.e)*near
	if area <= 1e-12 || e <= 1e-12 || mid.a <= 1e-12 {
		return 0
	}
	c := dt * Gravity * area / (mid.a * mid.a * e * e) // of q|q|: friction
	if l.entry+l.exit+l.mean > 0 && a.a > 1e-9 && b.a > 1e-9 {
		c += dt / (2 * l.length) * (l.entry/a.a + l.exit/b.a + l.mean/mid.a)
	}
	calm := l.middle.calm
	switch {
	case s.network.Damping == NoInertia || full && !math.IsInf(l.a.full, 1):
		calm = 0
	case s.network.Damping == NoDamping:
		calm = 1
	}
	v := l.middle.speed
	drive := l.q0 - dt*Gravity*area*(hj-hi)/l.length + calm*(2*v*(mid.a-l.middle.area)+dt*v*v*(b.a-a.a)/l.length)
	q := math.Copysign((math.Sqrt(1+4*c*math.Abs(drive))-1)/(2*c), drive)
	if full && l.main != (ForceMain{}) {
		q = drive / (1 + dt*l.main.resists(math.Abs(v), l.a.full))
	}
	l.middle.free = q
	q = l.limited(q, yi, yj, a)
	if l.bars(q) {
		return 0
	}
	source := zi - max(l.a.bed, l.b.bed)
	if q < 0 {
		source = zj - max(l.a.bed, l.b.bed)
	}
	if source < film { // nothing gives what it does not hold, nor passes an end that it does not reach
		q *= max(source, 0) / film
	}
	if l.inlet != nil && q > 0 {
		if limit, _ := l.inlet.Limit(zi); limit < q {
			q = limit
		}
	}
	if l.most > 0 {
		q = max(-l.most, min(l.most, q))
	}
	return q
}

// limited is a flow capped at the normal one of its upper end, where the network says so.
func (l *link) limited(q, yi, yj float64, a passage) float64 {
	if !l.middle.fast || q <= 0 || l.slope <= 0 || yi >= l.a.full && yj >= l.b.full {
		return q
	}
	return min(q, a.a*a.e*math.Sqrt(l.slope))
}

// reached is what flows at an end; nothing, of no width, where the level lies below it.
func (e *end) reached(z float64) passage {
	if z < e.bed {
		return passage{}
	}
	p := e.shape.at(z - e.bed)
	if z < e.bed+damp { // where the surface widens from nothing, a step would go much too far
		p.t = max(p.t, e.shape.at(damp).a/damp)
	}
	return p
}

// damp is the depth below which the width that a step reckons with is that of the water up to there, m.
const damp = 3e-3

// nudge is the change of level by which derivatives of a face link's flow are found.
const nudge = 1e-6

// linearFace sets the flows of a face link as linear functions of the levels.
func (s *Solver) linearFace(l *link, dt float64) {
	zi, zj := s.points[l.i].z, s.points[l.j].z
	q := s.through(l, zi, zj, dt)
	free := l.middle.free
	l.am = q - l.q
	l.bm, l.cm = (s.through(l, zi+nudge, zj, dt)-q)/nudge, (s.through(l, zi, zj+nudge, dt)-q)/nudge
	l.middle.free = free
	a, b := l.a.reached(zi), l.b.reached(zj)
	half := l.length / 2 / dt
	l.bm, l.cm = max(l.bm, -half*a.t/2), min(l.cm, half*b.t/2) // more from above, less from below: so the equations have one solution
	l.ai, l.bi, l.ci = q+half*a.a-l.a.held/dt-(l.in-l.lost)/2-l.a.q, l.bm+half*a.t, l.cm
	l.aj, l.bj, l.cj = q-half*b.a+l.b.held/dt+(l.in-l.lost)/2-l.b.q, l.bm, l.cm-half*b.t
}

// resists is the part of a flow that friction takes in a second, 1/s, when a round pipe flows full at a velocity.
func (m ForceMain) resists(v, diameter float64) float64 {
	const viscosity = 1.1e-6 // of water, m²/s
	if m.C > 0 {             // S = (v/(0.849·C·R^0.63))^(1/0.54), times g over v
		return Gravity * math.Pow(v, 0.852) / math.Pow(0.849*m.C*math.Pow(diameter/4, 0.63), 1/0.54)
	}
	re := max(v, 1e-3) * diameter / viscosity
	f := 64 / re
	if re > 2000 { // Swamee and Jain 1976
		f = 0.25 / math.Pow(math.Log10(m.Height/(3.7*diameter)+5.74/math.Pow(re, 0.9)), 2)
	}
	return f * v / (2 * diameter)
}
