package swmm

import "math"

// soil is what takes water in below the pervious surface of a subcatchment. It is made anew for each run.
type soil interface {
	// takes is the rate (m/s) over a step at a rate of rain, of water from elsewhere and under a depth that stands there; factor is that of its recovery.
	takes(step, rain, runon, depth, recovers float64) float64
	// fresh is the soil as it is at the start.
	fresh() soil
}

// nothing is a rate of water too small to count, m/s.
const nothing = 1e-10 * foot

// soil reads a row of [INFILTRATION]; a word at its end names another method than the options do.
func (b *build) soil(r *row) soil {
	method, words := b.model.Options.infiltration, r.words
	if k := match(words[len(words)-1], infiltrationWords...); k >= 0 && len(words) > 1 {
		method, r.words = k, words[:len(words)-1]
	}
	depth, rate := b.unit.rain(), b.unit.rain()/hour
	switch method {
	case 0, 1:
		if !r.need(5) {
			return nil
		}
		h := horton{most: r.least(1) * rate, least: r.least(2) * rate, decay: r.least(3) / hour, volume: r.least(5) * depth}
		if h.most < h.least {
			r.fail("swmm-horton", "its greatest rate is below its least")
		}
		h.regain = -math.Log(0.02) / max(r.least(4), 1e-6) / day
		if method == 1 {
			return &modifiedHorton{horton: h}
		}
		return &h
	case 2, 3:
		if !r.need(4) {
			return nil
		}
		g := greenAmpt{suction: r.least(1) * depth, conducts: r.above(2) * rate, deficit: r.within(3, 0, 0, 1), modified: method == 3}
		g.upper = 4 * math.Sqrt(g.conducts/(foot/12/hour)) * foot / 12
		return g.fresh()
	}
	if !r.need(4) {
		return nil
	}
	number, days := min(max(r.number(1, 0), 10), 99), r.above(3)
	if r.err != nil {
		return nil
	}
	c := curveNumber{most: (1000/number - 10) * foot / 12, regain: 1 / (days * day)}
	return c.fresh()
}

// horton is a capacity that falls from its greatest to its least rate as time passes under water, and is regained without.
type horton struct {
	most, least, decay, regain float64
	volume                     float64 // that it takes at most; 0 for any
	at                         float64 // where on its curve it is, s
	taken                      float64
}

func (h *horton) fresh() soil {
	f := *h
	f.at, f.taken = 0, 0
	return &f
}

// constant says whether the capacity does not fall, and what it then takes.
func (h *horton) constant(there float64) (rate float64, ok bool) {
	if h.most > h.least && h.decay > 0 {
		return 0, false
	}
	return max(min(h.most, there), 0), true
}

// sum is what could have been taken up to a time.
func (h *horton) sum(t float64) float64 {
	return h.least*t + (h.most-h.least)/h.decay*-math.Expm1(-h.decay*t)
}

func (h *horton) takes(step, rain, runon, depth, recovers float64) float64 {
	there := rain + runon + depth/step
	if rate, ok := h.constant(there); ok {
		return rate
	}
	if there <= nothing {
		h.dry(step, recovers)
		return 0
	}
	before := h.sum(h.at)
	rate := max((h.sum(h.at+step)-before)/step, h.least)
	if rate < there || h.at+step > 16/h.decay {
		h.at += step
	} else {
		h.at = h.when(before+there*step, h.at+step/2, step)
	}
	rate = min(rate, there)
	if h.volume > 0 {
		rate = max(min(rate, (h.volume-h.taken)/step), 0)
		h.taken += rate * step
	}
	return rate
}

// when is the time at which as much could have been taken, by Newton's method from a guess.
func (h *horton) when(taken, guess, step float64) float64 {
	for range 20 {
		d := (h.sum(guess) - taken) / (h.least + (h.most-h.least)*math.Exp(-min(h.decay*guess, 60)))
		if guess = max(guess-d, h.at); math.Abs(d) <= 0.001*step { // time does not run back, whatever the tangent says
			break
		}
	}
	return guess
}

func (h *horton) dry(step, recovers float64) {
	if h.regain*recovers <= 0 {
		return
	}
	h.at = -math.Log1p(-math.Exp(-h.regain*recovers*step)*-math.Expm1(-h.decay*h.at)) / h.decay
	if h.volume > 0 {
		h.taken = h.sum(h.at)
	}
}

// modifiedHorton is Horton's capacity that falls by what was taken beyond the least rate.
type modifiedHorton struct{ horton }

func (h *modifiedHorton) fresh() soil {
	f := *h
	f.at, f.taken = 0, 0
	return &f
}

func (h *modifiedHorton) takes(step, rain, runon, depth, recovers float64) float64 {
	there := rain + runon + depth/step
	if rate, ok := h.constant(there); ok {
		return rate
	}
	if there <= nothing {
		h.taken *= math.Exp(-h.regain * recovers * step)
		return 0
	}
	if h.volume > 0 && h.taken >= h.volume {
		return 0
	}
	rate := min(there, max(h.most-h.decay*h.taken, h.least))
	h.taken += max(rate-h.least, 0) * step
	if h.volume > 0 {
		h.taken = max(h.taken, h.volume) // so SWMM 5.2 has it: the first water fills it
	}
	return rate
}

// greenAmpt is a wetting front that suction draws down, with an upper zone that drains between events.
type greenAmpt struct {
	suction, conducts, deficit, upper float64
	modified                          bool

	short    float64 // deficit of the event
	sum      float64 // infiltrated in it
	zone     float64 // water in the upper zone
	full     bool    // the surface is saturated
	nextSoon float64 // s until another event can begin
}

func (g *greenAmpt) fresh() soil {
	f := *g
	f.short, f.sum, f.zone, f.full, f.nextSoon = g.deficit, 0, 0, false, 0
	return &f
}

// drains is how long the upper zone drains, s; its depth counts in feet.
func (g *greenAmpt) drains(recovers float64) float64 { return 5400 / (g.upper / foot) / recovers }

func (g *greenAmpt) takes(step, rain, runon, depth, recovers float64) float64 {
	g.nextSoon -= step
	there := rain + runon + depth/step
	if there < nothing {
		there = 0
	}
	if g.full {
		return g.saturated(step, there, depth, recovers)
	}
	switch {
	case there == 0:
		g.dry(step, recovers)
		return 0
	case there <= g.conducts:
		g.add(there * step)
		if !g.modified && g.nextSoon <= 0 {
			g.event()
		}
		return there
	}
	g.nextSoon = g.drains(recovers)
	fills := g.conducts * (g.suction + depth) * g.short / (there - g.conducts) // the sum at which the surface is saturated
	switch {
	case g.sum > fills:
		g.full = true
		return g.saturated(step, there, depth, recovers)
	case g.sum+there*step < fills:
		g.add(there * step)
		return there
	}
	rest := max(step-(fills-g.sum)/there, 0)
	after := min(g.front(fills, (g.suction+depth)*g.short, rest), fills+there*rest)
	took := after - g.sum
	g.add(took)
	g.full = true
	return took / step
}

// add puts water into the soil.
func (g *greenAmpt) add(depth float64) {
	g.sum += depth
	g.zone = min(g.zone+depth, g.deficit*g.upper)
}

// event begins another, with the deficit that there is now.
func (g *greenAmpt) event() {
	g.short, g.sum = (g.deficit*g.upper-g.zone)/g.upper, 0
}

func (g *greenAmpt) dry(step, recovers float64) {
	if g.zone <= 0 {
		return
	}
	drained := g.upper / foot / 90000 * recovers * g.deficit * g.upper * step
	g.sum, g.zone = g.sum-drained, g.zone-drained
	switch {
	case g.zone <= 0:
		g.zone, g.sum, g.short = 0, 0, g.deficit
	case g.nextSoon <= 0:
		g.event()
	}
}

func (g *greenAmpt) saturated(step, there, depth, recovers float64) float64 {
	if there == 0 {
		return 0
	}
	g.nextSoon = g.drains(recovers)
	took := g.front(g.sum, (g.suction+depth)*g.short, step) - g.sum
	if took > there*step {
		took, g.full = there*step, false
	}
	g.add(took)
	return took / step
}

// front is the sum after a while of saturation: F − c·ln(F + c) grows as fast as the soil conducts.
func (g *greenAmpt) front(sum, c, seconds float64) float64 {
	least := sum + g.conducts*seconds
	if c == 0 {
		return least
	}
	f, goal := max(sum, 1e-9), sum-c*math.Log(sum+c)+g.conducts*seconds
	f = max(f, least)
	for range 50 {
		d := (f - c*math.Log(f+c) - goal) / (f / (f + c))
		if f = max(f-d, least); math.Abs(d) < 1e-10 {
			break
		}
	}
	return f
}

// curveNumber is the SCS method within an event.
type curveNumber struct {
	most, regain float64

	room, roomAtStart float64
	rain, sum         float64 // of the event
	dryFor            float64
	rate              float64 // of the last step
}

func (c *curveNumber) fresh() soil {
	return &curveNumber{most: c.most, regain: c.regain, room: c.most, roomAtStart: c.most}
}

func (c *curveNumber) takes(step, rain, runon, depth, recovers float64) float64 {
	depth += runon * step
	rate := 0.0
	switch {
	case rain > nothing:
		if c.dryFor >= 0.06/c.regain {
			c.rain, c.sum, c.rate, c.roomAtStart = 0, 0, 0, c.room
		}
		c.dryFor = 0
		c.rain += rain * step
		if c.room > 0 {
			rate = max((c.rain*(1-c.rain/(c.rain+c.roomAtStart))-c.sum)/step, 0)
		}
	case depth > 0.05*foot/12 && c.room > 0:
		rate = min(c.rate, c.room/step)
	default:
		c.dryFor += step
	}
	if rate > 0 {
		rate = max(min(rate, rain+depth/step), 0)
		c.sum += rate * step
		c.room = max(c.room-rate*step, 0)
	} else {
		c.room = min(c.room+c.regain*c.most*step*recovers, c.most)
	}
	c.rate = rate
	return rate
}
