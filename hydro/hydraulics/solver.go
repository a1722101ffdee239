package hydraulics

import (
	"fmt"
	"math"
)

// A Solver moves a network on in time. Every reach is a chain of pieces between points, every structure a link between two of them; points are the nodes of the network and the sections
// inside reaches. In each step the levels of all points are found together, by Newton's method: a link gives its flows at both ends as linear functions of the levels there (the flows are
// eliminated within it), and what flows into a point, it stores. A solver belongs to one run; thousands stand side by side.
type Solver struct {
	network *Network
	points  []point
	links   []link
	edges   []edge
	nodes   []int    // the point of each node
	reaches [][2]int // the first link of each reach and the one after its last
	gates   []int    // the link of each structure
	matrix  *matrix
	right   []float64
	places  []int32   // of each link in the matrix: row i, column j
	row     [][]int32 // of each point: its entries in the matrix beside the diagonal
	into    []float64 // what flows into each point
	surface []float64 // m² at each point that is nudged
	nudges  bool      // whether there is one
	backup  backup
	options Options
	state   state
	start   float64 // m³ in the network at the beginning
	sums    sums
	work    Work
	targets []float64
	stand   []float64 // of structures, in the middle of the step
}

// Options say how a run goes.
type Options struct {
	Step  float64 // the greatest step, s; 0 for 300
	Least float64 // the least; 0 for a thousandth of Step
	Theta float64 // the weight of the new level of time in the box scheme; 0 for 0.6
	Close float64 // how close levels come in a step, m; 0 for 1e-6. The mass balance does not depend on it
}

// Work is what a run took.
type Work struct {
	Steps, Rejected, Iterations int
	Loose                       int // steps of the least length after which a level still moved, by a millimetre at most
}

// The limits of a step.
const (
	flowTolerance  = 1e-3 // m³/s
	mostIterations = 24
	loose          = 1e-3 // m
	easyIterations = 8    // up to which choices are made anew, and steps are whole
	fewIterations  = 12   // up to which the next step may be longer
)

// state is all that changes, apart from what points and links hold.
type state struct {
	now      float64
	step     float64 // to be tried next
	close    bool    // whether a gate that moved is followed closely
	settings []float64
	wanted   []float64
	since    []float64 // when each structure was last opened or shut
	running  []bool
}

// point is a place with a level.
type point struct {
	node     int // of the network; -1 inside a reach
	bed      float64
	crest    float64
	ponds    float64 // m² above the crest
	curve    Curve
	area     float64
	z, z0    float64 // level, now and at the beginning of the step
	held     float64 // m³ that it itself stores, by what flowed
	flooded  bool
	edge     int     // of the solver; -1 for none
	rated    bool    // an edge whose level is free
	in       float64 // of the step, m³/s
	lost     float64 // by evaporation and into the ground, m³/s
	nudged   float64
	pull     float64 // of nudging, m²/s
	exchange float64 // with the outside, out of the network, m³/s: over the crest, through an edge
	was      float64 // how far the level moved in the step before
	moved    float64 // by the last guess, m
	turns    int     // how often it turned by more than turnHeight from one step to the next
}

// turnHeight is the change of level whose turning back at once counts as unsteady.
const turnHeight = 0.01

// stores is what a point stores at a level, with its derivative.
func (p *point) stores(z float64) (v, t float64) {
	top, above := z, 0.0
	if p.ponds > 0 && z > p.crest {
		top, above = p.crest, z-p.crest
	}
	if p.curve != nil {
		d := max(top-p.bed, 0)
		v, t = p.curve.Integral(d)-p.curve.Integral(0), p.curve.At(d)
	} else {
		v, t = p.area*max(top-p.bed, 0), p.area
	}
	if above > 0 {
		v, t = v+p.ponds*above, p.ponds
	}
	return v, t
}

// linkKind says by which method a link is computed.
type linkKind uint8

const (
	boxLink linkKind = iota
	faceLink
	structureLink
)

// link joins two points.
type link struct {
	kind       linkKind
	i, j       int // points
	object     int // index of the reach or the structure
	theta      float64
	length     float64
	a, b       end
	in         float64 // lateral inflow, m³/s
	entry      float64 // coefficients of losses where water enters at i, leaves at j, and between
	exit, mean float64
	oneWay     bool // lets nothing back
	otherWay   bool // lets nothing but back
	shut       bool // nothing passes at this guess
	slope      float64
	most       float64
	lost       float64 // by evaporation and into the ground, m³/s
	inlet      *Inlet
	main       ForceMain
	q, q0      float64 // through the middle of a face link, through a structure
	middle     middle
	// The flows as linear functions of the changes of the levels: at i, at j, and through the middle.
	ai, bi, ci float64
	aj, bj, cj float64
	am, bm, cm float64
}

// bars says whether a link lets nothing pass the way that a flow goes.
func (l *link) bars(q float64) bool { return l.oneWay && q < 0 || l.otherWay && q > 0 }

// end is a link's end.
type end struct {
	bed    float64
	shape  shape
	alpha  interface{ Alpha(y float64) float64 }
	full   float64
	q, q0  float64 // m³/s, positive from i to j
	held   float64 // m³, of a half of a face link; of a box link all of it is with its first end
	spread float64 // of momentum at the beginning of a box link's step, with its first end
}

// edge is a point where the level is given.
type edge struct {
	level  float64 // outside, at the end of the step
	point  int
	series Series
	kind   Outfall
	rating Curve
	link   int // the one that ends there, for an outfall
	last   bool
}

// NewSolver makes a solver of a network that has been checked.
func NewSolver(n *Network, options Options) (*Solver, error) {
	if options.Step == 0 {
		options.Step = 300
	}
	if options.Least == 0 {
		options.Least = options.Step / 1024
	}
	if options.Close == 0 {
		options.Close = 1e-6
	}
	if options.Theta == 0 {
		options.Theta = 0.6
	}
	if err := n.Check(); err != nil {
		return nil, err
	}
	s := &Solver{network: n, options: options}
	s.lay()
	s.fill()
	s.begin()
	return s, nil
}

// lay makes the points and links of the network.
func (s *Solver) lay() {
	n := s.network
	for i := range n.Nodes {
		node := &n.Nodes[i]
		p := point{node: i, bed: node.Bed, crest: node.Crest, ponds: node.Ponding, curve: node.Storage, area: node.Area, z: node.Start, edge: -1}
		if p.ponds == 0 && math.IsNaN(p.crest) {
			p.crest = math.Inf(1)
		}
		s.nudges = s.nudges || node.Gauge != nil
		s.nodes, s.points = append(s.nodes, len(s.points)), append(s.points, p)
	}
	shapes := map[string]shape{}
	for i := range n.Reaches {
		s.layReach(i, shapes)
	}
	for i := range n.Structures {
		t := &n.Structures[i]
		l := link{kind: structureLink, i: s.nodes[t.From], j: s.nodes[t.To], object: i, theta: 1, oneWay: t.Flap || n.Nodes[t.To].Flap, otherWay: n.Nodes[t.From].Flap}
		s.gates, s.links = append(s.gates, len(s.links)), append(s.links, l)
	}
	for i := range n.Nodes {
		if node := &n.Nodes[i]; node.Level != nil || node.Free != Inside || node.Rating != nil {
			s.layEdge(s.nodes[i], node)
		}
	}
	s.layMatrix()
}

// layReach makes the points inside a reach and its pieces. Shapes are those of the sections that there are already: what is alike has one table.
func (s *Solver) layReach(i int, shapes map[string]shape) {
	n := s.network
	r, from := &n.Reaches[i], len(s.links)
	at := s.nodes[r.From]
	for k := 1; k < len(r.Points); k++ {
		next, first, last := s.nodes[r.To], r.Points[k-1], r.Points[k]
		if k+1 < len(r.Points) {
			next = len(s.points)
			s.points = append(s.points, point{node: -1, bed: last.Bed, crest: math.Inf(1), z: math.NaN(), edge: -1})
		}
		l := link{
			kind: boxLink, i: at, j: next, object: i, theta: s.options.Theta, length: last.Chainage - first.Chainage, mean: r.Mean, most: r.MaxFlow, main: r.Main, q: r.Flow,
			oneWay: r.Flap || n.Nodes[r.To].Flap, otherWay: n.Nodes[r.From].Flap, a: newEnd(first, r.Flow, shapes), b: newEnd(last, r.Flow, shapes),
		}
		l.slope = (l.a.bed - l.b.bed) / l.length
		if r.Dry || l.oneWay || l.otherWay {
			l.kind, l.theta = faceLink, 1
		}
		if k == 1 {
			l.entry, l.inlet = r.Entry, r.Inlet
		}
		if k+1 == len(r.Points) {
			l.exit = r.Exit
		}
		s.links = append(s.links, l)
		at = next
	}
	s.reaches = append(s.reaches, [2]int{from, len(s.links)})
}

// newEnd is an end of a piece of a reach.
func newEnd(p Point, q float64, shapes map[string]shape) end {
	alike := fmt.Sprintf("%T %+v", p.Section, p.Section)
	if shapes[alike] == nil {
		shapes[alike] = shapeOf(p.Section)
	}
	e := end{bed: p.Bed, shape: shapes[alike], full: p.Section.Full(), q: q}
	if irregular, ok := p.Section.(*Irregular); ok && len(irregular.panels) > 1 {
		e.alpha = irregular
	}
	return e
}

// layEdge makes the edge at a point.
func (s *Solver) layEdge(at int, node *Node) {
	e := edge{point: at, series: node.Level, kind: node.Free, rating: node.Rating, link: -1}
	for k := range s.links {
		if l := &s.links[k]; l.kind != structureLink && (l.i == at || l.j == at) {
			e.link, e.last = k, l.j == at
		}
	}
	s.points[at].edge, s.points[at].rated = len(s.edges), node.Rating != nil
	s.edges = append(s.edges, e)
}

// layMatrix makes the matrix of the levels of all points, and what goes with it.
func (s *Solver) layMatrix() {
	n := len(s.points)
	joined := make([][2]int, len(s.links))
	for i := range s.links {
		joined[i] = [2]int{s.links[i].i, s.links[i].j}
	}
	s.matrix = newMatrix(n, joined)
	s.right, s.into, s.surface, s.row = make([]float64, n), make([]float64, n), make([]float64, n), make([][]int32, n)
	for i := range s.links {
		l := &s.links[i]
		at := s.matrix.entry(int32(l.i), int32(l.j))
		s.places = append(s.places, at)
		s.row[l.i], s.row[l.j] = append(s.row[l.i], at), append(s.row[l.j], at^1)
	}
}

// fill sets the levels at the start that the network leaves open: inside reaches straight between the ends, at nodes that of the nearest that has one.
func (s *Solver) fill() {
	for i := range s.edges {
		if e := &s.edges[i]; e.series != nil {
			e.level = e.series.At(0)
			s.points[e.point].z = e.level
		}
	}
	var queue []int
	for i := range s.points {
		if !math.IsNaN(s.points[i].z) {
			queue = append(queue, i)
		}
	}
	known := make([]bool, len(s.points))
	for _, i := range queue {
		known[i] = true
	}
	for r, span := range s.reaches {
		s.between(&s.network.Reaches[r], span, known)
	}
	for i := range s.points {
		if known[i] && s.points[i].node < 0 {
			queue = append(queue, i)
		}
	}
	s.spreadLevels(queue, known, false)
	s.spreadLevels(queue, known, true)
	for i := range s.points {
		if p := &s.points[i]; !known[i] {
			p.z = p.bed
		}
	}
}

// spreadLevels gives points the level of the nearest one that has one: along reaches, or along structures as well.
func (s *Solver) spreadLevels(from []int, known []bool, structures bool) {
	near := make([][]int, len(s.points))
	for i := range s.links {
		if l := &s.links[i]; structures || l.kind != structureLink {
			near[l.i], near[l.j] = append(near[l.i], l.j), append(near[l.j], l.i)
		}
	}
	if structures {
		from = nil
		for i, is := range known {
			if is {
				from = append(from, i)
			}
		}
	}
	for len(from) > 0 {
		i := from[0]
		from = from[1:]
		for _, j := range near[i] {
			if !known[j] {
				s.points[j].z, known[j] = max(s.points[i].z, s.points[j].bed), true
				from = append(from, j)
			}
		}
	}
}

// between sets the levels inside a reach whose ends have one.
func (s *Solver) between(r *Reach, span [2]int, known []bool) {
	first, last := &s.points[s.nodes[r.From]], &s.points[s.nodes[r.To]]
	if math.IsNaN(first.z) || math.IsNaN(last.z) {
		return
	}
	whole := r.Points[len(r.Points)-1].Chainage - r.Points[0].Chainage
	for k := span[0]; k+1 < span[1]; k++ {
		p := &s.points[s.links[k].j]
		at := (r.Points[k-span[0]+1].Chainage - r.Points[0].Chainage) / whole
		p.z, known[s.links[k].j] = max(first.z+at*(last.z-first.z), p.bed), true
	}
}

// begin sets what follows from the levels at the start.
func (s *Solver) begin() {
	n := s.network
	s.state = state{step: s.options.Step, settings: make([]float64, len(n.Structures)), wanted: make([]float64, len(n.Structures)), since: make([]float64, len(n.Structures)), running: make([]bool, len(n.Structures))}
	s.targets, s.stand = make([]float64, len(n.Structures)), make([]float64, len(n.Structures))
	for i := range n.Structures {
		t := &n.Structures[i]
		s.state.settings[i], s.state.running[i] = t.Setting, t.Setting != 0
		s.state.wanted[i], s.state.since[i] = s.state.settings[i], 0
		if t.Runs != nil {
			s.state.running[i] = t.Runs.Next(false, s.points[s.nodes[t.From]].z)
		}
	}
	for i := range s.points {
		p := &s.points[i]
		p.held, _ = p.stores(p.z)
	}
	for i := range s.links {
		l := &s.links[i]
		switch l.kind {
		case boxLink:
			l.a.held = s.boxVolume(l)
			l.a.spread = s.spread(l)
		case faceLink:
			l.a.held, l.b.held = s.halves(l)
		case structureLink:
		}
	}
	s.start = s.stored()
}
