package hydro

import (
	"fmt"
	"math"
	"slices"

	"basin/hydro/hydraulics"
)

// pointSpacing is how far the points of a reach are apart at most, m; nearEnd how near the end of a reach a station counts as at its end.
const (
	pointSpacing = 1000.0
	nearEnd      = 50.0
)

// bedShape is the shape of a cross-section: surveyed points, or an assumed trapezoid.
type bedShape struct {
	source                  string // the section, or the rank of the river whose trapezoid it is
	offsets, elevations, ns []float64
	assumed                 trapezoid
	height, width           float64 // of the banks above the bed, of the bed
	bed                     float64 // above the datum of the network; of assumed ones by their banks
	chainage                float64
}

// section is the solver's section with its roughness times a factor.
func (s *bedShape) section(factor float64) (hydraulics.Section, error) {
	if s.offsets == nil {
		return hydraulics.NewTrapezoid(s.assumed.bottom, s.assumed.slope, s.assumed.slope, assumedRoughness*factor)
	}
	var panels []hydraulics.Bank
	for i := 1; i < len(s.offsets); i++ {
		n := s.ns[i-1] * factor
		if k := len(panels) - 1; k >= 0 && panels[k].N == n {
			panels[k].Station = s.offsets[i]
			continue
		}
		panels = append(panels, hydraulics.Bank{Station: s.offsets[i], N: n})
	}
	return hydraulics.NewIrregular(s.offsets, s.elevations, panels...)
}

// surveyed makes the shapes of the sections that can be used, by river in the order of their chainages.
func (m *Model) surveyed(sections []modelSection) map[string][]*bedShape {
	out := map[string][]*bedShape{}
	for _, s := range sections {
		m.secret(s.Class)
		add, ok := m.raise(s.ID, s.Datum, m.Datum)
		if s.Datum == m.Datum {
			ok = true // a network may have a datum that nobody knows, as long as all its sections share it
		}
		b := &bedShape{source: s.ID, offsets: s.Offsets, elevations: s.Elevations, chainage: s.Chainage}
		for _, n := range s.Roughness {
			if n <= 0 {
				n = assumedRoughness
			}
			b.ns = append(b.ns, n)
		}
		low := slices.Min(s.Elevations)
		b.bed = low + add
		b.height = math.Min(s.Elevations[0], s.Elevations[len(s.Elevations)-1]) - low
		section, err := b.section(1)
		if !ok || err != nil || b.height <= 0 {
			m.said.add("section-refused", m.Datum, s.ID)
			continue
		}
		if s.Synthetic {
			m.said.add("synthetic", "", s.ID)
		}
		b.width = section.Width(0.1 * b.height)
		out[s.River] = append(out[s.River], b)
		m.shapes = append(m.shapes, b)
	}
	return out
}

// banks is the mean height of banks of a network, for assumed sections to have theirs at.
func banks(known map[string][]*bedShape) float64 {
	sum, n := 0.0, 0
	for _, all := range known {
		for _, b := range all {
			sum, n = sum+b.bed+b.height, n+1
		}
	}
	if n == 0 {
		return assumedBank
	}
	return sum / float64(n)
}

// bedAt is the bed of a river at a chainage, straight between its sections, and the shape of the nearest.
func bedAt(shapes []*bedShape, chainage float64) (float64, *bedShape) {
	i, _ := slices.BinarySearchFunc(shapes, chainage, func(s *bedShape, c float64) int {
		if s.chainage < c {
			return -1
		}
		return 1
	})
	switch {
	case i == 0:
		return shapes[0].bed, shapes[0]
	case i == len(shapes):
		return shapes[i-1].bed, shapes[i-1]
	}
	a, b := shapes[i-1], shapes[i]
	if b.chainage == a.chainage {
		return a.bed, a
	}
	f := (chainage - a.chainage) / (b.chainage - a.chainage)
	near := a
	if f > 0.5 {
		near = b
	}
	return a.bed + f*(b.bed-a.bed), near
}

// layReaches makes the pieces of reaches, cut where stations observe levels.
func (m *Model) layReaches(from material) {
	known := m.surveyed(from.sections)
	top := banks(known)
	assumed := map[string]*bedShape{}
	shapesOf := func(r modelReach) []*bedShape {
		if all := known[r.River]; len(all) > 0 {
			return all
		}
		m.said.add("sections", "", r.ID)
		rank := r.Rank
		if _, ok := trapezoids[rank]; !ok {
			rank = ""
		}
		if assumed[rank] == nil {
			t := trapezoids[rank]
			assumed[rank] = &bedShape{source: rank, assumed: t, height: t.height, width: t.bottom, bed: top - t.height}
			m.shapes = append(m.shapes, assumed[rank])
		}
		return []*bedShape{assumed[rank]}
	}
	on := map[string][]modelStation{}
	for _, s := range from.stations {
		on[s.Reach] = append(on[s.Reach], s)
	}
	inside := map[string]bool{}
	for _, r := range from.reaches {
		if r.Boundary != "" {
			continue
		}
		m.secret(r.Class)
		inside[r.ID] = true
		m.layReach(r, shapesOf(r), on[r.ID])
	}
	for _, s := range from.stations {
		if !inside[s.Reach] {
			m.layStation(s, -1)
		}
	}
}

// layReach makes the pieces of a reach.
func (m *Model) layReach(r modelReach, shapes []*bedShape, stations []modelStation) {
	length := r.Finish - r.Start
	placed := placedReach{modelReach: r}
	slices.SortStableFunc(stations, func(a, b modelStation) int {
		if a.Chainage < b.Chainage {
			return -1
		}
		return 1
	})
	at, node := 0.0, m.number[r.From]
	if placed.node = node; node == m.number[r.To] { // it is too short to count
		for _, s := range stations {
			m.layStation(s, node)
		}
		m.reaches = append(m.reaches, placed)
		return
	}
	for _, s := range stations {
		along := s.Chainage - r.Start
		switch {
		case s.Stream == 0 || along-at < nearEnd:
			m.layStation(s, node)
			continue
		case length-along < nearEnd:
			m.layStation(s, m.number[r.To])
			continue
		}
		next := len(m.nodes)
		m.nodes = append(m.nodes, placedNode{thing: s.ID, x: s.X, y: s.Y, bed: math.Inf(1)})
		m.layPiece(&placed, shapes, at, along, node, next)
		m.layStation(s, next)
		at, node = along, next
	}
	m.layPiece(&placed, shapes, at, length, node, m.number[r.To])
	m.reaches = append(m.reaches, placed)
}

// layPiece makes a piece of a reach between two distances from its beginning.
func (m *Model) layPiece(r *placedReach, shapes []*bedShape, from, to float64, a, b int) {
	n := int(math.Ceil((to - from) / pointSpacing))
	p := stretch{name: r.ID, from: a, to: b, area: r.Area}
	if len(r.pieces) > 0 {
		p.name = fmt.Sprintf("%s, from %.0f m", r.ID, from)
	}
	for i := range n + 1 {
		along := (to - from) * float64(i) / float64(n)
		bed, shape := bedAt(shapes, r.Start+from+along)
		p.points = append(p.points, piecePoint{along, bed, shape})
	}
	for i, end := range map[int]*placedNode{0: &m.nodes[a], n: &m.nodes[b]} {
		q := p.points[i]
		end.bed, end.joined = math.Min(end.bed, q.bed), true
		end.start = append(end.start, q.bed+assumedFill*q.shape.height)
	}
	r.pieces, r.ends = append(r.pieces, len(m.pieces)), append(r.ends, to)
	m.pieces = append(m.pieces, p)
}

// layStation notes where the level of a station is to be found.
func (m *Model) layStation(s modelStation, node int) {
	if s.Stream == 0 {
		return
	}
	p := placedStation{modelStation: s, node: node}
	if add, ok := m.raise(s.ID, m.Datum, s.Datum); ok {
		p.own = &add
	}
	if node < 0 {
		for _, t := range m.tides {
			if t.station == s.ID {
				p.tide = t
			}
		}
		if p.tide == nil && s.Boundary == "tidal" {
			p.tide = nearestTide(m.tides, s.X, s.Y)
		}
		if p.tide == nil {
			return
		}
	}
	m.stations = append(m.stations, p)
}
