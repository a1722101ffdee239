package hydraulics

import (
	"context"
	"math"
	"time"

	"basin/fault"
)

// Balance is what became of the water of a run, m³.
type Balance struct {
	Start, End float64 // in the network
	In, Out    float64 // through its edges
	Inflow     float64 // at nodes; below nought for what is taken
	Lateral    float64 // along reaches
	Flooded    float64 // over crests
	Lost       float64 // by evaporation and into the ground
	Nudged     float64 // put in by nudging
	Left       float64 // what the terms leave unexplained
	Error      float64 // its part of all that came in
}

// sums are the terms of a balance, kept so that what is added to a great sum is not rounded off (A. Neumaier 1974).
type sums struct{ All, Rest Balance }

// terms are those of a balance that are summed.
func (b *Balance) terms() [7]*float64 {
	return [...]*float64{&b.In, &b.Out, &b.Inflow, &b.Lateral, &b.Flooded, &b.Lost, &b.Nudged}
}

func (s *sums) add(step *Balance) {
	all, rest := s.All.terms(), s.Rest.terms()
	for i, v := range step.terms() {
		sum := *all[i] + *v
		if math.Abs(*all[i]) >= math.Abs(*v) {
			*rest[i] += *all[i] - sum + *v
		} else {
			*rest[i] += *v - sum + *all[i]
		}
		*all[i] = sum
	}
}

// Balance is that of the run up to now.
func (s *Solver) Balance() Balance {
	b, rest := s.sums.All, s.sums.Rest.terms()
	for i, term := range b.terms() {
		*term += *rest[i]
	}
	b.Start, b.End = s.start, s.stored()
	came := b.In + max(b.Inflow, 0) + max(b.Lateral, 0) + max(b.Nudged, 0)
	b.Left = b.End - b.Start - (b.In - b.Out + b.Inflow + b.Lateral - b.Flooded - b.Lost + b.Nudged)
	b.Error = math.Abs(b.Left) / max(came, b.Start*1e-3, 1e-9)
	return b
}

// stored is the water in the network by the levels as they are, m³: what the balance is held against.
func (s *Solver) stored() (sum float64) {
	for i := range s.points {
		v, _ := s.points[i].stores(s.points[i].z)
		sum += v
	}
	for i := range s.links {
		switch l := &s.links[i]; l.kind {
		case boxLink:
			sum += s.boxVolume(l)
		case faceLink:
			a, b := s.halves(l)
			sum += a + b
		case structureLink:
		}
	}
	return sum
}

// Work is what the run took up to now.
func (s *Solver) Work() Work { return s.work }

// Now is the time of the run, seconds since its start.
func (s *Solver) Now() float64 { return s.state.now }

// backup is what a step that fails goes back to.
type backup struct {
	points []point
	links  []link
}

func (s *Solver) save() {
	s.backup.points = append(s.backup.points[:0], s.points...)
	s.backup.links = append(s.backup.links[:0], s.links...)
}

func (s *Solver) restore() {
	copy(s.points, s.backup.points)
	copy(s.links, s.backup.links)
}

// Run goes on until a time. It ends early, with an error that says where and when, where a step does not converge however short it is, and where ctx ends.
func (s *Solver) Run(ctx context.Context, until float64) error {
	for s.state.now < until {
		if err := ctx.Err(); err != nil {
			return err //nolint:wrapcheck // who cancelled knows
		}
		s.command()
		left := until - s.state.now
		dt := math.Min(s.state.step, left)
		if left-dt < s.options.Least { // no crumbs
			dt = left
		}
		s.save()
		s.ramp(dt)
		before := s.work.Iterations
		bad := s.advance(dt)
		if bad != nil {
			s.restore()
			s.work.Rejected++
			if s.state.step = dt / 2; s.state.step < s.options.Least {
				return s.stuck(bad)
			}
			continue
		}
		s.ramped(dt)
		s.work.Steps++
		s.state.now += dt
		switch {
		case dt < s.state.step: // the end cut it short
		case s.state.close && s.change() > gentle: // as long as levels move much
		case s.work.Iterations-before <= fewIterations:
			if s.state.step = math.Min(s.options.Step, 2*s.state.step); s.state.step == s.options.Step {
				s.state.close = false
			}
		}
	}
	return nil
}

// gentle is how far a level may move in a step after a gate moved at once, for the next step to be longer, m.
const gentle = 0.01

// change is how far the level moved that moved most in the last step.
func (s *Solver) change() (most float64) {
	for i := range s.points {
		if p := &s.points[i]; p.edge < 0 {
			most = math.Max(most, math.Abs(p.was))
		}
	}
	return most
}

// stuck says where a run does not go on.
func (s *Solver) stuck(t *trouble) error {
	if s.supercritical() {
		t.why += "; flow was near or above critical, for which its reach must be one that may run dry"
	}
	return fault.New(fault.Invalid, "run-stuck", "the run stops at {object} after {time}: {why}", "object", s.placeOf(t.point), "time", s.clock(), "why", t.why)
}

// supercritical says whether a reach of the box scheme was near or above critical flow before the step.
func (s *Solver) supercritical() bool {
	for i := range s.links {
		l := &s.links[i]
		if l.kind != boxLink {
			continue
		}
		for k, e := range [2]*end{&l.a, &l.b} {
			if p := e.passes(s.points[[2]int{l.i, l.j}[k]].z); e.q*e.q*p.t > 0.8*Gravity*p.a*p.a*p.a {
				return true
			}
		}
	}
	return false
}

// clock is the time of the run in words.
func (s *Solver) clock() string {
	return (time.Duration(s.state.now*1000) * time.Millisecond).String()
}

// placeOf names a point: its node, or the reach that it is in.
func (s *Solver) placeOf(i int) string {
	if n := s.points[i].node; n >= 0 {
		return s.network.Nodes[n].Name
	}
	for k := range s.links {
		if l := &s.links[k]; l.j == i && l.kind != structureLink {
			return s.network.Reaches[l.object].Name
		}
	}
	return ""
}

// command moves the settings that go at once: by schedule, by rules, by start and stop levels.
func (s *Solver) command() {
	n, moved := s.network, false
	for i := range s.targets {
		s.targets[i] = math.NaN()
	}
	if len(n.Rules) > 0 {
		n.decide(s, s.state.now, s.targets)
	}
	for i := range n.Structures {
		t := &n.Structures[i]
		switch target := s.targets[i]; {
		case !math.IsNaN(target):
			s.state.wanted[i] = target
		case t.Schedule != nil:
			s.state.wanted[i] = t.Schedule.At(s.state.now)
		}
		if t.Runs != nil {
			s.state.running[i] = t.Runs.Next(s.state.running[i], s.points[s.nodes[t.From]].z)
		}
		if to := s.wanted(i); t.Ramp <= 0 && to != s.state.settings[i] {
			_, gate := t.Law.(HeadLaw)
			moved = moved || gate && math.Abs(to-s.state.settings[i]) > 0.05
			s.set(i, to)
		}
	}
	if moved { // what follows a gate that moves at once is followed closely
		s.state.step, s.state.close = math.Min(s.state.step, s.options.Step/64), true
	}
}

// wanted is where the setting of a structure is to go.
func (s *Solver) wanted(i int) float64 {
	if s.network.Structures[i].Runs != nil && !s.state.running[i] {
		return 0
	}
	return s.state.wanted[i]
}

// ramp sets where structures stand in the middle of a step, and ramped where they do after it.
func (s *Solver) ramp(dt float64) {
	for i := range s.network.Structures {
		s.stand[i] = s.state.settings[i]
		if t := &s.network.Structures[i]; t.Ramp > 0 {
			s.stand[i] = Ramped(s.state.settings[i], s.wanted(i), dt/2, t.Ramp)
		}
	}
}

func (s *Solver) ramped(dt float64) {
	for i := range s.network.Structures {
		if t := &s.network.Structures[i]; t.Ramp > 0 {
			s.set(i, Ramped(s.state.settings[i], s.wanted(i), dt, t.Ramp))
		}
	}
}

// set moves a structure, and notes when it was opened or shut.
func (s *Solver) set(i int, to float64) {
	if (to == 0) != (s.state.settings[i] == 0) {
		s.state.since[i] = s.state.now
	}
	s.state.settings[i] = to
}

// quantity is what rules look at.
func (s *Solver) quantity(q Quantity, object int) float64 {
	switch q {
	case NodeDepth:
		return s.Level(object) - s.network.Nodes[object].Bed
	case NodeLevel:
		return s.Level(object)
	case NodeInflow:
		return s.points[s.nodes[object]].in
	case NodeVolume:
		v, _ := s.points[s.nodes[object]].stores(s.Level(object))
		return v
	case ReachFlow:
		return s.Flow(object)
	case ReachDepth:
		return s.Depth(object)
	case ReachVelocity:
		l := &s.links[s.reaches[object][0]]
		if a := l.a.shape.at(s.Depth(object)).a; a > 0 {
			return s.Flow(object) / a
		}
		return 0
	case StructureFlow:
		return s.Through(object)
	case StructureSetting:
		return s.state.settings[object]
	case StructureOpen:
		if s.state.settings[object] != 0 {
			return s.state.now - s.state.since[object]
		}
	case StructureShut:
		if s.state.settings[object] == 0 {
			return s.state.now - s.state.since[object]
		}
	case StepLength:
		return s.state.step
	case SinceStart, TimeOfDay, Date, DayOfWeek, DayOfYear, Month, Given:
	}
	return math.NaN()
}

// Level is that of a node, m.
func (s *Solver) Level(node int) float64 { return s.points[s.nodes[node]].z }

// Inflow is what flows into a node from outside the network, m³/s.
func (s *Solver) Inflow(node int) float64 { return s.points[s.nodes[node]].in }

// Outflow is what leaves the network at a node, through an edge or over its crest, m³/s.
func (s *Solver) Outflow(node int) float64 { return s.points[s.nodes[node]].exchange }

// Flooded says whether water leaves the network over the crest of a node.
func (s *Solver) Flooded(node int) bool { return s.points[s.nodes[node]].flooded }

// Turns is how often the level of a node turned by more than a centimetre from one step to the next: how unsteady the computation is there.
func (s *Solver) Turns(node int) int { return s.points[s.nodes[node]].turns }

// Flow is that in the middle of a reach, m³/s.
func (s *Solver) Flow(reach int) float64 {
	span := s.reaches[reach]
	return s.links[(span[0]+span[1]-1)/2].q
}

// Depth is the mean of those at the ends of the middle of a reach, m.
func (s *Solver) Depth(reach int) float64 {
	span := s.reaches[reach]
	l := &s.links[(span[0]+span[1]-1)/2]
	return (max(s.points[l.i].z-l.a.bed, 0) + max(s.points[l.j].z-l.b.bed, 0)) / 2
}

// Through is the flow of a structure, m³/s.
func (s *Solver) Through(structure int) float64 { return s.links[s.gates[structure]].q }

// Setting is that of a structure.
func (s *Solver) Setting(structure int) float64 { return s.state.settings[structure] }

// Profile is the levels and flows at the points of a reach, from its first to its last.
func (s *Solver) Profile(reach int) (levels, flows []float64) {
	span := s.reaches[reach]
	for k := span[0]; k < span[1]; k++ {
		l := &s.links[k]
		if k == span[0] {
			levels, flows = append(levels, s.points[l.i].z), append(flows, l.a.q)
		}
		levels, flows = append(levels, s.points[l.j].z), append(flows, l.b.q)
	}
	return levels, flows
}
