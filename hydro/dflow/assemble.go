package dflow

import (
	"fmt"
	"math"
	"slices"

	"basin/hydro/hydraulics"
)

// station is a place along a branch where the network has a point.
type station struct {
	at     float64
	node   bool // a reach ends there and the next begins
	cuts   []cut
	stands *group // what divides the water there
}

// assemble makes the reaches of the branches.
func (r *reader) assemble() error {
	for _, b := range r.branches {
		if len(b.sections) == 0 {
			return bad(r.mdu("geometry", "crosslocfile"), 0, b.Name, "the branch has no cross-section")
		}
		if err := r.divide(b); err != nil {
			return err
		}
		r.model.Branches = append(r.model.Branches, b.Branch)
	}
	for i := range r.model.Network.Nodes {
		n := &r.model.Network.Nodes[i]
		if math.IsInf(n.Bed, 1) {
			return badNet(r.mdu("geometry", "netfile"), "node "+n.Name, "no branch ends there")
		}
		if !math.IsNaN(n.Start) {
			n.Start = max(n.Start, n.Bed)
		}
	}
	return nil
}

// stations are the points of a branch: the nodes of its mesh and its structures between them.
func (b *branch) stations() []station {
	var out []station
	for _, at := range b.grid {
		s := station{at: at}
		for _, c := range b.cuts {
			if c.at == at {
				s.cuts = append(s.cuts, c)
			}
		}
		s.node = len(s.cuts) > 0
		out = append(out, s)
	}
	for _, g := range b.groups {
		out = append(out, station{at: g.at, stands: g})
	}
	slices.SortFunc(out, func(s, t station) int { return int(math.Copysign(1, s.at-t.at)) })
	out[0].node, out[len(out)-1].node = true, true
	return out
}

// divide makes the reaches and structures of a branch.
func (r *reader) divide(b *branch) error {
	stations := b.stations()
	node := b.from
	var points []hydraulics.Point
	begin := 0.0
	for i, s := range stations {
		bed, section := b.at(s.at)
		points = append(points, hydraulics.Point{Chainage: s.at - begin, Bed: bed, Section: section})
		last := i == len(stations)-1
		switch {
		case i == 0:
			r.meet(node, b, s)
			continue
		case s.stands != nil:
			up := r.addNode(fmt.Sprintf("%s_%.2f_up", b.Name, s.at))
			down := r.addNode(fmt.Sprintf("%s_%.2f_down", b.Name, s.at))
			r.reach(b, node, up, points)
			r.meet(up, b, s)
			r.meet(down, b, s)
			for _, m := range s.stands.members {
				if err := r.build(m, b, s.at, up, down); err != nil {
					return err
				}
			}
			node = down
		case s.node:
			next := b.to
			if !last {
				next = r.addNode(fmt.Sprintf("%s_%.2f", b.Name, s.at))
			}
			r.reach(b, node, next, points)
			r.meet(next, b, s)
			node = next
		default:
			continue
		}
		begin = s.at
		points = []hydraulics.Point{{Bed: bed, Section: section}}
	}
	return nil
}

// reach adds a reach of a branch. Any may run dry, as in D-Flow FM.
func (r *reader) reach(b *branch, from, to int, points []hydraulics.Point) {
	name := b.Name
	if len(b.Reaches) > 0 {
		name = fmt.Sprintf("%s/%d", b.Name, len(b.Reaches)+1)
	}
	b.Reaches = append(b.Reaches, len(r.model.Network.Reaches))
	r.model.Network.Reaches = append(r.model.Network.Reaches, hydraulics.Reach{Place: hydraulics.Place{Name: name}, From: from, To: to, Points: points, Dry: true})
}

// meet makes a node lie on a branch: its bed, what flows in there, the points that are observed there and its level at the start.
func (r *reader) meet(node int, b *branch, s station) {
	n := &r.model.Network.Nodes[node]
	bed, _ := b.at(s.at)
	n.Bed = min(n.Bed, bed)
	for _, c := range s.cuts {
		if c.inflow != nil {
			n.Inflows = append(n.Inflows, c.inflow)
		}
		if c.point >= 0 {
			r.model.Points[c.point].Node = node
		}
	}
	if level, known := r.start.at(b.Name, s.at, bed); known && math.IsNaN(n.Start) {
		n.Start = level
	}
}
