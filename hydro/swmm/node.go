package swmm

import (
	"math"

	"basin/hydro/hydraulics"
)

// The kinds of nodes.
const (
	junction = iota
	outfall
	storage
	divider
)

// node is what a file says of a node beside what the network holds. Depths are metres.
type node struct {
	row             *row
	kind            int
	full, surcharge float64
	start, ponds    float64
}

// readNodes reads the sections of nodes.
func (b *build) readNodes() error {
	for kind, section := range [...]string{"JUNCTIONS", "OUTFALLS", "STORAGE", "DIVIDERS"} {
		for i := range b.rows[section] {
			r := &b.rows[section][i]
			if len(b.nodes) >= mostObjects {
				return tooMany()
			}
			if r.need(2) && b.nodeNames.add(r) >= 0 {
				b.readNode(r, kind)
			}
			if r.err != nil {
				return r.err
			}
		}
	}
	return nil
}

func (b *build) readNode(r *row, kind int) {
	length := b.unit.Length()
	out := hydraulics.Node{Place: r.place(), Bed: r.number(1, 0) * length, Crest: math.Inf(1), Start: math.NaN()}
	n := node{row: r, kind: kind}
	switch kind {
	case junction:
		n.full, n.start, n.surcharge = r.least(2)*length, r.least(3)*length, r.least(4)*length
		n.ponds = r.least(5) * length * length
	case outfall:
		b.readOutfall(r, &out)
	case storage:
		b.readStorage(r, &n, &out)
	case divider:
		b.readDivider(r, &n)
	}
	b.nodes = append(b.nodes, n)
	b.model.Network.Nodes = append(b.model.Network.Nodes, out)
}

// place is where a row's object stands.
func (r *row) place() hydraulics.Place { return hydraulics.Place{Name: r.name(), Line: r.line} }

// readOutfall reads: name, elevation, type, stage, gated, subcatchment. FREE and NORMAL have no stage.
func (b *build) readOutfall(r *row, out *hydraulics.Node) {
	if !r.need(3) {
		return
	}
	length, held := b.unit.Length(), true
	out.Free = hydraulics.Critical
	gate := 4
	switch r.word(2, 0, "FREE", "NORMAL", "FIXED", "TIDAL", "TIMESERIES") {
	case 0:
		gate = 3
	case 1:
		gate, out.Free = 3, hydraulics.Normal
	case 2:
		if r.need(4) {
			out.Level = hydraulics.Constant(r.number(3, 0) * length)
		}
	case 3:
		if c := b.curve(r, 3, tidalCurve); c != nil {
			tide, err := c.table(hour, length)
			r.blame(err)
			start := b.model.Options.Start
			out.Level = everyDay{tide, since(midnightOf(start), start)}
		}
	case 4:
		if s := b.timeSeries(r, 3); s != nil {
			level, err := s.linear(length, held)
			r.blame(err)
			out.Level = level
		}
	}
	if r.has(gate) {
		out.Flap = r.yes(gate)
	}
	if r.has(gate + 1) {
		r.refuse("Route To " + r.words[gate+1])
	}
}

// readDivider reads what a divider shares with junctions: with dynamic waves it divides nothing.
func (b *build) readDivider(r *row, n *node) {
	if !r.need(4) {
		return
	}
	if b.model.Options.Routing != "DYNWAVE" {
		r.refuse("FLOW_ROUTING " + b.model.Options.Routing)
	}
	length, from := b.unit.Length(), 4
	switch r.word(3, 0, "CUTOFF", "TABULAR", "WEIR", "OVERFLOW") {
	case 0, 1:
		from = 5
	case 2:
		from = 7
	}
	if !r.need(from) {
		return
	}
	n.full, n.start, n.surcharge = r.least(from)*length, r.least(from+1)*length, r.least(from+2)*length
	n.ponds = r.least(from+3) * length * length
}

// readStorage reads: name, elevation, depth, depth at the start, shape with its measures, depth of surcharge, part of evaporation, seepage.
func (b *build) readStorage(r *row, n *node, out *hydraulics.Node) {
	if !r.need(6) {
		return
	}
	length := b.unit.Length()
	n.full, n.start = r.least(2)*length, r.least(3)*length
	next := 8
	shape := r.word(4, 0, "FUNCTIONAL", "TABULAR", "CYLINDRICAL", "CONICAL", "PARABOLIC", "PARABOLOID", "PYRAMIDAL")
	if shape == 1 {
		next = 6
		out.Storage = b.surface(r)
	} else if r.need(8) {
		out.Storage = shaped(r, shape, length)
	}
	if r.err == nil && !(out.Storage.Integral(n.full) >= 0 && out.Storage.At(n.full) >= 0) {
		r.fail("swmm-negative-store", "its surface or volume is below zero")
	}
	n.surcharge = r.least(next) * length
	if part := r.least(next + 1); part > 0 && b.model.climate.evaporates() {
		out.Evaporates = hydraulics.Scaled{Of: &b.model.climate, By: part}
	}
	b.readSeepage(r, out, next+2)
}

// readSeepage reads a conductivity, or suction, conductivity and deficit of moisture.
func (b *build) readSeepage(r *row, out *hydraulics.Node, from int) {
	at := from
	if len(r.words) > from+1 {
		at++
		if !r.need(from + 3) {
			return
		}
		if r.least(from); r.least(at+1) > 0 && r.least(at) > 0 {
			r.refuse("Psi, Ksat, IMD")
		}
	}
	out.Seeps = r.least(at) * b.unit.rain() / hour
}

// far is how far beyond its last depth the surface of a store still grows, m.
const far = 1000

// surface is a storage curve. Below its first depth it begins at nought; beyond the last it goes on growing, but does not shrink.
func (b *build) surface(r *row) hydraulics.Curve {
	c := b.curve(r, 5, storageCurve)
	if c == nil {
		return nil
	}
	length := b.unit.Length()
	x, y := times(c.x, length), times(c.y, length*length)
	for i := range y {
		if x[i] < 0 || y[i] < 0 {
			r.fail("swmm-negative-store", "its surface or volume is below zero")
		}
	}
	if x[0] > 0 {
		x, y = append([]float64{0}, x...), append([]float64{0}, y...)
	}
	if k := len(x) - 1; k > 0 && y[k] > y[k-1] {
		x, y = append(x, x[k]+far), append(y, y[k]+(y[k]-y[k-1])/(x[k]-x[k-1])*far)
	}
	t, err := hydraulics.NewTable(x, y, false)
	r.blame(err)
	return t
}

// shaped is the surface of a store of a shape: bottoms are ellipses but for a pyramid's.
func shaped(r *row, shape int, length float64) hydraulics.Curve {
	if shape == 0 {
		power := r.within(6, 0, 0, 20)
		return hydraulics.Functional{Factor: r.least(5) * math.Pow(length, 2-power), Power: power, Constant: r.least(7) * length * length}
	}
	long, wide, z := r.above(5)*length, r.above(6)*length, r.least(7)
	q := quadratic{a: math.Pi / 4 * long * wide}
	switch shape {
	case 3: // a cone
		q.b, q.c = math.Pi*wide*z, math.Pi*wide/long*z*z
	case 4, 5: // a paraboloid, as wide as stated at the height z
		if z = r.above(7) * length; z > 0 {
			q = quadratic{b: q.a / z}
		}
	case 6: // a pyramid
		q = quadratic{long * wide, 2 * (long + wide) * z, 4 * z * z}
	}
	return q
}

// finishNodes puts the crests and the levels at the start where they are, the heights of links being known.
func (b *build) finishNodes() error {
	for i := range b.nodes {
		n, out := &b.nodes[i], &b.model.Network.Nodes[i]
		if n.kind == outfall {
			continue
		}
		crest := n.full + n.surcharge
		if n.start > crest {
			n.row.fail("swmm-too-deep", "its depth at the start, {start} m, is greater than {most} m", "start", n.start, "most", crest)
			return n.row.err
		}
		if b.model.Options.Ponding && n.ponds > 0 {
			crest, out.Ponding = n.full, n.ponds
		}
		out.Crest, out.Start = out.Bed+crest, out.Bed+n.start
	}
	b.startDepths()
	return nil
}

// startDepths gives junctions without a depth at the start the mean of those in their links: of conduits with a flow at the start, and nought for all others.
func (b *build) startDepths() {
	sum, links := make([]float64, len(b.nodes)), make([]float64, len(b.nodes))
	for i := range b.links {
		l := &b.links[i]
		for _, n := range [...]int{l.from, l.to} {
			sum[n] += l.start
			links[n]++
		}
	}
	for i := range b.nodes {
		if n := &b.nodes[i]; (n.kind == junction || n.kind == divider) && n.start == 0 && sum[i] > 0 {
			b.model.Network.Nodes[i].Start += sum[i] / links[i]
		}
	}
}
