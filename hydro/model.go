package hydro

import (
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
	commands int // of a scenario, among the rules
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
	start  []float64           // what the reaches that end there say of its level at the start
	river  string              // that it is an edge to
	inflow float64             // from there
	poured []hydraulics.Series // what a scenario lets in besides
	held   *float64            // level there, where it was observed
	edge   string              // tidal, inflow or level; empty inside
	tide   *tide               // outside
	add    float64             // what its tide is to be raised by
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
	outer        int // node
}

// units is how many pump units a work has.
func (w *modelWork) units() int { return max(1, len(w.Capacities)) }

// takes says whether all pumps of a work take water in.
func (w *modelWork) takes() bool {
	return len(w.Directions) > 0 && !slices.ContainsFunc(w.Directions, func(d string) bool { return d != "intake" })
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
	for _, t := range d.tides {
		if m.uses(t) {
			t.tell(&m.said)
			m.secret(t.class)
		}
	}
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
	inside, edge, rivers := map[string]bool{}, map[string]string{}, map[string]string{}
	for _, r := range from.reaches {
		if r.Boundary == "" {
			inside[r.From], inside[r.To] = true, true
		} else {
			edge[r.From], edge[r.To] = r.Boundary, r.Boundary
			rivers[r.From], rivers[r.To] = r.River, r.River
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
		p := placedNode{thing: n.ID, x: n.X, y: n.Y, bed: math.Inf(1), edge: edge[n.ID], river: rivers[n.ID]}
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
	n := &hydraulics.Network{Datum: m.Datum, Start: m.Clock.Origin, Structures: m.parts, Rules: m.rules}
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
		n.Level = hydraulics.Constant(start)
		if p.held != nil {
			n.Level = hydraulics.Constant(*p.held)
		}
	case !p.tidal:
		n.Start = start
	}
	if p.inflow != 0 {
		n.Inflows = []hydraulics.Series{hydraulics.Constant(p.inflow)}
	}
	n.Inflows = append(n.Inflows, p.poured...)
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
