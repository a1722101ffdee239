package swmm

import (
	"context"
	"math"
	"slices"
	"sort"

	"basin/fault"
	"basin/hydro/hydraulics"
)

// RunoffResult is what runs off subcatchments, at the ends of steps that wet and dry weather make longer or shorter.
type RunoffResult struct {
	Times   []float64   // s; the first is 0
	Runoff  [][]float64 // m³/s, by subcatchment and time
	Totals  []Balance   // by subcatchment
	Balance Balance     // of the whole
}

// Balance is volumes of water, m³.
type Balance struct {
	Rain, Evaporated, Infiltrated float64
	Runon                         float64 // from other subcatchments; none for the whole
	Runoff                        float64 // of the whole only what leaves the land
	Stored                        float64 // on the surface at the end
}

// Error is how much less water went than came, in per cent of what came.
func (b Balance) Error() float64 {
	came := b.Rain + b.Runon
	if came == 0 {
		return 0
	}
	return 100 * (came - b.Evaporated - b.Infiltrated - b.Runoff - b.Stored) / came
}

// At is the runoff of a subcatchment (m³/s) at a time, linear between the ends of steps.
func (r *RunoffResult) At(subcatchment int, t float64) float64 {
	i := sort.SearchFloat64s(r.Times, t)
	q := r.Runoff[subcatchment]
	switch {
	case i == 0:
		return q[0]
	case i == len(r.Times):
		return q[i-1]
	}
	f := (t - r.Times[i-1]) / (r.Times[i] - r.Times[i-1])
	return q[i-1] + f*(q[i]-q[i-1])
}

// mostRunoff is how many values of runoff a result holds at most.
const mostRunoff = 30_000_000

// Runoff computes what runs off the subcatchments, and puts what reaches a node among its inflows; done goes from 0 to 1. Another run replaces the inflows of the one before.
func (m *Model) Runoff(ctx context.Context, progress func(done float64)) (*RunoffResult, error) {
	run := m.newRun()
	end := m.Options.Duration()
	out := &RunoffResult{Times: []float64{0}, Runoff: make([][]float64, len(run.land))}
	for i := range out.Runoff {
		out.Runoff[i] = []float64{0}
	}
	for len(run.land) > 0 && run.now < end {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(out.Times)*len(run.land) > mostRunoff {
			return nil, fault.New(fault.Invalid, "swmm-too-much-runoff", "the runoff has more than {limit} values: make the wet step longer", "limit", mostRunoff)
		}
		run.step(end)
		out.Times = append(out.Times, run.now)
		for i := range run.land {
			out.Runoff[i] = append(out.Runoff[i], run.land[i].runoff)
		}
		if progress != nil {
			progress(run.now / end)
		}
	}
	out.total(run)
	m.feed(out)
	return out, nil
}

// total sums up the volumes.
func (r *RunoffResult) total(run *runoff) {
	for i := range run.land {
		l := &run.land[i]
		l.sum.Stored = l.stored()
		r.Totals = append(r.Totals, l.sum)
		r.Balance.Rain += l.sum.Rain
		r.Balance.Evaporated += l.sum.Evaporated
		r.Balance.Infiltrated += l.sum.Infiltrated
		r.Balance.Stored += l.sum.Stored
		if l.To < 0 || l.To == i {
			r.Balance.Runoff += l.sum.Runoff
		}
	}
}

// feed puts the runoff into the inflows of nodes.
func (m *Model) feed(r *RunoffResult) {
	nodes := m.Network.Nodes
	for i := range m.fed {
		nodes[m.fed[i].node].Inflows = m.fed[i].before
	}
	m.fed = nil
	sums := map[int][]float64{}
	for i := range m.Subcatchments {
		to := m.Subcatchments[i].Node
		if to < 0 {
			continue
		}
		if sums[to] == nil {
			sums[to] = slices.Clone(r.Runoff[i])
			m.fed = append(m.fed, fed{to, nodes[to].Inflows})
			continue
		}
		for k, q := range r.Runoff[i] {
			sums[to][k] += q
		}
	}
	for _, f := range m.fed {
		if s := joints(r.Times, sums[f.node]); s != nil {
			nodes[f.node].Inflows = append(slices.Clip(f.before), s)
		}
	}
}

// fed is a node that got runoff, and its inflows before.
type fed struct {
	node   int
	before []hydraulics.Series
}

// joints is a series through values, without those that lie between two like them; nil for nothing but nought.
func joints(times, values []float64) hydraulics.Series {
	var x, y []float64
	some := false
	for i, v := range values {
		some = some || v != 0
		if i > 0 && i+1 < len(values) && values[i-1] == v && values[i+1] == v {
			continue
		}
		x, y = append(x, times[i]), append(y, v)
	}
	if !some {
		return nil
	}
	s, err := hydraulics.NewLinear(x, y, true)
	if err != nil {
		return nil // times rise, and values are numbers: runoff is checked as it is made
	}
	return s
}

// runoff is a run of it.
type runoff struct {
	model  *Model
	land   []land
	now    float64
	raised bool // something ran off in the last step
}

// land is a subcatchment as it is at a time. Rates are m/s.
type land struct {
	*Subcatchment

	soil          soil
	depth         [3]float64
	inflow, flows [3]float64 // of the surfaces
	runoff        float64    // m³/s
	runon         float64
	sum           Balance
}

func (m *Model) newRun() *runoff {
	run := &runoff{model: m}
	for i := range m.Subcatchments {
		s := &m.Subcatchments[i]
		l := land{Subcatchment: s}
		if s.soil != nil {
			l.soil = s.soil.fresh()
		}
		run.land = append(run.land, l)
	}
	return run
}

// rain is the rate on a subcatchment now. Rates change a second early, so that times that are a little off do no harm.
func (r *runoff) rain(l *land) float64 {
	if r.model.Options.ignoreRain {
		return 0
	}
	return r.model.Gages[l.gage].At(r.now + 1)
}

// span is how long the next step is: it ends where rain or evaporation changes.
func (r *runoff) span(end float64) float64 {
	step, next := r.model.Options.DryStep, r.model.climate.next(r.now)
	raining := false
	for i := range r.model.Gages {
		if g := &r.model.Gages[i]; g.used && !r.model.Options.ignoreRain {
			raining = raining || g.At(r.now+1) > 0
			next = min(next, g.next(r.now+1))
		}
	}
	if raining || r.raised {
		step = r.model.Options.WetStep
	}
	if left := math.Round(next - r.now); left > 0 {
		step = min(step, left)
	}
	return min(step, end-r.now)
}

// step moves all subcatchments on. What runs from one to another, or from one of its surfaces to another, is that of the step before.
func (r *runoff) step(end float64) {
	span := r.span(end)
	c := &r.model.climate
	evaporation, recovers := c.At(r.now), c.recovers(r.now)
	for i := range r.land {
		r.land[i].inflow, r.land[i].runon = [3]float64{}, 0
	}
	for i := range r.land {
		l := &r.land[i]
		if to := l.To; to >= 0 && to != i && r.land[to].Area > 0 {
			r.land[to].runsOn(l.runoff / r.land[to].Area)
		}
	}
	r.raised = false
	for i := range r.land {
		l := &r.land[i]
		if l.Area == 0 {
			continue
		}
		l.cross()
		rain, evaporates := r.rain(l), evaporation
		if c.dry && rain > 0 {
			evaporates = 0
		}
		if l.move(span, rain, evaporates, recovers) {
			r.raised = true
		}
	}
	r.now += span
	if end-r.now < 1e-6 {
		r.now = end
	}
}

// runsOn puts water from another subcatchment on all surfaces.
func (l *land) runsOn(rate float64) {
	l.runon += rate
	for i := range l.inflow {
		l.inflow[i] += rate
	}
}

// cross moves runoff from some surfaces onto others.
func (l *land) cross() {
	s := l.surfaces
	if s[bare].onto {
		q := l.flows[bare]*s[bare].part + l.flows[hollowed]*s[hollowed].part
		l.inflow[pervious] += q * (1 - s[bare].out) / s[pervious].part
	}
	if s[pervious].onto && s[hollowed].part > 0 {
		l.inflow[hollowed] += l.flows[pervious] * (1 - s[pervious].out) * s[pervious].part / s[hollowed].part
	}
}

// move moves a subcatchment on, and says whether anything ran off.
func (l *land) move(span, rain, evaporates, recovers float64) bool {
	out, some := 0.0, false
	for i := range l.surfaces {
		s := &l.surfaces[i]
		area := s.part * l.Area
		if area == 0 {
			l.flows[i] = 0
			continue
		}
		there := l.depth[i] / span
		dries, sinks := min(there, evaporates), 0.0
		if i == pervious {
			sinks = l.soil.takes(span, rain, l.inflow[i], l.depth[i], recovers)
		}
		inflow := l.inflow[i] + rain
		l.sum.Evaporated += dries * area * span
		l.sum.Infiltrated += sinks * area * span
		if dries+sinks >= there+inflow {
			l.depth[i] = 0
			l.flows[i] = 0
		} else {
			l.depth[i], l.flows[i] = s.fill(l.depth[i], inflow-dries-sinks, span)
		}
		some = some || l.flows[i] > 0
		out += s.out * l.flows[i] * area
	}
	l.runoff = out
	l.sum.Rain += rain * l.Area * span
	l.sum.Runon += l.runon * l.Area * span
	l.sum.Runoff += out * span
	return some
}

// stored is the volume on the surfaces.
func (l *land) stored() float64 {
	v := 0.0
	for i, d := range l.depth {
		if l.surfaces != nil {
			v += d * l.surfaces[i].part * l.Area
		}
	}
	return v
}

// fill moves the depth on a surface on by a net rate, and gives what runs off at the end, m/s.
func (s *surface) fill(depth, rate, span float64) (after, flow float64) {
	left := span
	if depth+rate*left <= s.hollows {
		return max(depth+rate*left, 0), 0
	}
	if low := s.hollows - depth; low > 0 && rate > 0 {
		left -= low / rate
		depth = s.hollows
	}
	left = max(left, 0)
	if s.alpha > 0 && left > 0 {
		depth = max(s.drain(depth, rate, left), 0)
	} else {
		depth = max(depth+rate*left, 0)
	}
	above := depth - s.hollows
	switch {
	case above <= nothing:
		return depth, 0
	case s.n > 0:
		return depth, s.alpha * math.Pow(above, 5.0/3)
	case left > 0:
		return s.hollows, above / left // a surface without roughness lets all go at once
	}
	return depth, 0
}

// drain integrates dd/dt = rate − α·(d − hollows)^(5/3) by Cash and Karp's steps of fifth order.
func (s *surface) drain(depth, rate, span float64) float64 {
	slope := func(d float64) float64 {
		if d <= s.hollows {
			return rate
		}
		return rate - s.alpha*math.Pow(d-s.hollows, 5.0/3)
	}
	const within = 1e-4 // SWMM's
	at, h := 0.0, span
	for range 10000 {
		h = min(h, span-at)
		k1 := slope(depth)
		k2 := slope(depth + h*k1/5)
		k3 := slope(depth + h*(3*k1+9*k2)/40)
		k4 := slope(depth + h*(0.3*k1-0.9*k2+1.2*k3))
		k5 := slope(depth + h*(-11.0/54*k1+2.5*k2-70.0/27*k3+35.0/27*k4))
		k6 := slope(depth + h*(1631.0/55296*k1+175.0/512*k2+575.0/13824*k3+44275.0/110592*k4+253.0/4096*k5))
		fifth := h * (37.0/378*k1 + 250.0/621*k3 + 125.0/594*k4 + 512.0/1771*k6)
		fourth := h * (2825.0/27648*k1 + 18575.0/48384*k3 + 13525.0/55296*k4 + 277.0/14336*k5 + k6/4)
		miss := math.Abs(fifth-fourth) / (math.Abs(depth) + math.Abs(h*k1) + 1e-30) / within
		if miss > 1 {
			h = max(0.9*h*math.Pow(miss, -0.25), h/10)
			continue
		}
		depth, at = depth+fifth, at+h
		if span-at <= 1e-9*span {
			break
		}
		if miss > 1.89e-4 {
			h *= 0.9 * math.Pow(miss, -0.2)
		} else {
			h *= 5
		}
	}
	return depth
}
