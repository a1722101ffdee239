package hydro

import (
	"fmt"
	"math"

	"basin/hydro/hydraulics"
	"basin/twin"
)

// layWorks makes the structures of works.
func (m *Model) layWorks(from material) {
	for _, w := range from.works {
		if w.Inner == nil || w.Outer == nil {
			m.said.add("work-outside", "", w.ID)
			continue
		}
		inner, ok1 := m.number[*w.Inner]
		outer, ok2 := m.number[*w.Outer]
		if !ok1 || !ok2 || inner == outer {
			m.said.add("work-outside", "", w.ID)
			continue
		}
		m.secret(w.Class)
		for _, n := range []*placedNode{&m.nodes[inner], &m.nodes[outer]} {
			if math.IsInf(n.bed, 1) { // nothing but works ends there
				n.bed = math.Min(m.nodes[inner].bed, m.nodes[outer].bed)
			}
		}
		link := placedLink{modelWork: w}
		if w.Type != "pump" {
			m.gate(&link, inner, outer, from.settings[w.ID])
		}
		if w.Type == "pump" || w.Type == "sluice-pump" || len(w.Capacities) > 0 {
			m.pump(&link, inner, outer, from.settings[w.ID])
		}
		m.works = append(m.works, link)
	}
}

// gate makes the gates of a work one structure, from its inner to its outer side.
func (m *Model) gate(w *placedLink, inner, outer int, settings []twin.Value) {
	a, b := &m.nodes[inner], &m.nodes[outer]
	sill, width := math.Inf(1), 0.0
	for i, s := range w.Sills {
		if add, ok := m.raise(w.ID, w.Datums[i], m.Datum); ok && !math.IsNaN(s) {
			sill = math.Min(sill, s+add)
		}
		width += w.Widths[i]
	}
	if math.IsInf(sill, 1) {
		sill = math.Max(a.bed, b.bed) + assumedSill
		m.said.add("sills", fmt.Sprint(assumedSill), w.ID)
	}
	if w.Width > 0 {
		width = w.Width
	}
	if width <= 0 {
		width = assumedWidth * m.widthAt(inner, outer)
		m.said.add("widths", fmt.Sprint(assumedWidth), w.ID)
	}
	law, err := hydraulics.NewGate(sill, width, assumedMu)
	if err != nil {
		m.said.add("work-outside", "", w.ID)
		return
	}
	number := len(m.parts)
	s := hydraulics.Structure{Place: hydraulics.Place{Name: w.ID}, From: inner, To: outer, Law: law, Setting: 1, Ramp: gateSeconds}
	s.Flap = w.Type == "tidal-sluice" || w.Type != "weir" && b.tidal && !a.tidal
	opening, known := opened(settings, w.modelWork)
	switch {
	case w.Type == "lock":
		s.Setting = 0
		m.said.add("locks-shut", "", w.ID)
	case known:
		s.Setting = opening
		m.said.add("gates-held", "", w.ID)
		m.secret(w.SettingClass)
	case s.Flap:
		m.hold(number, inner)
		m.said.add("tidal-gates", "", w.ID)
	default:
		m.said.add("gates-open", "", w.ID)
	}
	w.gates = append(w.gates, number)
	m.parts = append(m.parts, s)
}

// hold makes the rules that keep the inner side of a tidal gate at its usual level.
func (m *Model) hold(gate, inner int) {
	usual := 0.0
	for _, z := range m.nodes[inner].start {
		usual += z / float64(len(m.nodes[inner].start))
	}
	rule := func(less bool, level, setting float64) hydraulics.Rule {
		return hydraulics.Rule{If: hydraulics.Condition{Of: hydraulics.NodeLevel, Object: inner, Less: less, Value: level},
			Then: []hydraulics.Action{{Structure: gate, Setting: setting}}}
	}
	m.rules = append(m.rules, rule(true, usual-assumedBand, 0), rule(false, usual, 1))
}

// widthAt is the width of the bed beside a work.
func (m *Model) widthAt(nodes ...int) float64 {
	width := 0.0
	for _, p := range m.pieces {
		for _, n := range nodes {
			if p.from == n {
				width = math.Max(width, p.points[0].shape.width)
			}
			if p.to == n {
				width = math.Max(width, p.points[len(p.points)-1].shape.width)
			}
		}
	}
	if width == 0 {
		return trapezoids[""].bottom
	}
	return width
}

// opened is the part of its width to which the gates of a work stand open, where all that report are fresh.
func opened(settings []twin.Value, w modelWork) (part float64, known bool) {
	sum, n := 0.0, 0
	for _, v := range settings {
		if v.Property != "gate_opening" || v.Value == nil || v.Stale || v.Flags&implausible != 0 {
			continue
		}
		height := assumedHeight
		if i := v.Number - 1; i >= 0 && i < len(w.Heights) && w.Heights[i] > 0 {
			height = w.Heights[i]
		}
		sum, n = sum+math.Min(1, *v.Value/height), n+1
	}
	if n == 0 {
		return 0, false
	}
	return sum / float64(max(n, len(w.Widths))), true
}

// pump makes the pump units of a work one structure that drains or, with a setting below nought, takes in.
func (m *Model) pump(w *placedLink, inner, outer int, settings []twin.Value) {
	units, capacity, takes := 0.0, 0.0, true
	for i, q := range w.Capacities {
		if q <= 0 {
			q = assumedPump
		}
		units, capacity = units+1, capacity+q
		takes = takes && w.Directions[i] == "intake"
	}
	if units == 0 {
		units, capacity, takes = 1, assumedPump, false
	}
	each := capacity / units
	law, err := hydraulics.NewPump(hydraulics.PumpCurve{Kind: hydraulics.ByLift, X: []float64{0, assumedLift, assumedLift * 1.25}, Flow: []float64{each, each, 0}, Units: units, Reversible: true})
	if err != nil {
		m.said.add("work-outside", "", w.ID)
		return
	}
	s := hydraulics.Structure{Place: hydraulics.Place{Name: w.ID + ", pumps"}, From: inner, To: outer, Law: law, Ramp: gateSeconds / 6}
	known := false
	for _, v := range settings {
		if v.Property == "pump_running" && v.Value != nil && !v.Stale {
			s.Setting, known = math.Min(1, *v.Value/units), true
		}
	}
	if known {
		m.said.add("pumps-held", "", w.ID)
		m.secret(w.SettingClass)
	} else {
		m.said.add("pumps-off", "", w.ID)
	}
	if takes {
		s.Setting = -s.Setting
	}
	w.pumps = append(w.pumps, len(m.parts))
	m.parts = append(m.parts, s)
}
