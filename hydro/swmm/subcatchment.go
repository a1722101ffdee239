package swmm

import (
	"math"

	"basin/hydro/hydraulics"
)

// Subcatchment is land whose runoff goes to a node or another subcatchment. Depths and lengths are metres.
type Subcatchment struct {
	hydraulics.Place

	Node     int // that it runs off to; −1 for none
	To       int // subcatchment that it runs off to; −1 for none, its own number to stay where it is
	Area     float64
	gage     int
	paved    float64
	width    float64
	slope    float64
	surfaces *[3]surface
	soil     soil
}

// The surfaces of a subcatchment.
const (
	bare     = iota // impervious, without hollows
	hollowed        // impervious, with hollows
	pervious
)

// surface is a part of a subcatchment: a reservoir that runs off above its hollows by Manning's formula.
type surface struct {
	part    float64 // of the area
	n       float64
	hollows float64
	alpha   float64 // runoff, m/s, by the power 5/3 of the depth above the hollows
	out     float64 // what of its runoff leaves the subcatchment; the rest goes to other surfaces
	onto    bool    // the rest goes to the impervious (if pervious), or the pervious surface
}

// readSubcatchments reads [SUBCATCHMENTS], [SUBAREAS] and [INFILTRATION].
func (b *build) readSubcatchments() error {
	rows := b.rows["SUBCATCHMENTS"]
	if len(rows) > mostObjects {
		return tooMany()
	}
	for i := range rows {
		if r := &rows[i]; r.need(8) {
			b.subNames.add(r)
		}
		if rows[i].err != nil {
			return rows[i].err
		}
	}
	for i := range rows {
		b.model.Subcatchments = append(b.model.Subcatchments, b.subcatchment(&rows[i]))
		if rows[i].err != nil {
			return rows[i].err
		}
	}
	for _, section := range [...]string{"SUBAREAS", "INFILTRATION"} {
		for i := range b.rows[section] {
			r := &b.rows[section][i]
			if k := r.find(0, b.subNames); k >= 0 && section == "SUBAREAS" {
				b.subareas(r, &b.model.Subcatchments[k])
			} else if k >= 0 {
				b.model.Subcatchments[k].soil = b.soil(r)
			}
			if r.err != nil {
				return r.err
			}
		}
	}
	for i := range rows {
		s := &b.model.Subcatchments[i]
		switch {
		case s.surfaces == nil:
			rows[i].fail("swmm-no-surface", "it has no line in [SUBAREAS]")
		case s.soil == nil && s.paved < 1:
			rows[i].fail("swmm-no-soil", "it has no line in [INFILTRATION]")
		}
		if rows[i].err != nil {
			return rows[i].err
		}
	}
	return nil
}

// subcatchment reads: name, gage, outlet, area, per cent impervious, width, per cent of slope, length of curbs, snow pack.
func (b *build) subcatchment(r *row) Subcatchment {
	s := Subcatchment{Place: r.place(), Node: -1, To: -1, gage: r.find(1, b.gageNames)}
	node, toNode := b.nodeNames.of[fold(r.words[2])]
	sub, toSub := b.subNames.of[fold(r.words[2])]
	switch {
	case toNode && toSub:
		r.fail("swmm-two-outlets", "{value} is a node and a subcatchment", "value", r.words[2])
	case toNode:
		s.Node = node
	case toSub:
		s.To = sub
	default:
		r.find(2, b.nodeNames)
	}
	if r.has(8) && !b.model.Options.ignoreSnow {
		r.refuse("SnowPack " + r.words[8])
	}
	s.Area = r.least(3) * b.unit.land()
	s.paved = min(r.least(4), 100) / 100
	s.width = r.least(5) * b.unit.Length()
	s.slope = r.least(6) / 100
	if s.gage >= 0 {
		b.model.Gages[s.gage].used = true
	}
	return s
}

// subareas reads: name, roughness of impervious and pervious land, their hollows, per cent of the impervious without, where runoff goes, and how many per cent of it.
func (b *build) subareas(r *row, s *Subcatchment) {
	if !r.need(7) {
		return
	}
	n, soiln := r.least(1), r.least(2)
	hollows, soilHollows := r.least(3)*b.unit.rain(), r.least(4)*b.unit.rain()
	without := r.within(5, 0, 0, 100) / 100
	routed := r.within(7, 100, 0, 100) / 100
	s.surfaces = &[3]surface{
		{part: s.paved * without, n: n, out: 1},
		{part: s.paved * (1 - without), n: n, hollows: hollows, out: 1},
		{part: 1 - s.paved, n: soiln, hollows: soilHollows, out: 1},
	}
	for i := range s.surfaces {
		part := s.paved
		if i == pervious {
			part = 1 - s.paved
		}
		if f := &s.surfaces[i]; part*s.Area > 0 && f.n > 0 {
			manning := 1.49 * math.Cbrt(foot) // SWMM's rounding of 1.486 √ft
			f.alpha = manning * s.width / (part * s.Area) * math.Sqrt(s.slope) / f.n
		}
	}
	switch to := r.word(6, 0, "OUTLET", "IMPERV", "PERV"); {
	case s.paved == 0 || s.paved == 1:
	case to == 1:
		s.surfaces[pervious].onto, s.surfaces[pervious].out = true, 1-routed
	case to == 2:
		for i := range pervious {
			s.surfaces[i].onto, s.surfaces[i].out = true, 1-routed
		}
	}
}
