package swmm

import (
	"math"

	"basin/hydro/hydraulics"
)

// structure adds one to the network.
func (b *build) structure(l *link, law hydraulics.Law, setting float64, flap bool) *hydraulics.Structure {
	l.index = len(b.model.Network.Structures)
	b.model.Network.Structures = append(b.model.Network.Structures, hydraulics.Structure{Place: l.row.place(), From: l.from, To: l.to, Law: law, Setting: setting, Flap: flap})
	return &b.model.Network.Structures[l.index]
}

// idealRate is what an ideal pump passes for each metre of water above the bed, m²/s. SWMM's passes whatever flows in.
const idealRate = 10

// makePump reads: name, nodes, curve, status at the start, depths at which it starts and stops.
func (b *build) makePump(l *link) {
	r, nodes := l.row, b.model.Network.Nodes
	length := b.unit.Length()
	p := hydraulics.PumpCurve{Bed: nodes[l.from].Bed}
	if r.has(3) {
		c := b.curve(r, 3, pump1Curve, pump2Curve, pump3Curve, pump4Curve, pump5Curve)
		if c == nil {
			return
		}
		p.Kind = hydraulics.PumpKind(c.kind-pump1Curve) + hydraulics.ByVolume
		x := length
		if p.Kind == hydraulics.ByVolume {
			x = length * length * length
			p.Storage = b.wetWell(l.from, c.x[len(c.x)-1]*x)
		}
		p.X, p.Flow = times(c.x, x), times(c.y, b.unit.Discharge())
	} else {
		p.Kind, p.X, p.Flow = hydraulics.ByLevel, []float64{0, far}, []float64{0, idealRate * far}
		b.assume(r, "an ideal pump: it passes 10 m³/s for each metre of water above the bed")
	}
	law, err := hydraulics.NewPump(p)
	r.blame(err)
	setting := float64(r.word(4, 1, "OFF", "ON"))
	on, off := r.least(5)*length, r.least(6)*length
	if on > 0 && on <= off {
		r.fail("swmm-pump-depths", "it must start at a greater depth than it stops at")
	}
	if r.err != nil {
		return
	}
	b.structure(l, law, setting, false)
	b.startStop(l, on, off)
}

// wetWell is the surface of the node that a pump by volume draws from: a junction is taken for a well that holds all of the pump's curve.
func (b *build) wetWell(at int, volume float64) hydraulics.Curve {
	if s := b.model.Network.Nodes[at].Storage; s != nil {
		return s
	}
	if full := b.nodes[at].full; full > 0 && volume > 0 {
		return hydraulics.Functional{Constant: volume / full}
	}
	return nil
}

// startStop makes rules of the depths at which a pump starts and stops. All others come first.
func (b *build) startStop(l *link, on, off float64) {
	if on > 0 {
		b.starts = append(b.starts, hydraulics.Rule{
			Place: l.row.place(), If: hydraulics.Condition{Of: hydraulics.NodeDepth, Object: l.from, Value: on}, Then: []hydraulics.Action{{Structure: l.index, Setting: 1}}, Priority: -most,
		})
		shut := hydraulics.Condition{Of: hydraulics.StructureSetting, Object: l.index, Exact: true}
		last := &b.starts[len(b.starts)-1].If
		*last = hydraulics.Condition{All: []hydraulics.Condition{shut, *last}}
	}
	if off > 0 {
		b.starts = append(b.starts, hydraulics.Rule{
			Place: l.row.place(), If: hydraulics.Condition{Of: hydraulics.NodeDepth, Object: l.from, Less: true, Value: off}, Then: []hydraulics.Action{{Structure: l.index}}, Priority: -most,
		})
	}
}

// crest is the level of the lower edge of an opening. SWMM raises it to the bed of the node below.
func (b *build) crest(l *link, field int) float64 {
	nodes := b.model.Network.Nodes
	l.in = b.offset(l.row, field, l.from)
	if below := nodes[l.to].Bed - nodes[l.from].Bed; l.in < below {
		b.assume(l.row, "its crest lies below the bed of the node below, and is raised to it")
		l.in = below
	}
	l.out = l.in
	return nodes[l.from].Bed + l.in
}

// opening is the row of [XSECTIONS] of a structure, if the shape is one of those given.
func (b *build) opening(l *link, shapes ...string) *row {
	if l.shape == nil {
		l.row.fail("swmm-no-shape", "it has no cross-section in [XSECTIONS]")
		return nil
	}
	if l.shape.word(1, 0, shapes...) < 0 || !l.shape.need(4) {
		return nil
	}
	return l.shape
}

// makeOrifice reads: name, nodes, type, offset, coefficient, gated, hours to open.
func (b *build) makeOrifice(l *link) {
	r := l.row
	shape := b.opening(l, "CIRCULAR", "RECT_CLOSED")
	if shape == nil {
		return
	}
	length := b.unit.Length()
	o := hydraulics.Orifice{
		Bottom: r.word(3, 0, "SIDE", "BOTTOM") == 1, Round: match(shape.words[1], "CIRCULAR") == 0,
		Crest: b.crest(l, 4), Height: shape.above(2) * length, Width: shape.least(3) * length, Coefficient: r.least(5),
	}
	if r.has(6) {
		o.Flap = r.yes(6)
	}
	ramp := r.least(7) * hour
	if r.err != nil || shape.err != nil {
		return
	}
	if o.Coefficient == 0 {
		b.shut(l)
		return
	}
	law, err := hydraulics.NewOrifice(o)
	r.blame(err)
	if r.err != nil {
		return
	}
	b.structure(l, law, 1, o.Flap).Ramp = ramp
	if !o.Bottom {
		b.reaches(l.from, l.in+o.Height)
	}
}

// shut adds a structure that lets nothing through, for a coefficient of nought.
func (b *build) shut(l *link) { b.structure(l, &hydraulics.Outlet{Power: 1}, 1, false) }

// makeWeir reads: name, nodes, type, offset, coefficient, gated, contractions, coefficient of the ends, whether it surcharges, width and surface of a road, curve of coefficients.
func (b *build) makeWeir(l *link) {
	r := l.row
	kind := max(r.word(3, 0, "TRANSVERSE", "SIDEFLOW", "V-NOTCH", "TRAPEZOIDAL", "ROADWAY"), 0)
	shape := b.opening(l, [...]string{"RECT_OPEN", "RECT_OPEN", "TRIANGULAR", "TRAPEZOIDAL", "RECT_OPEN"}[kind])
	if shape == nil {
		return
	}
	if kind == 4 {
		b.makeRoad(l, shape)
		return
	}
	length := b.unit.Length()
	w := hydraulics.Weir{
		Crest: b.crest(l, 4), Height: shape.above(2) * length, Length: shape.least(3) * length,
		Coefficient: r.least(5) * b.unit.weir(), Surcharge: true,
	}
	switch kind {
	case 1:
		w.Shape = hydraulics.SideFlow
	case 2:
		w.Shape, w.Slope, w.Length = hydraulics.VNotch, w.Length/w.Height/2, 0
	case 3:
		w.Shape, w.Slope = hydraulics.Trapezoidal, (shape.least(4)+shape.least(5))/2
	}
	if r.has(6) {
		w.Flap = r.yes(6)
	}
	if r.has(7) && kind < 2 {
		w.Contractions = r.least(7)
	}
	if r.has(8) {
		w.Ends = r.least(8) * b.unit.weir()
	}
	if r.has(9) {
		w.Surcharge = r.yes(9)
	}
	if r.has(12) {
		w.ByHead = b.coefficients(r)
	}
	if r.err != nil || shape.err != nil {
		return
	}
	if w.Coefficient == 0 && w.ByHead == nil {
		b.shut(l)
		return
	}
	law, err := hydraulics.NewWeir(w)
	r.blame(err)
	if r.err == nil {
		b.structure(l, law, 1, w.Flap)
		b.reaches(l.from, l.in+shape.number(2, 0)*length)
	}
}

// coefficients is the curve of a weir's coefficient by head.
func (b *build) coefficients(r *row) hydraulics.Curve {
	c := b.curve(r, 12, weirCurve)
	if c == nil {
		return nil
	}
	t, err := c.table(b.unit.Length(), b.unit.weir())
	r.blame(err)
	return t
}

// makeOutlet reads: name, nodes, offset, type, curve or factor and power, gated.
func (b *build) makeOutlet(l *link) {
	r := l.row
	length := b.unit.Length()
	o := hydraulics.Outlet{Crest: b.crest(l, 3)}
	gate := 6
	if r.word(4, 0, "FUNCTIONAL", "TABULAR") == 0 {
		if !r.need(7) {
			return
		}
		gate = 7
		o.Factor, o.Power = r.least(5), r.within(6, 0, 0, 20)
		o.Factor *= b.unit.Discharge() / math.Pow(length, o.Power)
	} else if c := b.curve(r, 5, ratingCurve); c != nil {
		t, err := c.table(length, b.unit.Discharge())
		r.blame(err)
		o.Rating = t
	}
	o.ByHead = len(r.words[4]) > 5 && fold(r.words[4][len(r.words[4])-5:]) == "/HEAD"
	flap := false
	if r.has(gate) {
		flap = r.yes(gate)
	}
	if r.err != nil {
		return
	}
	law, err := hydraulics.NewOutlet(o)
	r.blame(err)
	if r.err == nil {
		b.structure(l, law, 1, flap)
	}
}
