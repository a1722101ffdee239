package swmm

import (
	"math"

	"basin/hydro/hydraulics"
)

// The kinds of links.
const (
	conduit = iota
	pump
	orifice
	weir
	outlet
)

// link is what a file says of a link beside what the network holds.
type link struct {
	row      *row
	shape    *row // of [XSECTIONS]; nil for none
	losses   *row // of [LOSSES]; nil for none
	kind     int
	from, to int
	in, out  float64 // how far its ends lie above the beds of its nodes, m
	index    int     // of the reach or the structure
	start    float64 // depth at the start above the bed of its upper node, m
	full     float64 // height of a conduit, m
}

// readLinks reads the sections of links with their shapes and losses, and makes reaches and structures of them.
func (b *build) readLinks() error {
	fields := [...]int{7, 3, 6, 6, 6}
	for kind, section := range [...]string{"CONDUITS", "PUMPS", "ORIFICES", "WEIRS", "OUTLETS"} {
		for i := range b.rows[section] {
			r := &b.rows[section][i]
			if len(b.links) >= mostObjects {
				return tooMany()
			}
			if r.need(fields[kind]) && b.linkNames.add(r) >= 0 {
				b.links = append(b.links, link{row: r, kind: kind, from: r.find(1, b.nodeNames), to: r.find(2, b.nodeNames)})
				if l := &b.links[len(b.links)-1]; l.from == l.to {
					r.fail("swmm-link-to-itself", "it leads from a node to itself")
				}
			}
			if r.err != nil {
				return r.err
			}
		}
	}
	for _, section := range [...]string{"XSECTIONS", "LOSSES"} {
		for i := range b.rows[section] {
			r := &b.rows[section][i]
			if r.need(3) {
				if k := r.find(0, b.linkNames); k >= 0 && section == "LOSSES" {
					b.links[k].losses = r
				} else if k >= 0 {
					b.links[k].shape = r
				}
			}
			if r.err != nil {
				return r.err
			}
		}
	}
	for i := range b.links {
		if err := b.makeLink(&b.links[i]); err != nil {
			return err
		}
	}
	return nil
}

func (b *build) makeLink(l *link) error {
	switch l.kind {
	case conduit:
		b.makeConduit(l)
	case pump:
		b.makePump(l)
	case orifice:
		b.makeOrifice(l)
	case weir:
		b.makeWeir(l)
	case outlet:
		b.makeOutlet(l)
	}
	if l.shape != nil && l.row.err == nil {
		l.row.err = l.shape.err
	}
	if l.losses != nil && l.row.err == nil {
		l.row.err = l.losses.err
	}
	return l.row.err
}

// offset is how far the end of a link lies above a node's bed; not below it.
func (b *build) offset(r *row, i, at int) float64 {
	if !r.has(i) && b.model.Options.byElevation {
		return 0
	}
	v := r.number(i, 0) * b.unit.Length()
	if b.model.Options.byElevation {
		v -= b.model.Network.Nodes[at].Bed
	}
	const slack = 0.001 * foot // below it SWMM says nothing
	if v < -slack {
		b.assume(r, "its end lies below the bed of the node, and is raised to it")
	}
	return max(v, 0)
}

// assume tells with every result that something is not as the file says.
func (b *build) assume(r *row, what string) {
	b.model.Network.Assumed = append(b.model.Network.Assumed, r.name()+": "+what)
}

// reaches makes nodes at least as deep as the crown of a link, but for stores without a lid.
func (b *build) reaches(node int, top float64) {
	if n := &b.nodes[node]; n.kind != storage || n.surcharge > 0 {
		n.full = max(n.full, top)
	}
}

// makeConduit reads: name, nodes, length, roughness, offsets, flow at the start, greatest flow.
func (b *build) makeConduit(l *link) {
	r := l.row
	if l.shape == nil {
		r.fail("swmm-no-shape", "it has no cross-section in [XSECTIONS]")
		return
	}
	length := b.unit.Length()
	l.in, l.out = b.offset(r, 5, l.from), b.offset(r, 6, l.to)
	nodes := b.model.Network.Nodes
	out := hydraulics.Reach{
		Place: r.place(), From: l.from, To: l.to, Dry: true, // its steep and full flows are not for the box scheme either
		Flow: r.number(7, 0) * b.unit.Discharge(), MaxFlow: r.least(8) * b.unit.Discharge(),
	}
	long := r.above(3) * length
	bed, end := nodes[l.from].Bed+l.in, nodes[l.to].Bed+l.out
	s := b.shapeOf(l, r.least(4), b.slope(long, bed, end))
	if r.err != nil || l.shape.err != nil {
		return
	}
	l.in, l.out, bed, end = l.in+s.filled, l.out+s.filled, bed+s.filled, end+s.filled
	out.Points = []hydraulics.Point{{Bed: bed, Section: s.section}, {Chainage: long, Bed: end, Section: s.section}}
	out.Main = s.main
	l.full = s.full
	b.lose(l, &out)
	if s.open && b.model.climate.evaporates() {
		out.Evaporates = &b.model.climate
	}
	b.makeInlet(l, &out, s)
	b.reaches(l.from, l.in+s.full)
	b.reaches(l.to, l.out+s.full)
	b.startDepth(l, &out, s)
	l.index = len(b.model.Network.Reaches)
	b.model.Network.Reaches = append(b.model.Network.Reaches, out)
}

// slope is that of a conduit, as SWMM takes it for what needs one: not less than the least, nor than a thousandth of a foot.
func (b *build) slope(long, bed, end float64) float64 {
	drop := max(math.Abs(bed-end), 0.001*foot)
	s := drop / long
	if drop < long {
		s = drop / math.Sqrt(long*long-drop*drop)
	}
	return max(s, b.model.Options.MinSlope)
}

// lose puts the losses of [LOSSES] into a reach.
func (b *build) lose(l *link, out *hydraulics.Reach) {
	r := l.losses
	if r == nil || !r.need(4) {
		return
	}
	out.Entry, out.Exit, out.Mean = r.least(1), r.least(2), r.least(3)
	if r.has(4) {
		out.Flap = r.yes(4)
	}
	out.Seeps = r.least(5) * b.unit.rain() / hour
}

// makeInlet gives a culvert its entrance.
func (b *build) makeInlet(l *link, out *hydraulics.Reach, s shape) {
	if s.culvert == 0 {
		return
	}
	if out.Points[1].Bed > out.Points[0].Bed {
		l.row.fail("swmm-culvert-rises", "it is a culvert, and rises")
		return
	}
	inlet, err := hydraulics.NewInlet(s.section, s.culvert, out.Points[0].Bed, b.slope(out.Points[1].Chainage, out.Points[0].Bed, out.Points[1].Bed))
	l.row.blame(err)
	out.Inlet = inlet
}

// startDepth is the normal depth of the flow at the start.
func (b *build) startDepth(l *link, out *hydraulics.Reach, s shape) {
	if out.Flow == 0 {
		return
	}
	first, last := out.Points[0], out.Points[1]
	depth, err := hydraulics.NormalDepth(s.section, b.slope(last.Chainage, first.Bed, last.Bed), math.Abs(out.Flow))
	if err != nil {
		depth = s.full // it carries no more
	}
	if l.start = depth + l.in; last.Bed > first.Bed {
		l.start = depth + l.out
	}
}
