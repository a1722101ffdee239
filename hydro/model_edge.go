package hydro

import (
	"fmt"
	"math"
	"slices"
)

// edges gives edges the tide nearest to them.
func (m *Model) edges(from material, d drivers) {
	for i := range m.nodes {
		n := &m.nodes[i]
		switch n.edge {
		case "tidal":
			n.tide = nearestTide(d.tides, n.x, n.y)
			add, ok := m.raise(n.tide.station, n.tide.datum, m.Datum)
			if n.tide.datum == "" {
				add, ok = 0, true
			}
			if !ok {
				add = assumedMean - n.tide.mean
				m.said.add("tide-mean", fmt.Sprint(assumedMean), n.tide.station)
			}
			n.add = add
		case "inflow":
			m.inflow(n, from)
		case "level":
			m.level(n, from, d)
		}
	}
	m.gateMouths(from.works)
	m.spreadTidal()
}

// inflow gives an edge its part of the discharge that a station on the river beyond observes.
func (m *Model) inflow(n *placedNode, from material) {
	edges := 0.0
	for _, o := range m.nodes {
		if o.river == n.river {
			edges++
		}
	}
	for _, s := range from.stations {
		if s.River != n.river {
			continue
		}
		for _, v := range from.settings[s.ID] {
			if v.Property == "discharge" && v.Value != nil && !v.Stale && v.Flags&implausible == 0 {
				n.inflow = *v.Value / edges
				m.secret(s.FlowClass)
				m.said.add("inflow-held", "", n.thing)
				return
			}
		}
	}
	m.said.add("inflow-none", "", n.thing)
}

// level gives an edge the level that a station on the river beyond observes.
func (m *Model) level(n *placedNode, from material, d drivers) {
	m.said.add("level-held", "", n.thing)
	for _, s := range from.stations {
		seen := d.recent[s.ID].values
		if add, ok := m.raise(s.ID, s.Datum, m.Datum); ok && s.River == n.river && len(seen) > 0 {
			z := seen[len(seen)-1] + add
			n.held = &z
			m.secret(s.LevelClass)
			return
		}
	}
}

// spreadTidal marks the nodes that tidal water reaches without passing a work.
func (m *Model) spreadTidal() {
	for changed := true; changed; {
		changed = false
		for i := range m.nodes {
			if n := &m.nodes[i]; n.edge == "tidal" && !n.tidal {
				n.tidal, changed = true, true
			}
		}
		for _, p := range m.pieces {
			if a, b := &m.nodes[p.from], &m.nodes[p.to]; a.tidal != b.tidal {
				a.tidal, b.tidal, changed = true, true, true
			}
		}
	}
}

// closed tells of the parts of the network that have no edge.
func (m *Model) closed() {
	part := make([]int, len(m.nodes))
	for i := range part {
		part[i] = i
	}
	var find func(i int) int
	find = func(i int) int {
		if part[i] != i {
			part[i] = find(part[i])
		}
		return part[i]
	}
	for _, p := range m.pieces {
		part[find(p.from)] = find(p.to)
	}
	for _, p := range m.parts {
		part[find(p.From)] = find(p.To)
	}
	open, told := map[int]bool{}, map[int]bool{}
	for i := range m.nodes {
		m.nodes[i].parted = find(i)
		open[find(i)] = open[find(i)] || m.nodes[i].edge != ""
	}
	for i := range m.nodes {
		if p := m.nodes[i].parted; !open[p] && !told[p] {
			told[p] = true
			m.said.add("closed", "", m.nodes[i].thing)
		}
	}
}

// deepen makes the channels between edges and works deep enough for the lowest tide, as the ebb of their gates scours them, and says which reaches are computed as such that may
// run dry: these, for flow through them may be fast, and those whose bed lies near or above the level to which their water could fall.
func (m *Model) deepen() {
	least := math.Inf(1)
	for i := range m.nodes {
		for _, z := range m.nodes[i].start {
			least = math.Min(least, z)
		}
	}
	for i := range m.pieces {
		p := &m.pieces[i]
		from, to := &m.nodes[p.from], &m.nodes[p.to]
		p.dry = from.tidal || from.edge != "" || to.edge != "" || slices.ContainsFunc(p.points, func(q piecePoint) bool { return q.bed > least-assumedDeep })
		if !from.tidal {
			continue
		}
		for k := range p.points {
			q := &p.points[k]
			if floor := m.lowest() - assumedCreek; q.bed > floor {
				q.bed = floor
				m.said.add("creeks", fmt.Sprint(assumedCreek), p.name)
			}
		}
		from.bed, to.bed = math.Min(from.bed, p.points[0].bed), math.Min(to.bed, p.points[len(p.points)-1].bed)
	}
	for i := range m.nodes {
		if n := &m.nodes[i]; n.tidal {
			n.bed = math.Min(n.bed, m.lowest()-assumedCreek)
		}
	}
}

// lowest is the lowest level that tides may have, in whole metres so that it stays from one forecast to the next.
func (m *Model) lowest() float64 {
	lowest := math.Inf(1)
	for i := range m.nodes {
		if n := &m.nodes[i]; n.tide != nil {
			lowest = math.Min(lowest, math.Floor(n.tide.lowest+n.add))
		}
	}
	return lowest
}

// uses says whether a tide has a part in the model.
func (m *Model) uses(t *tide) bool {
	return slices.ContainsFunc(m.nodes, func(n placedNode) bool { return n.tide == t }) ||
		slices.ContainsFunc(m.stations, func(s placedStation) bool { return s.tide == t })
}
