package hydraulics

import (
	"math"

	"basin/fault"
)

// bad says what is wrong with an object of a network, by its name and the line that it stands in.
func bad(p Place, why string) error {
	return fault.New(fault.Invalid, "bad-network", "{object} (line {line}): {why}", "object", p.Name, "line", p.Line, "why", why)
}

func finite(v ...float64) bool {
	for _, x := range v {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return false
		}
	}
	return true
}

// Check says what is wrong with a network.
func (n *Network) Check() error {
	if len(n.Nodes) == 0 {
		return fault.New(fault.Invalid, "empty-network", "the network has no nodes")
	}
	for i := range n.Nodes {
		if err := n.Nodes[i].check(); err != nil {
			return err
		}
	}
	for i := range n.Reaches {
		if err := n.checkReach(&n.Reaches[i]); err != nil {
			return err
		}
	}
	for i := range n.Structures {
		t := &n.Structures[i]
		switch {
		case !n.has(t.From) || !n.has(t.To):
			return bad(t.Place, "it joins a node that there is not")
		case t.From == t.To:
			return bad(t.Place, "it begins where it ends")
		case t.Law == nil:
			return bad(t.Place, "nothing says how much passes it")
		case !finite(t.Setting, t.Ramp) || t.Ramp < 0:
			return bad(t.Place, "its setting and its ramp must be numbers, the ramp zero or more")
		}
	}
	if err := n.checkPumps(); err != nil {
		return err
	}
	return n.checkParts()
}

func (n *Network) has(node int) bool { return node >= 0 && node < len(n.Nodes) }

func (n *Node) check() error {
	edges := 0
	for _, is := range []bool{n.Level != nil || n.Free != Inside, n.Rating != nil} {
		if is {
			edges++
		}
	}
	switch {
	case !finite(n.Bed):
		return bad(n.Place, "its bed is no level")
	case n.Crest < n.Bed:
		return bad(n.Place, "its crest lies below its bed")
	case !finite(n.Ponding, n.Area) || n.Ponding < 0 || n.Area < 0:
		return bad(n.Place, "its areas must be zero or more")
	case math.IsInf(n.Start, 0):
		return bad(n.Place, "its level at the start is no level")
	case edges > 1:
		return bad(n.Place, "an edge has one condition")
	case !finite(n.Seeps) || n.Seeps < 0:
		return bad(n.Place, "what seeps from it must be zero or more")
	case n.Gauge != nil && !positive(n.Within):
		return bad(n.Place, "nudging needs a time above zero")
	}
	return nil
}

func (n *Network) checkReach(r *Reach) error {
	switch {
	case !n.has(r.From) || !n.has(r.To):
		return bad(r.Place, "it joins a node that there is not")
	case r.From == r.To:
		return bad(r.Place, "it begins where it ends")
	case len(r.Points) < 2:
		return bad(r.Place, "it has no length: two points are needed")
	case !finite(r.Entry, r.Exit, r.Mean, r.Flow, r.MaxFlow, r.Seeps) || r.Seeps < 0 || r.Entry < 0 || r.Exit < 0 || r.Mean < 0 || r.MaxFlow < 0:
		return bad(r.Place, "its losses, flow, limit and what seeps from it must be numbers, none but the flow below zero")
	}
	for i, p := range r.Points {
		switch {
		case p.Section == nil:
			return bad(r.Place, "a point of it has no section")
		case !finite(p.Chainage, p.Bed):
			return bad(r.Place, "a point of it has no chainage or no bed")
		case i > 0 && p.Chainage <= r.Points[i-1].Chainage:
			return bad(r.Place, "its points must follow each other: a piece of it has no length")
		case !r.Dry && !math.IsInf(p.Section.Full(), 1):
			return bad(r.Place, "a closed section flows full: such a reach is computed as one that may run dry")
		}
	}
	return nil
}

// checkPumps refuses pumps that lift water round and round with nothing else between them.
func (n *Network) checkPumps() error {
	next := make([][]int, len(n.Nodes))
	for i := range n.Structures {
		t := &n.Structures[i]
		if _, pump := t.Law.(*Pump); pump {
			next[t.From] = append(next[t.From], i)
		}
	}
	seen := make([]int, len(n.Nodes)) // 1 on the way, 2 done
	var visit func(node int) int
	visit = func(node int) int {
		seen[node] = 1
		for _, k := range next[node] {
			to := n.Structures[k].To
			if seen[to] == 1 {
				return k
			}
			if seen[to] == 0 {
				if loop := visit(to); loop >= 0 {
					return loop
				}
			}
		}
		seen[node] = 2
		return -1
	}
	for i := range n.Nodes {
		if seen[i] == 0 {
			if loop := visit(i); loop >= 0 {
				return bad(n.Structures[loop].Place, "it closes a loop of pumps")
			}
		}
	}
	return nil
}

// checkParts refuses a node that nothing joins and that has nowhere to put what flows in.
func (n *Network) checkParts() error {
	joined := make([]bool, len(n.Nodes))
	for i := range n.Reaches {
		joined[n.Reaches[i].From], joined[n.Reaches[i].To] = true, true
	}
	for i := range n.Structures {
		joined[n.Structures[i].From], joined[n.Structures[i].To] = true, true
	}
	for i := range n.Nodes {
		if node := &n.Nodes[i]; !joined[i] && len(node.Inflows) > 0 && node.Storage == nil && node.Level == nil && node.Free == Inside && node.Rating == nil {
			return bad(node.Place, "nothing joins it to the network, but water flows in")
		}
	}
	return nil
}
