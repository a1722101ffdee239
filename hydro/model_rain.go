package hydro

import (
	"fmt"
	"time"

	"basin/hydro/hydraulics"
)

// rainfall is what falls on an area: what was observed, then what is forecast.
type rainfall struct{ seen, ahead []shower }

// shower is the rain between two times.
type shower struct {
	from, to time.Time
	mm       float64
}

// runoffStep is the step of the runoff of land, and warmUp how long before a run it begins.
const (
	runoffStep = 300.0
	warmUp     = 72 * time.Hour
)

// drain gives reaches the land whose rain flows into them: that of the area they lie in, by their length. Its small waters that rise and fall with the river are at its nodes.
func (m *Model) drain(areas []modelArea) {
	length := map[string]float64{}
	for _, p := range m.pieces {
		length[p.area] += p.points[len(p.points)-1].chainage
	}
	size := map[string]float64{}
	for _, a := range areas {
		size[a.Code] = a.M2
	}
	for i := range m.pieces {
		p := &m.pieces[i]
		own := p.points[len(p.points)-1].chainage
		if size[p.area] > 0 {
			p.drains = size[p.area] * own / length[p.area]
		} else {
			p.drains = assumedCatchment * 1e6 * own / 1000
			m.said.add("catchment-default", fmt.Sprint(assumedCatchment), p.name)
		}
	}
	for _, p := range m.pieces {
		for _, end := range []int{p.from, p.to} {
			if n := &m.nodes[end]; !n.tidal && n.edge == "" {
				n.waters += p.drains * assumedLand.Water * assumedJoined / 2
			}
		}
	}
	if len(areas) > 0 {
		m.said.add("catchment", "", "")
	}
	m.said.add("land", "", "")
}

// runoff is what leaves a square metre of land of each area, m³/s, when the rain to come is so many times what is forecast.
func (m *Model) runoff(factor float64) (map[string]hydraulics.Series, error) {
	out := map[string]hydraulics.Series{}
	begin := m.Clock.From.Add(-warmUp)
	for _, p := range m.pieces {
		if out[p.area] != nil {
			continue
		}
		rain, ok := m.rain[p.area]
		if !ok {
			rain = m.rain[""]
		}
		steps := int(m.Clock.Until.Sub(begin).Seconds()/runoffStep) + 2
		rates := make(rates, steps)
		rates.add(rain.seen, begin, 1)
		rates.add(rain.ahead, begin, factor)
		off, _, _, err := assumedLand.Outflow(assumedWet, rates, hydraulics.Constant(assumedEvaporation), runoffStep, steps)
		if err != nil {
			return nil, err
		}
		out[p.area] = later{off, m.Clock.at(begin)}
	}
	return out, nil
}

// rates are m/s of rain by step.
type rates []float64

// At is the rate at a time.
func (r rates) At(t float64) float64 {
	if i := int(t / runoffStep); i >= 0 && i < len(r) {
		return r[i]
	}
	return 0
}

// add spreads showers over the steps that they last.
func (r rates) add(showers []shower, begin time.Time, factor float64) {
	for _, s := range showers {
		from, to := s.from.Sub(begin).Seconds()/runoffStep, s.to.Sub(begin).Seconds()/runoffStep
		if to <= from {
			continue
		}
		rate := factor * s.mm / 1000 / ((to - from) * runoffStep)
		for i := max(0, int(from)); i < len(r) && float64(i) < to; i++ {
			r[i] += rate * (min(to, float64(i+1)) - max(from, float64(i)))
		}
	}
}

// later is a series whose time begins at another.
type later struct {
	of hydraulics.Series
	by float64
}

// At is the value at a time.
func (l later) At(t float64) float64 { return l.of.At(t - l.by) }
