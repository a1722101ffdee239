// Package swmm reads models of EPA SWMM 5 into networks of package hydraulics, and computes the runoff of their land as SWMM does. Everything in a model is metres, seconds and m³/s, whatever
// the units of its file. What is not supported is refused by name and line; what has no influence on water is listed. It is pure: no files, no clock.
package swmm

import (
	"io"
	"strings"

	"basin/hydro/hydraulics"
)

// Model is what an input file says.
type Model struct {
	Title         []string
	Network       hydraulics.Network // its inflows hold all but runoff, until Runoff puts that there too
	Options       Options
	Gages         []Gage
	Subcatchments []Subcatchment
	Ignored       []hydraulics.Place // what has no influence on water: sections, and lines about pollutants

	climate climate
	fed     []fed
}

// build is a model being read.
type build struct {
	rows        map[string][]row
	model       *Model
	unit        FlowUnits
	nodes       []node
	links       []link
	curves      []points
	series      []points
	patterns    []pattern
	transects   []transect
	streets     []transect
	hydrographs []*hydrograph
	starts      []hydraulics.Rule // of pumps, by depth

	nodeNames, linkNames, curveNames, seriesNames, patternNames      index
	transectNames, streetNames, hydrographNames, gageNames, subNames index
}

// Read reads an input file. What is wrong with it is a fault Invalid that names the line, the section and the object.
func Read(in io.Reader) (*Model, error) {
	rows, err := scan(in)
	if err != nil {
		return nil, err
	}
	b := &build{
		rows: rows, model: &Model{},
		nodeNames: newIndex("[JUNCTIONS], [OUTFALLS], [STORAGE], [DIVIDERS]"), linkNames: newIndex("[CONDUITS], [PUMPS], [ORIFICES], [WEIRS], [OUTLETS]"),
		curveNames: newIndex("[CURVES]"), seriesNames: newIndex("[TIMESERIES]"), patternNames: newIndex("[PATTERNS]"), transectNames: newIndex("[TRANSECTS]"),
		streetNames: newIndex("[STREETS]"), hydrographNames: newIndex("[HYDROGRAPHS]"), gageNames: newIndex("[RAINGAGES]"), subNames: newIndex("[SUBCATCHMENTS]"),
	}
	o, err := options(rows["OPTIONS"])
	if err != nil {
		return nil, err
	}
	b.model.Options, b.unit = o, o.FlowUnits
	b.model.Network.Start = o.Start
	for _, r := range rows["TITLE"] {
		b.model.Title = append(b.model.Title, r.words[0])
	}
	for _, part := range [...]func() error{
		b.leave, b.readFiles, b.readCurves, b.readSeries, b.readPatterns, b.readClimate, b.readAdjustments, b.readNodes, b.readTransects, b.readStreets, b.readLinks, b.finishNodes, b.readGages,
		b.readHydrographs, b.readInflows, b.readSubcatchments, b.settleSteps, b.readControls, b.check,
	} {
		if err := part(); err != nil {
			return nil, err
		}
	}
	return b.model, nil
}

// readFiles reads [FILES]: what is to be saved is ignored, what is to be used refused.
func (b *build) readFiles() error {
	for i := range b.rows["FILES"] {
		r := &b.rows["FILES"][i]
		if r.word(0, 0, "SAVE", "USE", "SCRATCH") == 1 {
			r.refuse(fold(strings.Join(r.words[:min(2, len(r.words))], " ")))
		}
		if r.err != nil {
			return r.err
		}
		b.ignore(r, "[FILES] "+r.name())
	}
	return nil
}
