package hydro

import (
	"math"
	"time"

	"basin/hydro/hydraulics"
)

// observe gives nodes the levels that were observed there, towards which they are nudged until now.
func (m *Model) observe(d drivers) {
	for i := range m.stations {
		s := &m.stations[i]
		if s.tide != nil {
			if s.tide.station == s.ID {
				s.last, s.lasts = s.tide.last, s.tide.lasts
			}
			continue
		}
		seen := d.recent[s.ID]
		n := len(seen.times)
		if n == 0 {
			continue
		}
		fresh := time.Duration(s.StaleAfter) * time.Second
		if fresh == 0 {
			fresh = levelAt
		}
		if m.Clock.Now.Sub(seen.times[n-1]) <= fresh {
			s.last, s.lasts = &seen.values[n-1], seen.times[n-1]
		}
		if s.own == nil {
			m.said.add("station-refused", m.Datum, s.ID)
			m.secret(s.LevelClass)
			continue
		}
		node := &m.nodes[s.node]
		if node.gauge != nil || node.edge != "" {
			continue
		}
		g := &gauge{from: m.Clock.at(seen.times[0]), to: math.Min(m.Clock.at(seen.times[n-1].Add(fresh)), m.Clock.at(m.Clock.Now))}
		times, values := make([]float64, n), make([]float64, n)
		for k := range seen.times {
			times[k], values[k] = m.Clock.at(seen.times[k]), seen.values[k]-*s.own
		}
		var err error
		if g.level, err = hydraulics.NewLinear(times, values, true); err == nil {
			node.gauge = g
			m.secret(s.LevelClass)
		}
	}
}

// gauge is an observed level while it is known.
type gauge struct {
	level    hydraulics.Series
	from, to float64
}

// At is the level at a time; NaN when it is not known.
func (g *gauge) At(t float64) float64 {
	if t < g.from || t > g.to {
		return math.NaN()
	}
	return g.level.At(t)
}
