package hydro

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"basin/access"
	"basin/fault"
	"basin/hydro/hydraulics"
	"basin/twin"
)

// Model is the water network of the database on its way into the solver. What does not change from one run to another of an ensemble is made once.
type Model struct {
	Datum   string
	Class   access.Class // of the most secret thing that has a part in it
	Clock   Clock
	Assumed []Assumption

	said     assumptions
	offsets  map[string][]twin.DatumOffset
	nodes    []placedNode
	number   map[string]int // of nodes, by thing
	pieces   []stretch
	reaches  []placedReach
	works    []placedLink
	stations []placedStation
	parts    []hydraulics.Structure
	rules    []hydraulics.Rule
	tides    []*tide
	rain     map[string]rainfall // by area
	within   float64             // seconds in which nudging would close a gap
	shapes   []*bedShape
	spots    []probe
}

// Clock is the time of a run: the solver counts seconds from Origin, begins at From, knows what was observed until Now and goes on to Until.
type Clock struct{ Origin, From, Now, Until time.Time }

// at is a time on the solver's clock.
func (c Clock) at(t time.Time) float64 { return t.Sub(c.Origin).Seconds() }

// placedNode is a node of the model.
type placedNode struct {
	thing  string
	x, y   float64
	bed    float64
	start  []float64 // what the reaches that end there say of its level at the start
	edge   string    // tidal, inflow or level; empty inside
	tide   *tide     // outside
	add    float64   // what its tide is to be raised by
	gauge  hydraulics.Series
	tidal  bool    // reached by tidal water without a work between
	joined bool    // by a reach
	waters float64 // m² of small waters that rise and fall with it
	parted int     // the part of the network that it belongs to
}

// stretch is what is between two nodes of a reach of the solver: a reach of the network, or a part of one between its stations.
type stretch struct {
	name     string
	from, to int
	points   []piecePoint
	dry      bool
	area     string  // whose rain falls on it
	drains   float64 // m² of land
}

type piecePoint struct {
	chainage, bed float64
	shape         *bedShape
}

// placedReach says which pieces a reach is of.
type placedReach struct {
	modelReach
	pieces []int
	ends   []float64 // where each piece ends, from the beginning of the reach
	node   int       // where it begins; where it lies, if it is too short to have pieces
}

// placedStation says where the level of a station is: at a node, or of a tide.
type placedStation struct {
	modelStation
	node  int // -1 for none
	tide  *tide
	own   *float64 // what to add to a level of the network for one above the station's datum; nil where nobody stated it
	last  *float64 // the last fresh level observed, above its datum
	lasts time.Time
}

// placedLink says which structures a work is of.
type placedLink struct {
	modelWork
	gates, pumps []int
}

// levelAt is how long a reading counts as present where its datastream does not say.
const levelAt = 2 * time.Hour

// drivers are what moves the water: levels observed, tides and rain.
type drivers struct {
	clock  Clock
	recent map[string]gauged
	tides  []*tide
	rain   map[string]rainfall
	within float64 // seconds in which nudging would close a gap
}

// newModel makes a model of what was read.
func newModel(from material, d drivers) (*Model, error) {
	m := &Model{Clock: d.clock, Class: access.Public, offsets: from.offsets, number: map[string]int{}, tides: d.tides, rain: d.rain, within: d.within}
	m.Datum = datumFor(from)
	for _, t := range d.tides {
		t.tell(&m.said)
		m.secret(t.class)
	}
	m.layNodes(from)
	if len(m.nodes) == 0 {
		return nil, fault.New(fault.NotFound, "no-network", "there are no reaches to compute: load a river network first")
	}
	m.layReaches(from)
	m.edges(from, d)
	m.deepen()
	m.layWorks(from)
	m.closed()
	m.observe(d)
	m.drain(from.areas)
	if len(d.rain) == 0 {
		m.said.add("rain-none", "", "")
	}
	m.said.add("start", fmt.Sprint(assumedFill), "")
	m.spots = m.probes()
	m.Assumed = m.said.list
	return m, nil
}

// secret raises the class of the model to that of something that has a part in it.
func (m *Model) secret(class string) {
	if !m.Class.Allows(access.Class(class)) {
		m.Class = access.Class(class)
	}
}

// datumFor is the datum that most cross-sections have, else most stations.
func datumFor(from material) string {
	count := map[string]int{}
	for _, s := range from.sections {
		count[s.Datum]++
	}
	if delete(count, "unknown"); len(count) == 0 {
		for _, s := range from.stations {
			count[s.Datum]++
		}
		delete(count, "unknown")
	}
	best := "unknown"
	for _, datum := range slices.Sorted(maps.Keys(count)) {
		if best == "unknown" || count[datum] > count[best] {
			best = datum
		}
	}
	return best
}

// raise is what to add to a level of a thing above one datum for one above another; ok is false where nobody stated it.
func (m *Model) raise(thing, from, to string) (add float64, ok bool) {
	if from == to && from != "unknown" {
		return 0, true
	}
	for _, o := range m.offsets[thing] {
		switch {
		case !o.InForce(m.Clock.Now):
		case o.From == from && o.To == to:
			return o.OffsetM, true
		case o.From == to && o.To == from:
			return -o.OffsetM, true
		}
	}
	return 0, false
}

// layNodes makes the nodes that reaches inside the network and works have, and says which are edges: those that belong to a boundary as well, and those at the other end of a reach too
// short for its level to differ.
func (m *Model) layNodes(from material) {
	inside, edge := map[string]bool{}, map[string]string{}
	for _, r := range from.reaches {
		if r.Boundary == "" {
			inside[r.From], inside[r.To] = true, true
		} else {
			edge[r.From], edge[r.To] = r.Boundary, r.Boundary
		}
	}
	for _, w := range from.works {
		if w.Inner != nil && w.Outer != nil && (inside[*w.Inner] || inside[*w.Outer]) {
			inside[*w.Inner], inside[*w.Outer] = true, true
		}
	}
	merged := map[string]string{}
	for _, r := range from.reaches {
		if r.Boundary == "" && r.Finish-r.Start < nearEnd && (edge[r.From] == "") != (edge[r.To] == "") {
			if edge[r.From] != "" {
				merged[r.To] = r.From
			} else {
				merged[r.From] = r.To
			}
		}
	}
	for _, n := range from.nodes {
		if !inside[n.ID] || merged[n.ID] != "" {
			continue
		}
		p := placedNode{thing: n.ID, x: n.X, y: n.Y, bed: math.Inf(1), edge: edge[n.ID]}
		if n.Bed != nil {
			if add, ok := m.raise(n.ID, n.Datum, m.Datum); ok {
				p.bed = *n.Bed + add
			}
		}
		m.number[n.ID] = len(m.nodes)
		m.nodes = append(m.nodes, p)
	}
	for node, into := range merged {
		m.number[node] = m.number[into]
	}
}

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
			m.said.add("inflow-none", "", n.thing)
		case "level":
			m.said.add("level-held", "", n.thing)
		}
	}
	m.gateMouths(from.works)
	m.spreadTidal()
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
// run dry: these, for flow through them may be fast.
func (m *Model) deepen() {
	for i := range m.pieces {
		p := &m.pieces[i]
		from, to := &m.nodes[p.from], &m.nodes[p.to]
		if p.dry = from.tidal || from.edge != "" || to.edge != ""; !from.tidal {
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

// Change is how a member of an ensemble differs.
type Change struct {
	Rain      float64 // factor of the rain to come
	Surge     float64 // m on top of tides, growing over six hours
	Roughness float64 // factor
}

// Same changes nothing.
func Same() Change { return Change{Rain: 1, Roughness: 1} }

// Network is the network for a run of the solver.
func (m *Model) Network(c Change) (*hydraulics.Network, error) {
	n := &hydraulics.Network{Datum: m.Datum, Start: m.Clock.Origin, Structures: m.parts, Rules: m.rules, Damping: hydraulics.NoInertia} // inertia counts in long reaches, which have the box scheme
	for _, a := range m.Assumed {
		n.Assumed = append(n.Assumed, a.Text.En)
	}
	for i := range m.nodes {
		n.Nodes = append(n.Nodes, m.nodes[i].hydraulic(m, c))
	}
	sections := map[*bedShape]hydraulics.Section{}
	for _, s := range m.shapes {
		section, err := s.section(c.Roughness)
		if err != nil {
			return nil, err
		}
		sections[s] = section
	}
	runoff, err := m.runoff(c.Rain)
	if err != nil {
		return nil, err
	}
	for _, p := range m.pieces {
		r := hydraulics.Reach{Place: hydraulics.Place{Name: p.name}, From: p.from, To: p.to, Dry: p.dry}
		for _, q := range p.points {
			r.Points = append(r.Points, hydraulics.Point{Chainage: q.chainage, Bed: q.bed, Section: sections[q.shape]})
		}
		if off := runoff[p.area]; off != nil && p.drains > 0 {
			r.Lateral = hydraulics.Scaled{Of: off, By: p.drains / r.Points[len(r.Points)-1].Chainage}
		}
		n.Reaches = append(n.Reaches, r)
	}
	return n, nil
}

// hydraulic is a node as the solver has it.
func (p *placedNode) hydraulic(m *Model, c Change) hydraulics.Node {
	n := hydraulics.Node{Place: hydraulics.Place{Name: p.thing}, Bed: p.bed, Crest: math.Inf(1), Start: math.NaN(), Area: p.waters}
	if !p.joined && p.edge == "" {
		n.Area = 1000
	}
	start := math.NaN()
	if len(p.start) > 0 {
		start = 0
		for _, z := range p.start {
			start += z / float64(len(p.start))
		}
	}
	switch {
	case p.tide != nil:
		n.Level = hydraulics.Sum{hydraulics.Scaled{Of: p.tide.level, By: 1, Plus: p.add}, rising{m.Clock.at(m.Clock.Now), c.Surge}}
	case p.edge == "level":
		n.Level = hydraulics.Constant(cmp.Or(start, 0))
	case !p.tidal:
		n.Start = start
	}
	if p.gauge != nil {
		n.Gauge, n.Within = p.gauge, m.within
	}
	return n
}

// rising is a change that grows from nought at a time to its whole six hours later.
type rising struct{ from, to float64 }

// At is the value at a time.
func (r rising) At(t float64) float64 { return r.to * math.Max(0, math.Min(1, (t-r.from)/(6*3600))) }

// Fingerprint names the layout: a state of the solver fits the networks of models that have the same.
func (m *Model) Fingerprint() string {
	h := sha256.New()
	for _, n := range m.nodes {
		fmt.Fprintln(h, n.thing, n.bed, n.edge)
	}
	for _, p := range m.pieces {
		fmt.Fprintln(h, p.name, p.from, p.to, len(p.points), p.dry)
		for _, q := range p.points {
			fmt.Fprintln(h, q.chainage, q.bed, q.shape.source)
		}
	}
	for _, s := range m.parts {
		fmt.Fprintln(h, s.Name, s.From, s.To)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
