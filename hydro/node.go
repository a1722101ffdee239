package hydro

import (
	"maps"
	"math"
	"slices"

	"github.com/tidwall/rtree"

	"basin/geo"
	"basin/twin"
)

// nodes gathers the nodes of a network; places that are nearly the same are one junction.
type nodes struct {
	rows map[string]twin.Row
	grid map[[2]int][]string // junctions and ends by square of gridSize degrees
}

// gridSize is the side of a square in degrees, about two metres; sameNode how close two places are one, in metres.
const (
	gridSize = 2e-5
	sameNode = 1.5
)

func newNodes() *nodes { return &nodes{rows: map[string]twin.Row{}, grid: map[[2]int][]string{}} }

func square(at geo.Place) [2]int {
	return [2]int{int(math.Floor(at[0] / gridSize)), int(math.Floor(at[1] / gridSize))}
}

// at is the junction or end at a place, if there is one.
func (n *nodes) at(at geo.Place) (string, bool) {
	s := square(at)
	for dx := -1; dx <= 1; dx++ {
		for dy := -1; dy <= 1; dy++ {
			for _, code := range n.grid[[2]int{s[0] + dx, s[1] + dy}] {
				if geo.Distance(n.place(code), at) < sameNode {
					return code, true
				}
			}
		}
	}
	return "", false
}

// place is where a node is.
func (n *nodes) place(code string) geo.Place {
	p, _ := geo.At(n.rows[code].Geometry)
	return p
}

// put makes a node, or changes its type where it was made before.
func (n *nodes) put(code, kind string, at geo.Place, like twin.Thing) string {
	if r, known := n.rows[code]; known {
		if kind == "junction" {
			r.Fields["type"] = kind
		}
		return code
	}
	r := twin.Row{Thing: like, Fields: twin.Fields{"type": kind}}
	r.Kind, r.Code, r.Geometry, r.Name, r.Properties = "node", code, geo.Point(at), twin.Name{}, nil
	n.rows[code] = r
	if kind != "inner" && kind != "outer" {
		n.grid[square(at)] = append(n.grid[square(at)], code)
	}
	return code
}

// sorted lists the nodes by code.
func (n *nodes) sorted() []twin.Row {
	out := make([]twin.Row, 0, len(n.rows))
	for _, code := range slices.Sorted(maps.Keys(n.rows)) {
		out = append(out, n.rows[code])
	}
	return out
}

// near finds courses near a place.
type near struct{ tree rtree.RTreeG[int] }

func newNear(courses []*course) *near {
	n := &near{}
	for i, c := range courses {
		b := geo.Bounds(geo.Line(c.line))
		n.tree.Insert([2]float64{b[0], b[1]}, [2]float64{b[2], b[3]}, i)
	}
	return n
}

// around lists the courses whose box comes within so many metres of a place.
func (n *near) around(at geo.Place, metres float64) []int {
	west, east := geo.Offset(at, 270, metres), geo.Offset(at, 90, metres)
	south, north := geo.Offset(at, 180, metres), geo.Offset(at, 0, metres)
	var out []int
	n.tree.Search([2]float64{west[0], south[1]}, [2]float64{east[0], north[1]}, func(_, _ [2]float64, i int) bool {
		out = append(out, i)
		return true
	})
	slices.Sort(out)
	return out
}
