package hydraulics

import "math"

// dryPump is the depth (m) below which a pump is short of water.
const dryPump = 0.02

// linearStructure sets the flow of a structure as a linear function of the levels. Where its law can be asked the other way round the flow is an unknown, found within the link; a flap is
// shut or open, and opens by the law asked forward.
func (s *Solver) linearStructure(l *link) {
	t := &s.network.Structures[l.object]
	up, down, setting := s.points[l.i].z, s.points[l.j].z, s.stand[l.object]
	l.am, l.bm, l.cm = -l.q, 0, 0
	if law, ok := t.Law.(HeadLaw); ok {
		switch {
		case setting == 0, l.shut && (l.oneWay && up <= down || l.otherWay && up >= down), !l.shut && l.bars(l.q):
			l.shut = true
		default:
			s.invert(l, law, up, down, setting)
		}
	} else if setting != 0 {
		q, byUp, byDown := t.Law.Flow(up, down, setting)
		if _, pump := t.Law.(*Pump); pump {
			q, byUp, byDown = short(q, byUp, byDown, up-s.points[l.i].bed)
		}
		if l.bars(q) {
			q, byUp, byDown = 0, 0, 0
		}
		l.am, l.bm, l.cm = q-l.q, byUp, byDown
	}
	l.ai, l.bi, l.ci = l.am, l.bm, l.cm
	l.aj, l.bj, l.cj = l.am, l.bm, l.cm
}

// short is the flow of a pump that runs out of water.
func short(q, byUp, byDown, depth float64) (float64, float64, float64) {
	if depth >= dryPump || q <= 0 {
		return q, byUp, byDown
	}
	part := max(depth/dryPump, 0)
	return q * part, byUp*part + q/dryPump, byDown * part
}

// invert makes one step of Newton's for a law asked the other way round.
func (s *Solver) invert(l *link, law HeadLaw, up, down, setting float64) {
	q := l.q
	if l.shut || q == 0 { // it opens: the forward law says how much there is
		l.shut = false
		var byUp, byDown float64
		q, byUp, byDown = law.Flow(up, down, setting)
		if math.Abs(q) < 1e-9 {
			l.am, l.bm, l.cm = q-l.q, byUp, byDown
			return
		}
	}
	left, byQ, byUp, byDown := law.Balance(q, up, down, setting)
	if byQ == 0 {
		return
	}
	l.am, l.bm, l.cm = q-left/byQ-l.q, max(-byUp/byQ, 0), min(-byDown/byQ, 0)
}
