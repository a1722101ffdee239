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
		m.secret(w.Class)
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
		for _, n := range []*placedNode{&m.nodes[inner], &m.nodes[outer]} {
			if math.IsInf(n.bed, 1) { // nothing but works ends there
				n.bed = math.Min(m.nodes[inner].bed, m.nodes[outer].bed)
			}
		}
		link := placedLink{modelWork: w, outer: outer}
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
	if floor := math.Max(a.bed, b.bed); sill < floor { // below the bed there is no water to let out
		sill = floor + 0.05
		m.said.add("sills-buried", "", w.ID)
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

// hold makes the rule that keeps the inner side of a tidal gate at its usual level: it opens as far as the water stands above.
func (m *Model) hold(gate, inner int) {
	at, usual := m.inland(inner), 0.0
	for _, z := range m.nodes[at].start {
		usual += z / float64(len(m.nodes[at].start))
	}
	by, err := hydraulics.NewTable([]float64{usual - assumedBand, usual + assumedBand}, []float64{0, 1}, false)
	if err != nil { // the band is wider than nothing
		return
	}
	m.rules = append(m.rules, hydraulics.Rule{If: hydraulics.Condition{Of: hydraulics.NodeLevel, Object: at, Value: math.Inf(-1)},
		Then: []hydraulics.Action{{Structure: gate, By: by}}})
}

// inland is the node nearest to the inner side of a gate that is so far away that the gate does not draw its level down at once; else the farthest there is.
func (m *Model) inland(node int) int {
	away, queue, best := map[int]float64{node: 0}, []int{node}, node
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		if best = at; away[at] >= assumedInland {
			break
		}
		for _, p := range m.pieces {
			for _, end := range [][2]int{{p.from, p.to}, {p.to, p.from}} {
				if _, seen := away[end[1]]; end[0] == at && !seen && len(m.nodes[end[1]].start) > 0 {
					away[end[1]] = away[at] + p.points[len(p.points)-1].chainage
					queue = append(queue, end[1])
				}
			}
		}
	}
	return best
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
	units, capacity := 0.0, 0.0
	for _, q := range w.Capacities {
		if q <= 0 {
			q = assumedPump
		}
		units, capacity = units+1, capacity+q
	}
	if units == 0 {
		units, capacity = 1, assumedPump
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
	if w.takes() {
		s.Setting = -s.Setting
	} else { // a pump does not drain what is not there
		bed := m.nodes[inner].bed
		s.Runs = &hydraulics.Hysteresis{Start: bed + 2*assumedSuction, Stop: bed + assumedSuction}
	}
	w.pumps = append(w.pumps, len(m.parts))
	m.parts = append(m.parts, s)
}

// gateMouths puts a gate where a river meets tidal water without a work, if others do so by works: their land lies behind dikes.
func (m *Model) gateMouths(works []modelWork) {
	inner := map[int]bool{}
	for _, w := range works {
		if w.Inner != nil && w.Outer != nil {
			if n, ok := m.number[*w.Inner]; ok {
				inner[n] = true
			}
		}
	}
	if len(inner) == 0 {
		return
	}
	for i := range m.pieces {
		p := &m.pieces[i]
		if m.nodes[p.from].edge == "tidal" && m.open(p.to, p.from, inner) {
			m.gateMouth(p, p.from)
		}
		if m.nodes[p.to].edge == "tidal" && m.open(p.from, p.to, inner) {
			m.gateMouth(p, p.to)
		}
	}
}

// open says whether water gets from a node to the inner side of a work without passing one, or an edge that it comes from.
func (m *Model) open(node, edge int, inner map[int]bool) bool {
	seen, queue := map[int]bool{node: true, edge: true}, []int{node}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		if inner[at] {
			return true
		}
		for _, p := range m.pieces {
			for _, end := range [][2]int{{p.from, p.to}, {p.to, p.from}} {
				if end[0] == at && !seen[end[1]] {
					seen[end[1]] = true
					queue = append(queue, end[1])
				}
			}
		}
	}
	return false
}

// gateMouth parts a reach from the edge that it ends at by a gate.
func (m *Model) gateMouth(p *stretch, edge int) {
	end, inner := p.points[0], len(m.nodes)
	if p.to == edge {
		end = p.points[len(p.points)-1]
	}
	law, err := hydraulics.NewGate(end.bed+assumedSill, assumedWidth*end.shape.width, assumedMu)
	if err != nil {
		return
	}
	m.nodes = append(m.nodes, placedNode{thing: fmt.Sprintf("%s, inner %d", m.nodes[edge].thing, len(m.parts)), x: m.nodes[edge].x, y: m.nodes[edge].y, bed: end.bed, joined: true,
		start: []float64{end.bed + assumedFill*end.shape.height}})
	if p.from == edge {
		p.from = inner
	} else {
		p.to = inner
	}
	m.hold(len(m.parts), inner)
	m.parts = append(m.parts, hydraulics.Structure{Place: hydraulics.Place{Name: p.name + ", mouth"}, From: inner, To: edge, Law: law, Setting: 1, Ramp: gateSeconds, Flap: true})
	m.said.add("mouths", "", p.name)
}
