package hydro

import (
	"context"
	"math"
	"slices"

	"basin/access"
	"basin/hydro/hydraulics"
)

// probe is something of which every run has a series.
type probe struct {
	thing, quantity, unit, datum, class string
	read                                func(s *hydraulics.Solver, c Change) float64
	last                                *float64 // what its first value is to be, where its datum has no offset
}

// track is what the probes of a run read, by probe and time.
type track [][]float32

// probes are those of a model: levels of stations, levels and flows of reaches, flows and openings of works, how many of their pumps run, and the tide outside.
func (m *Model) probes() []probe {
	var out []probe
	for i := range m.stations {
		out = append(out, m.stationProbe(&m.stations[i]))
	}
	for i := range m.reaches {
		r := &m.reaches[i]
		if len(r.pieces) == 0 {
			out = append(out, probe{thing: r.ID, quantity: "level", unit: "m", datum: m.Datum, class: r.Class,
				read: func(s *hydraulics.Solver, _ Change) float64 { return s.Level(r.node) }})
			continue
		}
		k, along := r.middle()
		out = append(out, probe{thing: r.ID, quantity: "level", unit: "m", datum: m.Datum, class: r.Class,
			read: func(s *hydraulics.Solver, _ Change) float64 { return m.levelAlong(s, k, along) }},
			probe{thing: r.ID, quantity: "discharge", unit: "m3/s", class: r.Class, read: func(s *hydraulics.Solver, _ Change) float64 { return s.Flow(k) }})
	}
	for i := range m.works {
		w := &m.works[i]
		all := slices.Concat(w.gates, w.pumps)
		if len(all) == 0 {
			continue
		}
		out = append(out, probe{thing: w.ID, quantity: "discharge", unit: "m3/s", class: w.Class, read: func(s *hydraulics.Solver, _ Change) (sum float64) {
			for _, k := range all {
				sum += s.Through(k)
			}
			return sum
		}}, probe{thing: w.ID, quantity: "opening", unit: "1", class: w.Class, read: func(s *hydraulics.Solver, _ Change) float64 { return s.Setting(all[0]) }})
		if len(w.pumps) > 0 {
			out = append(out, probe{thing: w.ID, quantity: "running", unit: "1", class: w.Class,
				read: func(s *hydraulics.Solver, _ Change) float64 {
					return math.Abs(s.Setting(w.pumps[0])) * float64(w.units())
				}})
		}
		if m.nodes[w.outer].tidal {
			out = append(out, probe{thing: w.ID, quantity: "outer_level", unit: "m", datum: m.Datum, class: w.Class,
				read: func(s *hydraulics.Solver, _ Change) float64 { return s.Level(w.outer) }})
		}
	}
	return out
}

// stationProbe reads the level of a station above its own datum, if that is known from the network's, else as the network has it.
func (m *Model) stationProbe(p *placedStation) probe {
	out := probe{thing: p.ID, quantity: "level", unit: "m", datum: m.Datum, class: p.Class}
	if !access.Class(p.Class).Allows(access.Class(p.LevelClass)) {
		out.class = p.LevelClass
	}
	add := 0.0
	if p.own != nil {
		out.datum, add = p.Datum, *p.own
	}
	if t := p.tide; t != nil {
		if t.datum != "" {
			out.datum, add = t.datum, 0
		}
		now := m.Clock.at(m.Clock.Now)
		out.read = func(s *hydraulics.Solver, c Change) float64 {
			return t.level.At(s.Now()) + rising{now, c.Surge}.At(s.Now()) + add
		}
		return out
	}
	out.read = func(s *hydraulics.Solver, _ Change) float64 { return s.Level(p.node) + add }
	if p.own == nil && p.last != nil {
		out.datum, out.last = p.Datum, p.last
		m.said.add("anchored", "", p.ID)
	}
	return out
}

// middle is the piece that holds the middle of a reach, and how far along it that is.
func (r *placedReach) middle() (number int, along float64) {
	half := r.ends[len(r.ends)-1] / 2
	i, _ := slices.BinarySearch(r.ends, half)
	if i > 0 {
		half -= r.ends[i-1]
	}
	return r.pieces[i], half
}

// levelAlong is the level so far along a piece, straight between its points.
func (m *Model) levelAlong(s *hydraulics.Solver, number int, along float64) float64 {
	levels, _ := s.Profile(number)
	points := m.pieces[number].points
	for i := 1; i < len(points); i++ {
		if along <= points[i].chainage {
			f := (along - points[i-1].chainage) / (points[i].chainage - points[i-1].chainage)
			return levels[i-1] + f*(levels[i]-levels[i-1])
		}
	}
	return levels[len(levels)-1]
}

// follow runs a member to the horizon and notes what the probes read. It says after each interval how much is done.
func (f *Forecasts) follow(ctx context.Context, m *Model, c Change, s *hydraulics.Solver, say func(part float64)) (track, error) {
	probes := m.spots
	out := make(track, len(probes))
	every := f.options.Interval.Seconds()
	from, until := m.Clock.at(m.Clock.Now), m.Clock.at(m.Clock.Until)
	for at := from; at <= until; at += every {
		if err := s.Run(ctx, at); err != nil {
			return nil, err
		}
		for i := range probes {
			out[i] = append(out[i], float32(probes[i].read(s, c)))
		}
		if say != nil {
			say((at - from) / (until - from))
		}
	}
	return out, nil
}

// series puts the tracks of a forecast (the first) and of its members together.
func (m *Model) series(o ForecastOptions, tracks []track) []Series {
	probes := m.spots
	out := make([]Series, len(probes))
	for i, p := range probes {
		var all [][]float32
		for _, t := range tracks {
			if t != nil {
				all = append(all, t[i])
			}
		}
		class := access.Class(p.class)
		if !class.Allows(m.Class) {
			class = m.Class
		}
		s := Series{Thing: p.thing, Quantity: p.quantity, Unit: p.unit, Datum: p.datum, class: string(class), First: m.Clock.Now, IntervalS: int(o.Interval.Seconds())}
		var raise float32
		if p.last != nil {
			raise = float32(*p.last) - tracks[0][i][0]
		}
		values := make([]float32, len(all))
		for k := range tracks[0][i] {
			for j := range all {
				values[j] = all[j][k] + raise
			}
			s.Values = append(s.Values, values[0])
			slices.Sort(values)
			s.Low, s.High = append(s.Low, percentile(values, 0.1)), append(s.High, percentile(values, 0.9))
		}
		out[i] = s
	}
	return out
}

// percentile is the value below which a part of sorted values lies, straight between two.
func percentile(sorted []float32, part float64) float32 {
	at := part * float64(len(sorted)-1)
	i := min(int(at), max(len(sorted)-2, 0))
	if len(sorted) == 1 {
		return sorted[0]
	}
	return sorted[i] + float32(at-float64(i))*(sorted[i+1]-sorted[i])
}

// unsteadyTurns is how often a level must turn back and forth in a run to be told.
const unsteadyTurns = 20

// unsteady are the nodes where the computation of a run was not steady, the worst first.
func (m *Model) unsteady(s *hydraulics.Solver) []Unsteady {
	var out []Unsteady
	for i := range m.nodes {
		if n := s.Turns(i); n >= unsteadyTurns {
			out = append(out, Unsteady{m.nodes[i].thing, n})
		}
	}
	slices.SortStableFunc(out, func(a, b Unsteady) int { return b.Turns - a.Turns })
	return out[:min(len(out), mostThings)]
}
