package swmm

import (
	"math"
	"sync"
	"time"

	"basin/hydro/hydraulics"
)

// readInflows reads [INFLOWS], [DWF] and [RDII].
func (b *build) readInflows() error {
	direct, dry := map[int]hydraulics.Series{}, map[int]hydraulics.Series{}
	for i := range b.rows["INFLOWS"] {
		r := &b.rows["INFLOWS"][i]
		if b.flows(r) {
			direct[r.find(0, b.nodeNames)] = b.direct(r)
		}
		if r.err != nil {
			return r.err
		}
	}
	for i := range b.rows["DWF"] {
		r := &b.rows["DWF"][i]
		if b.flows(r) {
			dry[r.find(0, b.nodeNames)] = b.patterned(r, r.number(2, 0)*b.unit.Discharge(), 3, 4, 5, 6)
		}
		if r.err != nil {
			return r.err
		}
	}
	for i := range b.nodes {
		n := &b.model.Network.Nodes[i]
		for _, of := range [...]map[int]hydraulics.Series{direct, dry} {
			if s, ok := of[i]; ok {
				n.Inflows = append(n.Inflows, s)
			}
		}
	}
	return b.readRDII()
}

// flows says whether a row is about water; what is about pollutants is listed as ignored.
func (b *build) flows(r *row) bool {
	if !r.need(3) || fold(r.words[1]) == "FLOW" {
		return r.err == nil
	}
	b.ignore(r, "["+r.section+"] "+r.name()+" "+r.words[1])
	return false
}

// direct reads: node, FLOW, series, type, factor of units, factor, base, pattern of the base.
func (b *build) direct(r *row) hydraulics.Series {
	unit := b.unit.Discharge()
	var sum hydraulics.Sum
	if r.has(2) {
		if s := b.timeSeries(r, 2); s != nil {
			of, err := s.linear(unit*r.number(5, 1), false)
			r.blame(err)
			sum = append(sum, of)
		}
	}
	if base := r.number(6, 0) * unit; base != 0 {
		sum = append(sum, b.patterned(r, base, 7))
	}
	return sum
}

// response is one of the unit hydrographs of a group in a month: a triangle.
type response struct {
	part               float64 // of the rain that comes out of it
	peak, base         float64 // s
	loss, recover, wet float64 // initial abstraction: greatest (m), its recovery (m/s), what is used at the start
}

// hydrograph is a group of unit hydrographs: rain that leaks into sewers. It is a Series, m³/s for each m², made when it is first asked for.
type hydrograph struct {
	row       *row
	gage      int
	responses [12][3]response
	options   *Options
	rain      *Gage

	once  sync.Once
	rates []float64 // by steps of the wet step
}

// readHydrographs reads [HYDROGRAPHS]: name and gage, or name, month, response, R, T, K and initial abstraction.
func (b *build) readHydrographs() error {
	for i := range b.rows["HYDROGRAPHS"] {
		r := &b.rows["HYDROGRAPHS"][i]
		key := fold(r.name())
		k, known := b.hydrographNames.of[key]
		if !known {
			k = len(b.hydrographs)
			b.hydrographNames.of[key] = k
			b.hydrographs = append(b.hydrographs, &hydrograph{row: r, gage: -1, options: &b.model.Options})
		}
		switch h := b.hydrographs[k]; {
		case len(r.words) == 2:
			if h.gage = r.find(1, b.gageNames); h.gage >= 0 {
				b.model.Gages[h.gage].used = true
			}
		case r.need(6):
			b.response(r, h)
		}
		if r.err != nil {
			return r.err
		}
	}
	return nil
}

func (b *build) response(r *row, h *hydrograph) {
	month := match(r.words[1], months...)
	if month < 0 && r.word(1, 0, "ALL") < 0 {
		return
	}
	which := r.word(2, 0, "SHORT", "MEDIUM", "LONG")
	if which < 0 {
		return
	}
	unit := b.unit.rain()
	peak := math.Floor(r.least(4) * hour)
	u := response{
		part: r.within(3, 0, 0, 1), peak: peak, base: math.Floor(r.least(4) * (1 + r.least(5)) * hour),
		loss: r.least(6) * unit, recover: r.least(7) * unit / day, wet: r.least(8) * unit,
	}
	for m := range h.responses {
		if month < 0 || m == month {
			h.responses[m][which] = u
		}
	}
}

// readRDII reads [RDII]: node, unit hydrograph, area.
func (b *build) readRDII() error {
	if b.model.Options.ignoreRDII {
		return nil
	}
	for i := range b.rows["RDII"] {
		r := &b.rows["RDII"][i]
		r.need(3)
		at, k, area := r.find(0, b.nodeNames), r.find(1, b.hydrographNames), r.least(2)*b.unit.land()
		if r.err != nil {
			return r.err
		}
		h := b.hydrographs[k]
		if h.gage < 0 {
			h.row.fail("swmm-no-gage", "no line names its rain gage")
			return h.row.err
		}
		h.rain = &b.model.Gages[h.gage]
		n := &b.model.Network.Nodes[at]
		n.Inflows = append(n.Inflows, hydraulics.Scaled{Of: h, By: area})
	}
	return nil
}

// At is the leak from each m² at a time.
func (h *hydrograph) At(t float64) float64 {
	h.once.Do(h.make)
	if i := int(t / h.options.WetStep); t >= 0 && i < len(h.rates) {
		return h.rates[i]
	}
	return 0
}

// interval is the span over which rain is summed: the wet step, or less where a limb is steeper.
func (h *hydrograph) interval() float64 {
	step := h.options.WetStep
	for _, month := range h.responses {
		for _, u := range month {
			if u.peak > 0 {
				if step = min(step, u.peak); u.base > u.peak {
					step = min(step, u.base-u.peak)
				}
			}
		}
	}
	return max(step, 1, h.options.Duration()/mostSteps)
}

// make folds the rain with the triangles. What leaks at a time is of the rain of the intervals before it.
func (h *hydrograph) make() {
	o, step := h.options, h.interval()
	steps := int(o.Duration()/o.WetStep) + 1
	h.rates = make([]float64, steps)
	for k := range 3 {
		f := folding{h: h, which: k, step: step}
		for m := range h.responses {
			f.keep = max(f.keep, int(h.responses[m][k].base/step)+1)
		}
		f.used = h.responses[o.Start.Month()-1][k].wet
		for i := range h.rates {
			h.rates[i] += f.until(float64(i) * o.WetStep)
		}
	}
}

// folding folds rain with one response: it keeps the rain of as many intervals as its base is long.
type folding struct {
	h     *hydrograph
	which int
	step  float64
	keep  int
	used  float64 // of the initial abstraction
	at    float64 // up to which rain was taken
	rain  []float64
	month []time.Month
}

// until takes the rain up to a time and gives what leaks then, m/s.
func (f *folding) until(t float64) (rate float64) {
	for ; f.at < t; f.at += f.step {
		month := after(f.h.options.Start, f.at).Month()
		u := &f.h.responses[month-1][f.which]
		depth := f.h.rain.At(f.at+1) * f.step
		if depth > 0 {
			net := max(depth-max(u.loss-f.used, 0), 0)
			f.used += depth - net
			depth = net
		} else {
			f.used = max(f.used-f.step*u.recover, 0)
		}
		f.rain, f.month = append(f.rain, depth), append(f.month, month)
		if len(f.rain) > 2*f.keep { // the older half is of no use any more
			f.rain, f.month = append(f.rain[:0], f.rain[len(f.rain)-f.keep:]...), append(f.month[:0], f.month[len(f.month)-f.keep:]...)
		}
	}
	for p := 1; p < f.keep && p <= len(f.rain); p++ {
		if depth := f.rain[len(f.rain)-p]; depth > 0 {
			u := &f.h.responses[f.month[len(f.month)-p]-1][f.which]
			rate += depth * u.ordinate((float64(p)-0.5)*f.step) * u.part
		}
	}
	return rate
}

// ordinate is the height of the triangle at a time, 1/s.
func (u *response) ordinate(t float64) float64 {
	switch {
	case t >= u.base:
		return 0
	case t <= u.peak:
		return t / u.peak * 2 / u.base
	}
	return (1 - (t-u.peak)/(u.base-u.peak)) * 2 / u.base
}
