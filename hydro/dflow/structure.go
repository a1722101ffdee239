package dflow

import (
	"fmt"
	"math"
	"slices"

	"basin/hydro/hydraulics"
)

// group is what stands at one place of a branch: a structure, or those that a compound holds together side by side.
type group struct {
	chainage float64 // as the file has it
	at       float64 // on the middle of its link, where water is divided
	members  []*block
}

// structures reads the files of structures and puts each at its place.
func (r *reader) structures() error {
	compound := map[string]string{} // by the id of a member
	var stands []*block
	for _, name := range list(r.mdu("geometry", "structurefile")) {
		blocks, there, err := r.blocks(name)
		if err != nil {
			return err
		}
		if !there {
			return r.main.missing("geometry", "structurefile")
		}
		for _, b := range blocks {
			switch {
			case b.name == "general":
			case b.name != "structure":
				return bad(b.file, b.line, b.id(), "["+b.name+"] is not supported")
			case b.word("type", "") == "compound":
				for _, id := range list(b.needed("structureids")) {
					compound[id] = b.id()
				}
			case b.text("branchid") == "":
				r.ignore(fmt.Sprintf("%s, line %d: the structure %s stands on no branch: it is ignored.", b.file, b.line, b.id()))
			default:
				stands = append(stands, b)
			}
			if b.err != nil {
				return b.err
			}
		}
	}
	names := map[string]*block{}
	for _, b := range stands {
		if names[b.needed("id")] != nil {
			return b.bad("id", "it stands there twice")
		}
		names[b.id()] = b
		if err := r.stand(b, compound); err != nil {
			return err
		}
	}
	for id, by := range compound {
		if names[id] == nil {
			return bad(r.mdu("geometry", "structurefile"), 0, by, "its structure "+id+" is unknown or stands on no branch")
		}
	}
	for _, b := range r.branches {
		b.spread()
	}
	return nil
}

// stand puts a structure at its place on its branch.
func (r *reader) stand(b *block, compound map[string]string) error {
	br, chainage, err := r.onBranch(b)
	if err != nil {
		return err
	}
	for _, g := range br.groups {
		other := g.members[0]
		together := compound[b.id()] != "" && compound[b.id()] == compound[other.id()]
		switch {
		case together && g.chainage == chainage:
			g.members = append(g.members, b)
			return nil
		case together:
			return b.bad("chainage", "it is in one compound with "+other.id()+", but stands elsewhere")
		case g.chainage == chainage:
			return b.bad("chainage", "it stands where "+other.id()+" stands, but in no compound with it")
		}
	}
	br.groups = append(br.groups, &group{chainage: chainage, members: []*block{b}})
	return nil
}

// spread puts structures where D-Flow FM has them: on the link between two nodes of the mesh, in its middle; several on one link share it evenly.
func (b *branch) spread() {
	slices.SortFunc(b.groups, func(g, h *group) int { return int(math.Copysign(1, g.chainage-h.chainage)) })
	next := 0
	for i := 1; i < len(b.grid); i++ {
		from, to := b.grid[i-1], b.grid[i]
		first := next
		for next < len(b.groups) && (b.groups[next].chainage < to || i == len(b.grid)-1) {
			next++
		}
		on := b.groups[first:next]
		for k, g := range on {
			g.at = from + (to-from)*float64(k+1)/float64(len(on)+1)
		}
	}
}

// build makes a structure between two nodes.
func (r *reader) build(b *block, br *branch, at float64, from, to int) error {
	bed, section := br.at(at)
	s := hydraulics.Structure{Place: b.place(), From: from, To: to, Setting: 1}
	here := side{bed, section}
	switch kind := b.word("type", ""); kind {
	case "weir", "orifice":
		s.Law = overCrest(b, kind, bed)
		if b.yes("usevelocityheight", true) {
			r.assume("Weirs and orifices are driven by the level above their crest, without the velocity of approach.")
		}
	case "universalweir":
		s.Law = universalWeir(b, bed)
	case "culvert":
		s.Law = r.culvert(b, here)
	case "bridge":
		s.Law = r.bridge(b, here)
	case "pump":
		return r.pump(b, s)
	default:
		return b.bad("type", "a structure of type "+kind+" is not supported: bridge, culvert, orifice, pump, universalWeir and weir are")
	}
	switch way := b.word("allowedflowdir", "both"); way {
	case "both":
	case "positive":
		s.Flap = true
	case "negative":
		s.Flap, s.From, s.To, s.Law = true, to, from, returned{s.Law}
	case "none":
		s.Setting = 0
	default:
		_ = b.bad("allowedflowdir", "the direction "+way+" is unknown")
	}
	r.model.Network.Structures = append(r.model.Network.Structures, s)
	return b.err
}

func universalWeir(b *block, bed float64) hydraulics.Law {
	count := int(b.number("numlevels"))
	y, z := b.numbers("yvalues", count), b.numbers("zvalues", count)
	w := ridge{crest: max(b.number("crestlevel"), bed), coefficient: b.number("dischargecoeff")}
	if b.err != nil {
		return nil
	}
	if len(y) < 2 || !slices.IsSorted(y) || y[0] == y[len(y)-1] || !(w.coefficient > 0) {
		_ = b.bad("yvalues", "its points must go from left to right and have a width, its coefficient must be above zero")
		return nil
	}
	foot := slices.Min(z)
	for i := 1; i < len(y); i++ {
		w.pieces = append(w.pieces, strip{width: y[i] - y[i-1], low: min(z[i-1], z[i]) - foot, high: max(z[i-1], z[i]) - foot})
	}
	return law{w}
}

// overCrest is a weir, or an orifice: a weir below a gate. No crest lies below the bed.
func overCrest(b *block, kind string, bed float64) hydraulics.Law {
	o := opening{crest: max(b.number("crestlevel"), bed), height: math.Inf(1), width: b.number("crestwidth"), coefficient: b.numberOr("corrcoeff", 1)}
	if kind == "orifice" {
		o.height = max(b.number("gateloweredgelevel")-o.crest, 0)
	}
	for i, way := range []string{"pos", "neg"} {
		o.most[i] = math.Inf(1)
		if b.yes("uselimitflow"+way, false) {
			o.most[i] = b.number("limitflow" + way)
		}
	}
	if b.err == nil && (!(o.width > 0) || !(o.coefficient > 0)) {
		_ = b.bad("crestwidth", "its width and its coefficient must be above zero")
	}
	return law{o}
}

// own is the cross-section of a structure with the friction of its wall.
func (r *reader) own(b *block, kind, value string) definition {
	f, wrong := newFriction(b.needed(kind), b.number(value))
	if b.err == nil && wrong != "" {
		_ = b.bad(kind, wrong)
	}
	if b.err != nil {
		return definition{}
	}
	d, err := r.define(b, "csdefid", b.needed("csdefid"), &f)
	if err != nil && b.err == nil {
		b.err = err
	}
	return d
}

func (r *reader) culvert(b *block, here side) hydraulics.Law {
	if b.yes("valveonoff", false) {
		_ = b.bad("valveonoff", "a culvert with a valve is not supported")
	}
	if kind := b.word("subtype", "culvert"); kind != "culvert" {
		_ = b.bad("subtype", "a culvert of type "+kind+" is not supported")
	}
	c := barrel{section: r.own(b, "bedfrictiontype", "bedfriction").section, sides: [2]side{here, here}, length: b.number("length"), entry: b.number("inletlosscoeff"), exit: b.number("outletlosscoeff")}
	c.beds = [2]float64{b.number("leftlevel"), b.number("rightlevel")}
	if b.err == nil && (!(c.length > 0) || !(c.entry >= 0) || !(c.exit >= 0)) {
		_ = b.bad("length", "its length must be above zero, its losses no less than zero")
	}
	return law{c}
}

func (r *reader) bridge(b *block, here side) hydraulics.Law {
	if b.numberOr("pillarwidth", 0) > 0 {
		_ = b.bad("pillarwidth", "a bridge with pillars is not supported")
	}
	d := r.own(b, "frictiontype", "friction")
	a := arch{section: d.section, bed: max(d.bed+b.numberOr("shift", 0), here.bed), sides: [2]side{here, here}, length: b.number("length"), entry: b.number("inletlosscoeff"), exit: b.number("outletlosscoeff")}
	if b.err == nil && (!(a.length >= 0) || !(a.entry >= 0) || !(a.exit >= 0)) {
		_ = b.bad("length", "its length and its losses must be no less than zero")
	}
	return law{a}
}

// pump makes a pump with what starts and stops it.
func (r *reader) pump(b *block, s hydraulics.Structure) error {
	stages := int(b.numberOr("numstages", 0))
	if stages > 1 {
		return b.bad("numstages", "a pump of several stages is not supported")
	}
	if _, err := number(b.needed("capacity")); err != nil && b.err == nil {
		return b.bad("capacity", "a capacity that is no number ("+b.text("capacity")+") is not supported")
	}
	capacity := b.number("capacity")
	heads, parts := []float64{0}, []float64{1}
	if count := int(b.numberOr("numreductionlevels", 0)); count > 0 {
		heads, parts = b.numbers("head", count), b.numbers("reductionfactor", count)
	}
	way := b.word("orientation", "positive")
	if way != "positive" && way != "negative" {
		_ = b.bad("orientation", "the orientation "+way+" is unknown")
	}
	if b.err == nil && capacity < 0 {
		_ = b.bad("capacity", "a capacity below zero is not supported")
	}
	if b.err != nil {
		return b.err
	}
	flows := make([]float64, len(parts))
	for i, part := range parts {
		flows[i] = part * capacity
	}
	law, err := hydraulics.NewPump(hydraulics.PumpCurve{Kind: hydraulics.ByLift, X: heads, Flow: flows})
	if err != nil {
		return b.because(err)
	}
	s.Law = law
	if way == "negative" {
		s.From, s.To = s.To, s.From
	}
	if stages == 1 {
		return r.switched(b, s)
	}
	r.model.Network.Structures = append(r.model.Network.Structures, s)
	return nil
}

// switched adds a pump that runs by a level: it drains the suction side, or, by rules, fills the delivery side.
func (r *reader) switched(b *block, s hydraulics.Structure) error {
	n, control := &r.model.Network, b.word("controlside", "")
	switch control {
	case "suctionside", "deliveryside":
	case "":
		return b.bad("controlside", "controlSide is missing")
	default:
		return b.bad("controlside", "a pump controlled by "+control+" is not supported: suctionSide and deliverySide are")
	}
	start, stop := b.number("startlevel"+control), b.number("stoplevel"+control)
	if b.err != nil {
		return b.err
	}
	if drains := control == "suctionside"; drains && start < stop || !drains && start > stop {
		return b.bad("startlevel"+control, "it would stop before it starts")
	}
	if control == "suctionside" {
		s.Runs = &hydraulics.Hysteresis{Start: start, Stop: stop}
		n.Structures = append(n.Structures, s)
		return nil
	}
	rule := func(level float64, less bool, setting float64) hydraulics.Rule {
		return hydraulics.Rule{
			Place: b.place(), If: hydraulics.Condition{Of: hydraulics.NodeLevel, Object: s.To, Less: less, Value: level},
			Then: []hydraulics.Action{{Structure: len(n.Structures), Setting: setting}},
		}
	}
	n.Rules = append(n.Rules, rule(start, true, 1), rule(stop, false, 0))
	n.Structures = append(n.Structures, s)
	return nil
}
