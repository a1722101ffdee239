package hydro

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"basin/geo"
	"basin/twin"
)

// Junctions says where the lines of a river network meet.
type Junctions string

// Automatic noding at every crossing invents water where one river passes under another, so it is for schematics that say so.
const (
	AtEndpoints Junctions = "at-endpoints" // where the end of a line lies on another line, or on another's end
	AtCrossings Junctions = "at-crossings" // wherever lines cross or touch as well
)

// Tolerances in metres.
const (
	snap     = 0.5  // ends this close to a line lie on it
	workGap  = 5.0  // from a work to its inner and to its outer node, along the river, where there is room
	leastGap = 0.25 // the same where there is little
	between  = 6.0  // of reach beside a work, where there is room
	least    = 1.0  // reaches shorter than this are not made
)

// course is a river's line on its way into the network. A river of several lines has several courses with chainages that go on.
type course struct {
	river  string // code
	thing  twin.Thing
	tidal  bool
	line   []geo.Place
	length float64
	start  float64 // chainage of its beginning
	cuts   []cut
}

// cut is where a course is cut: at a node, or at a work, which lies between two nodes.
type cut struct {
	along float64
	works []string // codes; none at a junction or end. Works at one place stand side by side, between the same two nodes
	gap   float64  // from a work to its nodes
}

// placedWork is a work on its way into the network.
type placedWork struct {
	code  string
	river string // code; empty where nobody said
	at    geo.Place
	reach float64 // how far from a river's line it may be, in metres
}

// Network is what follows from the lines of rivers and the places of works.
type Network struct {
	Nodes   []twin.Row
	Reaches []twin.Row
	Works   []twin.Row // only code, river, chainage_m, inner_node and outer_node
}

// build makes nodes and reaches. Works are links: a work cuts its river, with an inner node on one side and an outer node on the other. The outer
// side is that towards tidal water.
func build(courses []*course, works []placedWork, mode Junctions) Network {
	joinEnds(courses)
	if mode == AtCrossings {
		joinCrossings(courses)
	}
	var n Network
	nodes := newNodes()
	for _, w := range works {
		if c, along := seat(courses, w); c != nil {
			c.put(along, w.code)
		}
	}
	numbers := map[string]int{}
	for _, c := range courses {
		c.tidy()
		outward := c.outward(courses)
		for i := 1; i < len(c.cuts); i++ {
			a, b := c.cuts[i-1], c.cuts[i]
			from, to := a.after(), b.before()
			fromNode, toNode := c.node(nodes, a, from, outward, true), c.node(nodes, b, to, outward, false)
			numbers[c.river]++
			r := twin.Row{Thing: c.thing, Fields: twin.Fields{"river": c.river, "from_node": fromNode, "to_node": toNode,
				"from_chainage_m": c.start + from, "to_chainage_m": c.start + to}}
			line := geo.Cut(c.line, from, to)
			line[0], line[len(line)-1] = nodes.place(fromNode), nodes.place(toNode)
			r.Kind, r.Code, r.Geometry, r.Properties = "reach", fmt.Sprintf("%s-%03d", c.river, numbers[c.river]), geo.Line(line), nil
			r.Name = part(c.thing.Name, numbers[c.river])
			n.Reaches = append(n.Reaches, r)
		}
		for _, k := range c.cuts {
			for _, code := range k.works {
				n.Works = append(n.Works, twin.Row{Thing: twin.Thing{Kind: "work", Code: code}, Fields: twin.Fields{"river": c.river,
					"chainage_m": c.start + k.along, "inner_node": workNode(k.works[0], "inner"), "outer_node": workNode(k.works[0], "outer")}})
			}
		}
	}
	n.Nodes = nodes.sorted()
	return n
}

// before and after are where the reach that ends at a cut ends, and where the next begins.
func (k cut) before() float64 { return k.along - k.gap }

func (k cut) after() float64 { return k.along + k.gap }

// joinEnds cuts courses where the end of another lies on them.
func joinEnds(courses []*course) {
	index := newNear(courses)
	for i, c := range courses {
		c.cuts = append(c.cuts, cut{along: 0}, cut{along: c.length})
		for _, end := range []geo.Place{c.line[0], c.line[len(c.line)-1]} {
			for _, k := range index.around(end, snap) {
				if k == i {
					continue
				}
				if along, away := geo.Project(courses[k].line, end); away <= snap {
					courses[k].cuts = append(courses[k].cuts, cut{along: along})
				}
			}
		}
	}
}

// joinCrossings cuts courses where they cross.
func joinCrossings(courses []*course) {
	lines := make([][]geo.Place, len(courses))
	for i, c := range courses {
		lines[i] = c.line
	}
	for _, x := range geo.Crossings(lines) {
		courses[x.A].cuts = append(courses[x.A].cuts, cut{along: x.AlongA})
		courses[x.B].cuts = append(courses[x.B].cuts, cut{along: x.AlongB})
	}
}

// seat finds the course and the place on it where a work stands: on the river it names, else on the nearest within its reach.
func seat(courses []*course, w placedWork) (*course, float64) {
	var best *course
	var at float64
	nearest := math.Inf(1)
	for _, c := range courses {
		if (w.river != "" && c.river != w.river) || c.length < stretchFor(1) || (w.river == "" && c.tidal) {
			continue
		}
		if along, away := geo.Project(c.line, w.at); away < nearest && (w.river != "" || away <= w.reach) {
			best, at, nearest = c, along, away
		}
	}
	return best, at
}

// put puts a work on a course, beside the one that stands there already if there is one.
func (c *course) put(along float64, work string) {
	for i, k := range c.cuts {
		if len(k.works) > 0 && math.Abs(k.along-along) < least {
			c.cuts[i].works = append(c.cuts[i].works, work)
			return
		}
	}
	c.cuts = append(c.cuts, cut{along: along, works: []string{work}})
}

// tidy orders a course's cuts, drops those that are closer than a reach may be short, and moves works off junctions.
func (c *course) tidy() {
	slices.SortStableFunc(c.cuts, func(a, b cut) int { return cmp.Compare(a.along, b.along) })
	var junctions, works []cut
	for _, k := range c.cuts {
		switch {
		case len(k.works) > 0:
			works = append(works, k)
		case len(junctions) == 0 || k.along-junctions[len(junctions)-1].along > least:
			junctions = append(junctions, k)
		}
	}
	if n := len(junctions); n > 1 && c.length-junctions[n-1].along < least {
		junctions[n-1].along = c.length
	}
	c.cuts = slices.Concat(junctions, c.place(works, junctions))
	slices.SortStableFunc(c.cuts, func(a, b cut) int { return cmp.Compare(a.along, b.along) })
}

// stretchFor is how long the stretch between two junctions must be to hold so many works.
func stretchFor(works int) float64 { return float64(works)*2*leastGap + float64(works+1)*least }

// place finds each work its place in the stretch between two junctions that holds it, or in the nearest that has room. Works come in the order of their
// chainages; a work for which there is no room is left out.
func (c *course) place(works, junctions []cut) []cut {
	if len(junctions) < 2 {
		return nil
	}
	held := make([][]cut, len(junctions)-1)
	for _, w := range works {
		best, away := -1, math.Inf(1)
		for i := range held {
			from, to := junctions[i].along, junctions[i+1].along
			if d := math.Max(0, math.Max(from-w.along, w.along-to)); d < away && to-from >= stretchFor(len(held[i])+1) {
				best, away = i, d
			}
		}
		if best >= 0 {
			held[best] = append(held[best], w)
		}
	}
	var out []cut
	for i, h := range held {
		out = append(out, spread(h, junctions[i].along, junctions[i+1].along)...)
	}
	return out
}

// spread moves the works of one stretch as little as leaves each room for its two nodes and for the reaches beside it.
func spread(works []cut, from, to float64) []cut {
	n := float64(len(works))
	gap := math.Min(workGap, (to-from-(n+1)*least)/(2*n))
	side := math.Min(between, (to-from-2*n*gap)/(n+1))
	step := 2*gap + side
	slices.SortStableFunc(works, func(a, b cut) int { return cmp.Compare(a.along, b.along) })
	for i, low := 0, from+side+gap; i < len(works); i, low = i+1, works[i].along+step {
		works[i].along, works[i].gap = math.Max(works[i].along, low), gap
	}
	for i, high := len(works)-1, to-side-gap; i >= 0; i, high = i-1, works[i].along-step {
		works[i].along = math.Min(works[i].along, high)
	}
	return works
}

// bothWays is how alike, in metres, the distances of a course's ends to tidal water are when both count as tidal.
const bothWays = 1000.0

// outward says whether the water outside a work lies towards the end of its course: the end that is nearer to tidal water; where both ends are alike,
// the one nearer to the work.
func (c *course) outward(courses []*course) func(along float64) bool {
	begin, end := math.Inf(1), math.Inf(1)
	for _, o := range courses {
		if !o.tidal || o == c {
			continue
		}
		_, b := geo.Project(o.line, c.line[0])
		_, e := geo.Project(o.line, c.line[len(c.line)-1])
		begin, end = math.Min(begin, b), math.Min(end, e)
	}
	return func(along float64) bool {
		if math.Abs(end-begin) < bothWays {
			return along > c.length/2
		}
		return end <= begin
	}
}

// node makes the node at a cut and returns its code. At a work the reach that begins there gets the side ahead of it, the reach that ends there the other.
func (c *course) node(nodes *nodes, k cut, along float64, outward func(float64) bool, begins bool) string {
	at := geo.Along(c.line, along)
	if len(k.works) > 0 {
		kind := "inner"
		if begins == outward(k.along) {
			kind = "outer"
		}
		return nodes.put(workNode(k.works[0], kind), kind, at, c.thing)
	}
	if code, known := nodes.at(at); known {
		return nodes.put(code, "junction", at, c.thing)
	}
	kind := "junction"
	if k.along == 0 || k.along == c.length {
		kind = "end"
	}
	return nodes.put(fmt.Sprintf("%.5f,%.5f", at[0], at[1]), kind, at, c.thing)
}

func workNode(work, side string) string { return work + "." + side }

// part is the name of a numbered part of a river; a river without a name has parts without names.
func part(river twin.Name, number int) twin.Name {
	var n twin.Name
	if river.Zh != "" {
		n.Zh = fmt.Sprintf("%s第%d段", river.Zh, number)
	}
	if river.En != "" {
		n.En = fmt.Sprintf("%s, reach %d", river.En, number)
	}
	return n
}
