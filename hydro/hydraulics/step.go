package hydraulics

import (
	"math"
)

// trouble is where a step fails.
type trouble struct {
	point int
	why   string
}

// advance makes one step in time from a state, or says where it does not come to an end.
func (s *Solver) advance(dt float64) *trouble {
	s.open(dt)
	for i := range mostIterations {
		s.work.Iterations++
		if i < easyIterations {
			for k := range s.links {
				if l := &s.links[k]; l.kind == faceLink {
					s.settle(l)
				}
			}
		}
		s.linearise(dt)
		if bad := s.assemble(dt); bad >= 0 {
			return &trouble{bad, "nothing holds its level"}
		}
		moved, worst := s.update(i)
		if math.IsNaN(moved) {
			return &trouble{worst, "its level is no number"}
		}
		flips := s.exchange(dt, i)
		if moved <= 1 && !flips && i > 0 {
			return s.close(dt)
		}
		if i < mostIterations-1 {
			continue
		}
		if dt <= 2*s.options.Least && moved*s.options.Close <= loose { // no shorter step would do better
			s.work.Loose++
			return s.close(dt)
		}
		return &trouble{worst, "it does not converge"}
	}
	return nil
}

// open sets what a step begins from.
func (s *Solver) open(dt float64) {
	n, middle := s.network, s.state.now+dt/2
	for i := range s.points {
		p := &s.points[i]
		p.z0, p.in, p.nudged, p.pull = p.z, 0, 0, 0
		if p.node >= 0 {
			node := &n.Nodes[p.node]
			for _, series := range node.Inflows {
				p.in += series.At(middle)
			}
			if p.lost = 0; node.Storage != nil && p.z > p.bed {
				p.lost = min(loses(node.Evaporates, node.Seeps, middle)*node.Storage.At(p.z-p.bed), p.held/dt)
			}
		}
	}
	for i := range s.links {
		l := &s.links[i]
		l.q0, l.a.q0, l.b.q0 = l.q, l.a.q, l.b.q
		l.in = 0
		if l.kind == structureLink {
			continue
		}
		r := &n.Reaches[l.object]
		if r.Lateral != nil {
			l.in = r.Lateral.At(middle) * l.length
		}
		if rate := loses(r.Evaporates, r.Seeps, middle); rate > 0 {
			zi, zj := s.points[l.i].z, s.points[l.j].z
			wet := l.length / 2 * (wetted(&l.a, zi) + wetted(&l.b, zj))
			l.lost = min(rate*wet, 2*min(l.a.held, l.b.held)/dt)
		}
		if l.kind == faceLink {
			s.falls(l)
			yi, yj := s.depths(l, s.points[l.i].z, s.points[l.j].z)
			l.middle.area = l.a.shape.at((yi + yj) / 2).a
		}
	}
	if s.nudges {
		s.surfaces()
	}
	for i := range s.edges {
		if e := &s.edges[i]; e.series != nil {
			e.level = e.series.At(s.state.now + dt)
			if e.kind == Inside || e.link < 0 {
				s.points[e.point].z = e.level
			}
		}
	}
}

// loses is what evaporates and seeps, m/s.
func loses(evaporates Series, seeps, t float64) float64 {
	if evaporates != nil {
		seeps += evaporates.At(t)
	}
	return seeps
}

// wetted is the width of the surface at an end; nought where it is dry.
func wetted(e *end, z float64) float64 {
	if z <= e.bed {
		return 0
	}
	return e.shape.at(z - e.bed).t
}

// surfaces sets the surface of the points that are nudged.
func (s *Solver) surfaces() {
	for i := range s.points {
		_, s.surface[i] = s.points[i].stores(s.points[i].z)
	}
	for i := range s.links {
		if l := &s.links[i]; l.kind != structureLink {
			s.surface[l.i] += l.length / 2 * l.a.shape.at(s.points[l.i].z-l.a.bed).t
			s.surface[l.j] += l.length / 2 * l.b.shape.at(s.points[l.j].z-l.b.bed).t
		}
	}
}

func (s *Solver) linearise(dt float64) {
	for i := range s.links {
		switch l := &s.links[i]; l.kind {
		case boxLink:
			s.linearBox(l, dt)
		case faceLink:
			s.linearFace(l, dt)
		case structureLink:
			s.linearStructure(l)
		}
	}
}

// assemble sets up the equations of the levels and solves them: what a point stores is what flows into it.
func (s *Solver) assemble(dt float64) (bad int) {
	m := s.matrix
	m.clear()
	for i := range s.points {
		p := &s.points[i]
		v, t := p.stores(p.z)
		s.right[i], m.diag[i] = p.in-p.lost-(v-p.held)/dt, t/dt
		s.gauge(i)
	}
	for i := range s.links {
		l := &s.links[i]
		s.right[l.i] -= l.theta*(l.a.q+l.ai) + (1-l.theta)*l.a.q0
		s.right[l.j] += l.theta*(l.b.q+l.aj) + (1-l.theta)*l.b.q0
		m.diag[l.i] += l.theta * l.bi
		m.diag[l.j] -= l.theta * l.cj
		m.values[s.places[i]] += l.theta * l.ci   // (i, j)
		m.values[s.places[i]^1] -= l.theta * l.bj // (j, i)
	}
	for i := range s.edges {
		s.hold(&s.edges[i])
	}
	for i := range s.points {
		if p := &s.points[i]; p.flooded {
			s.fix(i, p.crest-p.z)
		} else if m.diag[i] < 1e-9 {
			m.diag[i] += filmArea / dt
		}
	}
	return m.solve(s.right)
}

// filmArea is what a point has of area that has none at its level, m²; only for the way to a solution.
const filmArea = 1e-3

// gauge nudges a point towards what is observed there: q = −A(Z − Z₀)/τ, A being the area of the point's surface.
func (s *Solver) gauge(i int) {
	p := &s.points[i]
	if p.node < 0 || s.network.Nodes[p.node].Gauge == nil {
		return
	}
	node := &s.network.Nodes[p.node]
	seen := node.Gauge.At(s.state.now)
	if math.IsNaN(seen) {
		return
	}
	p.pull = s.surface[i] / node.Within
	p.nudged = p.pull * (seen - p.z)
	s.right[i] += p.nudged
	s.matrix.diag[i] += p.pull
}

// fix makes the equation of a point that its level changes by so much.
func (s *Solver) fix(i int, by float64) {
	s.matrix.diag[i], s.right[i] = 1, by
	for _, at := range s.row[i] {
		s.matrix.values[at] = 0
	}
}

// hold makes the equation of an edge.
func (s *Solver) hold(e *edge) {
	p := &s.points[e.point]
	switch {
	case e.rating != nil:
		s.right[e.point] -= e.rating.At(p.z)
		s.matrix.diag[e.point] += e.rating.Slope(p.z)
	case e.kind == Inside || e.link < 0: // the level is there already
		s.fix(e.point, 0)
	default:
		s.outfall(e)
	}
}

// outfall makes the equation of an edge where the level follows from the flow of the reach that ends there.
func (s *Solver) outfall(e *edge) {
	l, p := &s.links[e.link], &s.points[e.point]
	side, q, slope := &l.a, -l.q, -l.slope // what its end stores says nothing of how it falls
	if e.last {
		side, q, slope = &l.b, l.q, l.slope
	}
	level := func(q float64) float64 {
		if q <= 0 {
			return side.bed
		}
		if e.kind == Normal {
			if slope <= 0 {
				return side.bed + fallDepth(side, 0, q)
			}
			return side.bed + normalDepth(side, slope, q)
		}
		return side.bed + fallDepth(side, slope, q)
	}
	z := level(q)
	if e.series != nil {
		z = max(z, e.level)
	}
	s.fix(e.point, z-p.z)
}

// update moves levels and flows by what was solved. It says by how much, in tolerances, and where most.
func (s *Solver) update(iteration int) (moved float64, worst int) {
	for i := range s.points {
		p := &s.points[i]
		d := s.right[i]
		if math.IsNaN(d) || math.IsInf(d, 0) {
			return math.NaN(), i
		}
		if most := 0.5 + 0.5*math.Max(p.z-p.bed, 0); math.Abs(d) > most {
			d = math.Copysign(most, d)
		}
		if p.z+d < p.bed {
			d = p.bed - p.z
		}
		if by := math.Abs(d) / s.options.Close; by > moved {
			moved, worst = by, i
		}
		if iteration >= easyIterations && (d*p.moved < 0 || iteration >= 2*easyIterations) { // what goes to and fro comes to rest between
			d /= 2
		}
		p.moved = d
		s.right[i] = d
		p.z += d
		p.nudged -= p.pull * d
	}
	for i := range s.links {
		l := &s.links[i]
		di, dj := s.right[l.i], s.right[l.j]
		da, db := l.ai+l.bi*di+l.ci*dj, l.aj+l.bj*di+l.cj*dj
		l.a.q, l.b.q = l.a.q+da, l.b.q+db
		if l.kind == boxLink {
			l.q = (l.a.q + l.b.q) / 2
		} else {
			l.q += l.am + l.bm*di + l.cm*dj
		}
		if by := math.Max(math.Abs(da), math.Abs(db)) / flowTolerance; by > moved {
			moved, worst = by, l.i
		}
	}
	return moved, worst
}

// net is what flows into a point by its links at the weights of the step, m³/s.
func (s *Solver) net() []float64 {
	clear(s.into)
	for i := range s.links {
		l := &s.links[i]
		s.into[l.i] -= l.theta*l.a.q + (1-l.theta)*l.a.q0
		s.into[l.j] += l.theta*l.b.q + (1-l.theta)*l.b.q0
	}
	return s.into
}

// exchange finds what flows out of the network at points whose level is held, and says whether one floods that did not, or no longer does.
func (s *Solver) exchange(dt float64, iteration int) (flips bool) {
	into := s.net()
	for i := range s.points {
		p := &s.points[i]
		if math.IsInf(p.crest, 1) || p.ponds > 0 || p.edge >= 0 {
			continue
		}
		if p.flooded {
			v, _ := p.stores(p.z)
			if p.exchange = into[i] + p.in - p.lost + p.nudged - (v-p.held)/dt; p.exchange < -1e-9 && iteration < mostIterations/2 {
				p.flooded, p.exchange, flips = false, 0, true
			}
		} else if p.exchange = 0; p.z > p.crest && iteration < mostIterations*3/4 {
			p.flooded, flips = true, true
		}
	}
	return flips
}

// close books the volumes of a step that came to an end: what flowed counts, so that nothing is lost by what the levels were rounded to.
func (s *Solver) close(dt float64) *trouble {
	for i := range s.links {
		if l := &s.links[i]; l.kind == boxLink {
			for k, e := range [2]*end{&l.a, &l.b} {
				if at := [2]int{l.i, l.j}[k]; s.points[at].z < e.bed+shallowest {
					return &trouble{at, "it runs dry, which only reaches that are said to may"}
				}
			}
		}
	}
	into := s.net()
	var b Balance // of the step
	for i := range s.links {
		l := &s.links[i]
		switch l.kind {
		case boxLink:
			l.a.held += dt * (l.theta*(l.a.q-l.b.q) + (1-l.theta)*(l.a.q0-l.b.q0) + l.in - l.lost)
			l.a.spread = s.spread(l)
		case faceLink:
			l.a.held += dt * (l.a.q - l.q + (l.in-l.lost)/2)
			l.b.held += dt * (l.q - l.b.q + (l.in-l.lost)/2)
		case structureLink:
		}
		b.Lateral += dt * l.in
		b.Lost += dt * l.lost
	}
	for i := range s.points {
		p := &s.points[i]
		v, _ := p.stores(p.z)
		in := into[i] + p.in - p.lost + p.nudged
		switch {
		case p.rated:
			p.exchange = s.edges[p.edge].rating.At(p.z)
			p.held += dt * (in - p.exchange)
			b.Out += dt * p.exchange
		case p.edge >= 0:
			p.exchange = in - (v-p.held)/dt
			p.held = v
			b.Out += dt * max(p.exchange, 0)
			b.In -= dt * min(p.exchange, 0)
		case p.flooded:
			p.exchange = in - (v-p.held)/dt
			p.held = v
			b.Flooded += dt * p.exchange
		default:
			p.held += dt * in
		}
		b.Inflow += dt * p.in
		b.Lost += dt * p.lost
		b.Nudged += dt * p.nudged
		by := p.z - p.z0
		if by*p.was < 0 && math.Min(math.Abs(by), math.Abs(p.was)) > turnHeight {
			p.turns++
		}
		p.was = by
	}
	s.sums.add(&b)
	return nil
}
