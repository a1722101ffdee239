package dflow

import (
	"math"
	"slices"
	"sort"

	"basin/hydro/hydraulics"
)

// definition is a cross-section without a place. Its bed is the level of its lowest point where it has levels.
type definition struct {
	block   *block
	bed     float64
	section hydraulics.Section
}

// located is a cross-section at its place on a branch.
type located struct {
	chainage, bed float64
	section       hydraulics.Section
	block         *block
}

// definitions reads the file of cross-sections.
func (r *reader) definitions() error {
	r.definition = map[string]*block{}
	blocks, err := r.needed("geometry", "crossdeffile")
	if err != nil {
		return err
	}
	for _, b := range blocks {
		if b.name != "definition" {
			continue
		}
		if id := b.needed("id"); r.definition[id] != nil {
			_ = b.bad("id", "it stands there twice")
		}
		if b.err != nil {
			return b.err
		}
		r.definition[b.text("id")] = b
	}
	return nil
}

// define makes the cross-section of an id, with its own friction or with that of a structure.
func (r *reader) define(by *block, key, id string, wall *friction) (definition, error) {
	b := r.definition[id]
	if b == nil {
		return definition{}, by.bad(key, "the cross-section definition "+id+" is unknown")
	}
	d := definition{block: b}
	var err error
	switch kind := b.word("type", ""); kind {
	case "yz":
		d.bed, d.section, err = r.points(b, wall)
	case "zw", "zwriver":
		d.bed, d.section, err = r.widths(b, wall)
	default:
		d.section, err = r.shape(b, kind, wall)
	}
	if b.err != nil {
		return definition{}, b.err
	}
	return d, b.because(err)
}

// wall is the one friction of a definition, if nothing else goes.
func (r *reader) wall(b *block, other *friction) friction {
	if other != nil {
		return *other
	}
	return r.walls(b, 1)[0]
}

// shape is a section with a formula.
func (r *reader) shape(b *block, kind string, wall *friction) (hydraulics.Section, error) {
	var form func(n float64) (hydraulics.Section, error)
	switch kind {
	case "circle":
		diameter := b.number("diameter")
		form = func(n float64) (hydraulics.Section, error) { return hydraulics.NewCircular(diameter, n) }
	case "rectangle":
		width := b.number("width")
		if b.yes("closed", true) {
			height := b.number("height")
			form = func(n float64) (hydraulics.Section, error) { return hydraulics.NewClosedRectangle(height, width, n) }
		} else {
			form = func(n float64) (hydraulics.Section, error) { return hydraulics.NewRectangle(width, n) }
		}
	case "trapezium":
		base, slope, top := b.number("basewidth"), b.number("slope"), b.number("maximumflowwidth")
		form = func(n float64) (hydraulics.Section, error) {
			if !(slope > 0) || top == base {
				return hydraulics.NewRectangle(base, n)
			}
			return hydraulics.NewTabulated([]float64{0, (top - base) / 2 / slope}, []float64{base, top}, n)
		}
	default:
		return nil, b.bad("type", "a cross-section of type "+kind+" is not supported: circle, rectangle, trapezium, zw, zwRiver and yz are")
	}
	f := r.wall(b, wall)
	if b.err != nil {
		return nil, b.err
	}
	return f.of(form)
}

// points is a section by points across it.
func (r *reader) points(b *block, wall *friction) (bed float64, s hydraulics.Section, err error) {
	count := int(b.number("yzcount"))
	y, z := b.numbers("ycoordinates", count), b.numbers("zcoordinates", count)
	zones := max(int(b.numberOr("sectioncount", 1)), 1)
	var from []float64
	if b.text("frictionpositions") != "" {
		from = b.numbers("frictionpositions", zones+1)
	} else if zones > 1 {
		_ = b.bad("frictionpositions", "its zones have no positions")
	}
	if b.err != nil {
		return 0, nil, b.err
	}
	walls := []friction{{}}
	if wall != nil {
		walls[0], from = *wall, nil
	} else {
		walls = r.walls(b, zones)
	}
	if b.err != nil {
		return 0, nil, b.err
	}
	if len(y) > 0 && len(from) > 0 {
		for i := range from {
			from[i] += y[0]
		}
		if !slices.IsSorted(from) {
			return 0, nil, b.bad("frictionpositions", "its zones do not follow each other")
		}
	}
	switch how := b.word("conveyance", "segmented"); {
	case how == "lumped" && len(walls) == 1:
		s, err = walls[0].of(func(n float64) (hydraulics.Section, error) {
			return hydraulics.NewIrregular(y, z, hydraulics.Bank{N: n})
		})
	case how == "segmented":
		s, err = newProfile(y, z, from, walls)
	default:
		return 0, nil, b.bad("conveyance", "a conveyance "+how+" of several zones is not supported: segmented is, and lumped of one")
	}
	if err != nil {
		return 0, nil, err
	}
	return slices.Min(z), s, nil
}

// widths is a section by widths at levels, with as many as three zones: the main channel, and flood plains on both sides of it.
func (r *reader) widths(b *block, wall *friction) (bed float64, s hydraulics.Section, err error) {
	count := int(b.number("numlevels"))
	z, w := b.numbers("levels", count), b.numbers("flowwidths", count)
	if b.text("totalwidths") != "" && !slices.Equal(b.numbers("totalwidths", count), w) {
		_ = b.bad("totalwidths", "widths that store water without carrying it are not supported")
	}
	if b.numberOr("leveeflowarea", 0) > 0 || b.numberOr("leveetotalarea", 0) > 0 {
		_ = b.bad("leveeflowarea", "summer dikes are not supported")
	}
	zones := []float64{b.numberOr("mainwidth", math.Inf(1))}
	for _, key := range []string{"fp1width", "fp2width"} {
		if width := b.numberOr(key, 0); width > 0 {
			zones = append(zones, width)
		}
	}
	if b.err != nil || count == 0 {
		return 0, nil, b.bad("levels", "it has no levels")
	}
	depths := make([]float64, count)
	for i := range z {
		depths[i] = z[i] - z[0]
	}
	if wall != nil || len(zones) == 1 {
		s, err = r.wall(b, wall).of(func(n float64) (hydraulics.Section, error) { return hydraulics.NewTabulated(depths, w, n) })
		return z[0], s, err
	}
	walls := r.walls(b, len(zones))
	if b.err == nil && slices.ContainsFunc(walls, func(f friction) bool { return f.n == 0 }) {
		_ = b.bad("frictionids", "zones of Chezy or WhiteColebrook are not supported: Manning and Strickler are")
	}
	if b.err != nil {
		return 0, nil, b.err
	}
	s, err = zoned(depths, w, zones, walls)
	return z[0], s, err
}

// zoned is a section that is the same on both sides, its zones side by side from the middle out.
func zoned(depths, widths, zones []float64, walls []friction) (hydraulics.Section, error) {
	if _, err := hydraulics.NewTabulated(depths, widths, 1); err != nil {
		return nil, err
	}
	var y, z []float64
	for i, depth := range slices.Backward(depths) {
		y, z = append(y, -widths[i]/2), append(z, depth)
	}
	for i, depth := range depths {
		y, z = append(y, widths[i]/2), append(z, depth)
	}
	end := y[len(y)-1]
	banks := []hydraulics.Bank{{N: walls[0].n, Station: end}}
	reach := 0.0
	for i := range zones[:len(zones)-1] {
		reach = min(reach+zones[i]/2, end)
		banks = append([]hydraulics.Bank{{N: walls[i+1].n, Station: -reach}}, banks...)
		banks[len(banks)-1].Station = reach
		banks = append(banks, hydraulics.Bank{N: walls[i+1].n, Station: end})
	}
	return hydraulics.NewIrregular(y, z, banks...)
}

// locations reads where cross-sections are.
func (r *reader) locations() error {
	blocks, err := r.needed("geometry", "crosslocfile")
	if err != nil {
		return err
	}
	for _, b := range blocks {
		if b.name != "crosssection" {
			continue
		}
		branch, chainage, err := r.onBranch(b)
		if err != nil {
			return err
		}
		d, err := r.define(b, "definitionid", b.needed("definitionid"), nil)
		if err != nil {
			return err
		}
		shift := b.numberOr("shift", 0)
		if b.err != nil {
			return b.err
		}
		branch.sections = append(branch.sections, located{chainage, d.bed + shift, d.section, b})
	}
	if err := r.sorted(); err != nil {
		return err
	}
	r.chained()
	return r.sorted()
}

// sorted puts the sections of all branches in order.
func (r *reader) sorted() error {
	for _, b := range r.branches {
		if err := b.sorted(); err != nil {
			return err
		}
	}
	return nil
}

// sorted puts the sections of a branch in order.
func (b *branch) sorted() error {
	sort.SliceStable(b.sections, func(i, k int) bool { return b.sections[i].chainage < b.sections[k].chainage })
	for i := 1; i < len(b.sections); i++ {
		one, two := b.sections[i-1], b.sections[i]
		if one.chainage == two.chainage {
			return two.block.bad("chainage", "it lies where "+one.block.id()+" lies")
		}
		if math.IsInf(one.section.Full(), 1) != math.IsInf(two.section.Full(), 1) {
			return two.block.bad("definitionid", "it follows "+one.block.id()+", but one of them is open and the other closed")
		}
	}
	return nil
}

// at is the section at a place of a branch: between two, or the nearest at its ends.
func (b *branch) at(chainage float64) (bed float64, s hydraulics.Section) {
	i := sort.Search(len(b.sections), func(i int) bool { return b.sections[i].chainage >= chainage })
	switch {
	case i == len(b.sections):
		return b.sections[i-1].bed, b.sections[i-1].section
	case i == 0 || b.sections[i].chainage == chainage:
		return b.sections[i].bed, b.sections[i].section
	}
	one, two := b.sections[i-1], b.sections[i]
	part := (chainage - one.chainage) / (two.chainage - one.chainage)
	s = one.section
	if one.block.text("definitionid") != two.block.text("definitionid") {
		s = between{one.section, two.section, part}
	}
	return one.bed + part*(two.bed-one.bed), s
}
