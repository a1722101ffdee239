package dflow

import (
	"fmt"
	"sort"

	"basin/hydro/hydraulics"
)

// start is how high the water stands at the beginning.
type start struct {
	depth  bool // above the bed instead of the datum
	known  bool
	value  float64 // where nothing else is said
	branch map[string]hydraulics.Curve
}

// at is the level at a place.
func (s start) at(branch string, chainage, bed float64) (level float64, known bool) {
	level = s.value
	if c := s.branch[branch]; c != nil {
		level = c.At(chainage)
	} else if !s.known {
		return 0, false
	}
	if s.depth {
		level += bed
	}
	return level, true
}

// initial reads levels or depths at the start: from a file of fields, or one level from the .mdu.
func (r *reader) initial() error {
	if b := r.main.find("geometry", "waterlevini"); b != nil && b.text("waterlevini") != "" {
		if r.start.value, r.start.known = b.number("waterlevini"), true; b.err != nil {
			return b.err
		}
	}
	name := r.mdu("geometry", "inifieldfile")
	if name == "" {
		return nil
	}
	blocks, there, err := r.blocks(name)
	if err != nil {
		return err
	}
	if !there {
		r.start = start{}
		r.assume("The water at the start follows from the boundaries, for " + name + " is missing.")
		return nil
	}
	for _, b := range blocks {
		switch {
		case b.name == "general":
		case b.name == "parameter":
			r.ignore(fmt.Sprintf("%s, line %d: the field %s is ignored.", b.file, b.line, b.text("quantity")))
		case b.name != "initial":
			return bad(b.file, b.line, b.id(), "["+b.name+"] is not supported")
		default:
			if err := r.field(b); err != nil {
				return err
			}
		}
	}
	return nil
}

// field reads one field of levels or depths.
func (r *reader) field(b *block) error {
	quantity := b.word("quantity", "")
	if quantity != "waterlevel" && quantity != "waterdepth" {
		return b.bad("quantity", "the field "+quantity+" is not supported: waterlevel and waterdepth are")
	}
	if kind := b.word("datafiletype", ""); kind != "1dfield" {
		r.ignore(fmt.Sprintf("%s, line %d: the field %s of type %s is two-dimensional: it is ignored.", b.file, b.line, quantity, kind))
		return nil
	}
	blocks, there, err := r.blocks(b.needed("datafile"))
	if err != nil || b.err != nil {
		return b.because(firstOf(b.err, err))
	}
	if !there {
		return b.bad("datafile", "the file "+b.text("datafile")+" is missing")
	}
	r.start = start{depth: quantity == "waterdepth", branch: map[string]hydraulics.Curve{}}
	for _, f := range blocks {
		switch f.name {
		case "general":
		case "global":
			r.start.value, r.start.known = f.number("value"), true
		case "branch":
			if err := r.along(f); err != nil {
				return err
			}
		default:
			return bad(f.file, f.line, f.id(), "["+f.name+"] is not supported")
		}
		if f.err != nil {
			return f.err
		}
	}
	return nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// along reads the levels or depths along a branch.
func (r *reader) along(f *block) error {
	id := f.needed("branchid")
	if _, known := r.branch[id]; f.err == nil && !known {
		_ = f.bad("branchid", "the branch "+id+" is unknown")
	}
	count := int(f.numberOr("numlocations", 0))
	places := []float64{0}
	if count > 0 {
		places = f.numbers("chainage", count)
	}
	values := f.numbers("values", max(count, 1))
	if f.err != nil {
		return f.err
	}
	if !sort.Float64sAreSorted(places) {
		return f.bad("chainage", "its places do not follow each other")
	}
	c, err := hydraulics.NewTable(places, values, false)
	if err != nil {
		return f.because(err)
	}
	r.start.branch[id] = c
	return nil
}
