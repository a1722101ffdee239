package hydro

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"basin/access"
	"basin/hydro/hydraulics"
)

// drive changes what moves the water: rain and surge.
func (a *ScenarioAsked) drive(d *drivers, areas []modelArea) error {
	for i := range a.Changes {
		c, place := &a.Changes[i], fmt.Sprintf("changes[%d]", i)
		var err error
		switch {
		case c.Rain != nil:
			err = c.rain(d, areas, place)
		case c.Surge != nil:
			err = c.surge(d, place+".surge_m")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rainsElse says whether the rain to come is given for all areas, so that no forecast is missed.
func (a *ScenarioAsked) rainsElse() bool {
	return slices.ContainsFunc(a.Changes, func(c ScenarioChange) bool { return len(c.Rain) > 0 && c.Rain[0] == '{' && c.Area == "" })
}

// rain changes the rain to come, of an area or of all.
func (c *ScenarioChange) rain(d *drivers, areas []modelArea, place string) error {
	if c.Area != "" && !slices.ContainsFunc(areas, func(a modelArea) bool { return a.Code == c.Area }) {
		return badChange(place+".area", "names no area of the network: "+quoted(c.Area))
	}
	factor, isFactor, err := number(c.Rain, place+".rain", 0, mostFactor)
	if err != nil {
		return err
	}
	var instead []shower
	if !isFactor {
		if instead, err = showers(c.Rain, d.clock, place+".rain"); err != nil {
			return err
		}
	}
	if c.Area != "" {
		if _, ok := d.rain[c.Area]; !ok {
			d.rain[c.Area] = d.rain[""]
		}
	} else if _, ok := d.rain[""]; !ok {
		d.rain[""] = rainfall{}
	}
	for area, r := range d.rain {
		if c.Area != "" && area != c.Area {
			continue
		}
		past, ahead := parted(r.ahead, d.clock.Now)
		if isFactor {
			for i := range ahead {
				ahead[i].mm *= factor
			}
		} else {
			ahead = instead
		}
		r.ahead = slices.Concat(past, ahead)
		d.rain[area] = r
	}
	return nil
}

// parted are showers before a time and after it.
func parted(all []shower, at time.Time) (before, after []shower) {
	for _, s := range all {
		switch {
		case !s.to.After(at):
			before = append(before, s)
		case !s.from.Before(at):
			after = append(after, s)
		default:
			mm := s.mm * float64(at.Sub(s.from)) / float64(s.to.Sub(s.from))
			before, after = append(before, shower{s.from, at, mm}), append(after, shower{at, s.to, s.mm - mm})
		}
	}
	return before, after
}

// showers reads a series of rain, of which what falls within the run counts.
func showers(raw json.RawMessage, c Clock, place string) ([]shower, error) {
	r := struct {
		First     time.Time `json:"first"`
		IntervalS int       `json:"interval_s"`
		MM        []float64 `json:"mm"`
	}{}
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, badChange(place, "must be a factor, or first, interval_s and mm")
	}
	checked := Rainfall{Issued: c.Now, Source: "scenario", First: r.First, IntervalS: r.IntervalS, MM: r.MM}
	if err := checked.check(c.Now); err != nil {
		return nil, badChange(place, err.Error())
	}
	if r.First.Before(c.Now) || !r.First.Before(c.Until) {
		return nil, badChange(place+".first", "must be from "+c.Now.Format(time.RFC3339)+" to "+c.Until.Format(time.RFC3339))
	}
	var out []shower
	for i, mm := range r.MM {
		from := r.First.Add(time.Duration(i*r.IntervalS) * time.Second)
		out = append(out, shower{from, from.Add(time.Duration(r.IntervalS) * time.Second), mm})
	}
	return out, nil
}

// surge raises all tides.
func (c *ScenarioChange) surge(d *drivers, place string) error {
	height, constant, err := number(c.Surge, place, -mostSurge, mostSurge)
	if err != nil {
		return err
	}
	all := []timed{{d.clock.Now.Add(surgeReached), height}}
	if !constant {
		if all, err = d.clock.series(c.Surge, place, -mostSurge, mostSurge); err != nil {
			return err
		}
	}
	if all[0].at.After(d.clock.Now) {
		all = append([]timed{{d.clock.Now, 0}}, all...)
	}
	on, err := d.clock.line(all)
	if err != nil {
		return err
	}
	for _, t := range d.tides {
		t.level = hydraulics.Sum{t.level, after{on, d.clock.at(d.clock.Now)}}
	}
	return nil
}

// line is a series straight between its values, the last of which holds.
func (c Clock) line(all []timed) (hydraulics.Series, error) {
	if len(all) == 1 {
		return hydraulics.Constant(all[0].value), nil
	}
	var times, values []float64
	for _, t := range all {
		times, values = append(times, c.at(t.at)), append(values, t.value)
	}
	return hydraulics.NewLinear(times, values, true)
}

// after is a series that is nought before a time.
type after struct {
	of   hydraulics.Series
	from float64
}

// At is the value at a time.
func (a after) At(t float64) float64 {
	if t < a.from {
		return 0
	}
	return a.of.At(t)
}

// change changes what stands in the water: gates, pumps and inflows, as far as who asks may see them.
func (a *ScenarioAsked) change(m *Model, clearance access.Class) error {
	m.parts = slices.Clone(m.parts)
	for i := range a.Changes {
		c, place := &a.Changes[i], fmt.Sprintf("changes[%d]", i)
		var err error
		switch {
		case c.Work != "":
			err = c.gates(m, place, clearance)
		case c.Pump != "":
			err = c.pumps(m, place, clearance)
		case c.Inflow != nil:
			err = c.pour(m, place)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// work finds a work of the model that has such parts.
func (m *Model) work(id, place, what string, clearance access.Class, parts func(w *placedLink) []int) (*placedLink, error) {
	for i := range m.works {
		w := &m.works[i]
		if w.ID != id || !clearance.Allows(access.Class(w.Class)) {
			continue
		}
		if len(parts(w)) == 0 {
			return nil, badChange(place, "names a work that has no "+what+" in the network: "+quoted(id))
		}
		return w, nil
	}
	return nil, badChange(place, "names no work of the network: "+quoted(id))
}

// gates sets the gates of a work.
func (c *ScenarioChange) gates(m *Model, place string, clearance access.Class) error {
	w, err := m.work(c.Work, place+".work", "gates", clearance, func(w *placedLink) []int { return w.gates })
	if err != nil {
		return err
	}
	settings, err := c.settings(m.Clock, place, 1)
	if err != nil {
		return err
	}
	for _, k := range w.gates {
		if c.Fails == "open" { // what is stuck does not fall shut by itself
			m.parts[k].Flap = false
		}
		if err := m.command(k, settings, 1); err != nil {
			return err
		}
	}
	return nil
}

// pumps sets the pumps of a work; intakes run the other way.
func (c *ScenarioChange) pumps(m *Model, place string, clearance access.Class) error {
	w, err := m.work(c.Pump, place+".pump", "pumps", clearance, func(w *placedLink) []int { return w.pumps })
	if err != nil {
		return err
	}
	settings, err := c.settings(m.Clock, place, w.units())
	if err != nil {
		return err
	}
	way := 1.0
	if w.takes() {
		way = -1
	}
	for _, k := range w.pumps {
		if err := m.command(k, settings, way); err != nil {
			return err
		}
	}
	return nil
}

// settings are those that a change asks for.
func (c *ScenarioChange) settings(clock Clock, place string, units int) ([]timed, error) {
	switch {
	case c.Fails == "open":
		return []timed{{clock.Now, 1}}, nil
	case c.Fails == "shut":
		return []timed{{clock.Now, 0}}, nil
	case c.Setting != nil:
		return []timed{{clock.Now, *c.Setting}}, within(*c.Setting, place+".setting", 0, 1)
	case c.Units != nil:
		return []timed{{clock.Now, float64(*c.Units) / float64(units)}}, within(float64(*c.Units), place+".units", 0, float64(units))
	}
	return clock.series(c.Schedule, place+".schedule", 0, 1)
}

// command makes the rule that moves a structure from the first of its settings on, before any other rule.
func (m *Model) command(part int, settings []timed, way float64) error {
	var times, values []float64
	for _, s := range settings {
		times, values = append(times, m.Clock.at(s.at)), append(values, way*s.value)
	}
	over, err := hydraulics.NewStepped(times, values, math.Inf(1))
	if err != nil {
		return err
	}
	m.commands++
	m.rules = append(m.rules, hydraulics.Rule{If: hydraulics.Condition{Of: hydraulics.SinceStart, Value: times[0], Equal: true},
		Then: []hydraulics.Action{{Structure: part, Over: over}}, Priority: float64(m.commands)})
	return nil
}

// pour lets water in: at a node besides what flows there, or from a boundary river instead of what it brings.
func (c *ScenarioChange) pour(m *Model, place string) error {
	q, constant, err := number(c.Inflow, place+".inflow", -mostInflow, mostInflow)
	if err != nil {
		return err
	}
	all := []timed{{m.Clock.Now, q}}
	if !constant {
		if all, err = m.Clock.series(c.Inflow, place+".inflow", -mostInflow, mostInflow); err != nil {
			return err
		}
	}
	flow, err := m.Clock.line(all)
	if err != nil {
		return err
	}
	now := m.Clock.at(m.Clock.Now)
	var edges []*placedNode
	for i := range m.nodes {
		if n := &m.nodes[i]; n.edge == "inflow" && n.river == c.At {
			edges = append(edges, n)
		}
	}
	for _, n := range edges {
		part := hydraulics.Scaled{Of: flow, By: 1 / float64(len(edges)), Plus: -n.inflow}
		n.poured = append(n.poured, after{part, now})
	}
	if len(edges) > 0 {
		return nil
	}
	number, known := m.number[c.At]
	if !known || m.nodes[number].tide != nil || m.nodes[number].edge == "level" {
		return badChange(place+".at", "names no node inside the network and no river that flows into it: "+quoted(c.At))
	}
	m.nodes[number].poured = append(m.nodes[number].poured, after{flow, now})
	return nil
}

// quoted is a text that somebody wrote, cut and quoted for a message.
func quoted(s string) string { return strconv.Quote(s[:min(len(s), 60)]) }
