package swmm

import (
	"math"
	"sort"

	"basin/fault"
	"basin/hydro/hydraulics"
)

// Gage is a rain gage: spells of rain with even rates.
type Gage struct {
	hydraulics.Place

	from, to, rate []float64 // seconds, m/s
	used           bool
	interval       float64 // of its records, s
}

// At is the rate of rain, m/s.
func (g *Gage) At(t float64) float64 {
	i := g.spell(t)
	if i < len(g.from) && t >= g.from[i] {
		return g.rate[i]
	}
	return 0
}

// spell is the first that ends after a time.
func (g *Gage) spell(t float64) int { return sort.SearchFloat64s(g.to, math.Nextafter(t, math.Inf(1))) }

// next is when the rate changes after a time.
func (g *Gage) next(t float64) float64 {
	i := g.spell(t)
	switch {
	case i == len(g.from):
		return math.Inf(1)
	case t < g.from[i]:
		return g.from[i]
	}
	return g.to[i]
}

// settleSteps makes steps fit: no wet step is longer than the interval of a gage in use, no dry step shorter than a wet one, no step of routing longer.
func (b *build) settleSteps() error {
	o := &b.model.Options
	for i := range b.model.Gages {
		if g := &b.model.Gages[i]; g.used {
			o.WetStep = min(o.WetStep, g.interval)
		}
	}
	o.DryStep = max(o.DryStep, o.WetStep)
	o.RoutingStep = min(o.RoutingStep, o.WetStep)
	if o.Duration()/o.WetStep > mostSteps {
		return fault.New(fault.Invalid, "swmm-too-many-steps", "the run has more than {limit} wet steps", "limit", mostSteps)
	}
	return nil
}

// readGages reads [RAINGAGES]: name, format, interval, factor of snow, source, series.
func (b *build) readGages() error {
	for i := range b.rows["RAINGAGES"] {
		r := &b.rows["RAINGAGES"][i]
		if r.need(6) && b.gageNames.add(r) >= 0 {
			b.model.Gages = append(b.model.Gages, b.gage(r))
		}
		if r.err != nil {
			return r.err
		}
	}
	return nil
}

func (b *build) gage(r *row) Gage {
	g := Gage{Place: r.place()}
	kind := r.word(1, 0, "INTENSITY", "VOLUME", "CUMULATIVE")
	g.interval = math.Round(r.clock(2))
	if g.interval <= 0 {
		r.fail("swmm-not-positive", "field {field} must be above zero", "field", 3)
	}
	if r.word(4, 0, "TIMESERIES", "FILE") == 1 {
		r.refuse("FILE")
	}
	s := b.timeSeries(r, 5)
	if r.err != nil {
		return g
	}
	before := 0.0
	for i, v := range s.y {
		if i > 0 && s.x[i]-s.x[i-1] < g.interval-0.5 {
			r.fail("swmm-gage-interval", "its interval of {interval} s is longer than that of its series at {at} s", "interval", g.interval, "at", s.x[i])
		}
		rate := v
		switch kind {
		case 1:
			rate = v / g.interval * hour
		case 2:
			if rate = v / g.interval * hour; v >= before {
				rate = (v - before) / g.interval * hour
			}
			before = v
		}
		if rate < 0 {
			r.fail("swmm-negative-rain", "its rain at {at} s is below zero", "at", s.x[i])
		}
		if rate > 0 {
			g.from, g.to, g.rate = append(g.from, s.x[i]), append(g.to, s.x[i]+g.interval), append(g.rate, rate*b.model.climate.wetter[after(b.model.Options.Start, s.x[i]).Month()-1]*b.unit.rain()/hour)
		}
	}
	return g
}
