package dflow

import (
	"math"
	"strings"
	"testing"

	"basin/hydro/hydraulics"
)

// defined makes the section of a definition.
func defined(t *testing.T, text string) (definition, error) {
	t.Helper()
	blocks, err := parseBlocks("def.ini", strings.NewReader("[Definition]\nid = a\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{model: &Model{}, definition: map[string]*block{"a": blocks[0]}, friction: map[string]friction{"rough": {n: 0.1}, "smooth": {n: 0.02}, "c": {c: 40}}}
	return r.define(blocks[0], "id", "a", nil)
}

func TestShapes(t *testing.T) {
	const manning, smooth = "frictionType = Manning\nfrictionValue = 0.03\n", "frictionId = smooth\n"
	k := func(area, perimeter, n float64) float64 { return area * math.Pow(area/perimeter, 2.0/3) / n }
	wall := math.Sqrt(1 + 1.5*1.5)
	for _, c := range []struct {
		text                                string
		depth, area, width, wet, conveyance float64
	}{
		{"type = rectangle\nwidth = 3\nclosed = no\n" + manning, 2, 6, 3, 7, k(6, 7, 0.03)},
		{"type = rectangle\nwidth = 3\nheight = 1.5\n" + manning, 2, 4.5, 0, 9, k(4.5, 9, 0.03)},
		{"type = circle\ndiameter = 2\n" + smooth, 1, math.Pi / 2, 2, math.Pi, k(math.Pi/2, math.Pi, 0.02)},
		{"type = circle\ndiameter = 2\nfrictionId = c\n", 1, math.Pi / 2, 2, math.Pi, 40 * math.Pi / 2 * math.Sqrt(0.5)},
		{"type = circle\ndiameter = 2\nfrictionType = WhiteColebrook\nfrictionValue = 0.003\n", 1, math.Pi / 2, 2, math.Pi, 18 * math.Log10(2000) * math.Pi / 2 * math.Sqrt(0.5)},
		{"type = trapezium\nbaseWidth = 2\nslope = 1.5\nmaximumFlowWidth = 8\n" + manning, 1, 3.5, 5, 2 + 2*wall, k(3.5, 2+2*wall, 0.03)},
		{"type = trapezium\nbaseWidth = 2\nslope = 1.5\nmaximumFlowWidth = 8\n" + manning, 3, 18, 8, 4 + 4*wall, k(18, 4+4*wall, 0.03)}, // 2 + 2·(2 + …)
		{"type = zw\nnumLevels = 2\nlevels = 7 9\nflowWidths = 2 8\n" + smooth, 1, 3.5, 5, 2 + 2*wall, k(3.5, 2+2*wall, 0.02)},
		{"type = yz\nyzCount = 4\nyCoordinates = 0 3 5 8\nzCoordinates = 9 7 7 9\nconveyance = lumped\nfrictionIds = smooth\n", 1, 3.5, 5, 2 + 2*wall, k(3.5, 2+2*wall, 0.02)},
		// A main channel 10 m wide and 2 m deep, with plains of 20 m at either side of it.
		{"type = zwRiver\nnumLevels = 4\nlevels = 0 2 2.001 5\nflowWidths = 10 10 50 50\nmainWidth = 10\nfp1Width = 40\nfrictionIds = smooth;rough\n", 3.001, 70.02, 50, 10 + 4 + 0.001 + 40 + 2, k(30.01, 14, 0.02) + k(40.02, 42, 0.1)},
	} {
		d, err := defined(t, c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		s := d.section
		within := 1e-9
		if strings.Contains(c.text, "zwRiver") {
			within = 0.03 // of a step that is not quite upright
		}
		nearly(t, c.text+"area", s.Area(c.depth), c.area, within)
		nearly(t, c.text+"width", s.Width(c.depth), c.width, within)
		if c.width > 0 && c.depth < 3 {
			nearly(t, c.text+"perimeter", s.Perimeter(c.depth), c.wet, within)
			nearly(t, c.text+"conveyance", s.Conveyance(c.depth), c.conveyance, within*c.conveyance)
		}
	}
	if d, _ := defined(t, "type = zw\nnumLevels = 2\nlevels = 7 9\nflowWidths = 2 8\n"+smooth); d.bed != 7 {
		t.Errorf("its bed is %v", d.bed)
	}
}

func TestShapesThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		"type = mushroom":                                                                                                    "line 3: a: a cross-section of type mushroom is not supported",
		"type = circle\nfrictionId = smooth":                                                                                 "line 1: a: diameter is missing",
		"type = circle\ndiameter = 0\nfrictionId = smooth":                                                                   "line 1: a: section circular: its diameter and roughness must be above zero",
		"type = circle\ndiameter = 1\nfrictionId = none":                                                                     "line 5: a: the friction none is unknown",
		"type = circle\ndiameter = 1":                                                                                        "line 1: a: it has no friction",
		"type = circle\ndiameter = 1\nfrictionId = a;b":                                                                      "line 5: a: it has not as many frictions as zones",
		"type = circle\ndiameter = 1\nfrictionType = Sand\nfrictionValue = 1":                                                "line 5: a: the friction Sand is not supported",
		"type = circle\ndiameter = 1\nfrictionType = Manning\nfrictionValue = 0":                                             "line 5: a: its friction must be above zero",
		"type = zw\nnumLevels = 0\nlevels =\nflowWidths =\nfrictionId = smooth":                                              "a: levels is missing",
		"type = zw\nnumLevels = 1e12\nlevels = 1\nflowWidths = 1":                                                            "a: levels holds 1 numbers, not 1000000000000",
		"type = yz\nyzCount = 2\nyCoordinates = 1 0\nzCoordinates = 0 0\nfrictionIds = smooth":                               "a: section irregular: its stations must go from left to right",
		"type = yz\nyzCount = 2\nyCoordinates = 0 1\nzCoordinates = 0 0\nsectionCount = 2\nfrictionIds = smooth;rough":       "a: its zones have no positions",
		"type = yz\nyzCount = 2\nyCoordinates = 0 1\nzCoordinates = 0 0\nfrictionIds = smooth\nconveyance = guessed":         "line 8: a: a conveyance guessed",
		"type = zwRiver\nnumLevels = 2\nlevels = 0 1\nflowWidths = 1 2\nleveeFlowArea = 5\nfrictionIds = smooth":             "line 7: a: summer dikes are not supported",
		"type = zwRiver\nnumLevels = 2\nlevels = 0 1\nflowWidths = 1 2\nmainWidth = 1\nfp1Width = 1\nfrictionIds = smooth;c": "line 9: a: zones of Chezy or WhiteColebrook",
	} {
		if _, err := defined(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, not %s", text, err, want)
		}
	}
}

// TestFriction holds the conveyance of sloping strips against the sum over thin ones, for every law.
func TestFriction(t *testing.T) {
	for kind, value := range map[string]float64{"Manning": 0.03, "Strickler": 33, "StricklerNikuradse": 0.2, "Chezy": 40, "WhiteColebrook": 0.2} {
		f, wrong := newFriction(kind, value)
		if wrong != "" {
			t.Fatal(wrong)
		}
		p := must(newProfile([]float64{0, 4, 6, 10, 10}, []float64{3, 1, 1.01, 2, 5}, []float64{0, 3, 10}, []friction{f, f}))
		for depth := 0.05; depth < 5; depth += 0.31 {
			sum := 0.0
			const thin = 100_000
			for i := range thin {
				y := 10 * (float64(i) + 0.5) / thin
				z, slope := 1.01+(y-6)*0.99/4, 0.99/4
				switch {
				case y < 4:
					z, slope = 3-y/2, 0.5
				case y < 6:
					z, slope = 1+(y-4)*0.005, 0.005
				}
				if h := depth + 1 - z; h > 0 {
					sum += f.even(h) / math.Sqrt(math.Hypot(1, slope)) * 10 / thin
				}
			}
			nearly(t, kind+": conveyance", p.Conveyance(depth)/sum, 1, 1e-2) // nearly flat ones have the mean depth
		}
	}
	if f, _ := newFriction("WhiteColebrook", 0.2); f.chezy(1e-9) <= 0 || f.sloping(1e-3) <= 0 {
		t.Error("rougher than deep, it pushes")
	}
}

// TestBetween: the section between two has their mixed values, and closed ones are full at the higher crown.
func TestBetween(t *testing.T) {
	one, two := must(hydraulics.NewRectangle(2, 0.03)), must(hydraulics.NewRectangle(6, 0.03))
	s := between{one, two, 0.25}
	nearly(t, "area", s.Area(1.5), 4.5, 1e-12)
	nearly(t, "width", s.Width(1.5), 3, 1e-12)
	nearly(t, "perimeter", s.Perimeter(1.5), 6, 1e-12)
	nearly(t, "conveyance", s.Conveyance(1.5), 0.75*one.Conveyance(1.5)+0.25*two.Conveyance(1.5), 1e-12)
	pipes := between{must(hydraulics.NewCircular(1, 0.02)), must(hydraulics.NewCircular(2, 0.02)), 0.5}
	nearly(t, "crown", pipes.Full(), 2, 0)
	if !math.IsInf(s.Full(), 1) {
		t.Error("an open one is full")
	}
}

// TestOrder: between branches of one order sections are interpolated, whichever way a branch runs and over one that has none.
func TestOrder(t *testing.T) {
	s := must(hydraulics.NewRectangle(2, 0.03))
	at := func(chainage, bed float64) located { return located{chainage, bed, s, &block{}} }
	// 0 ─ a ─► 1 ─ b ─► 2 ◄─ c ─ 3, and d from 2 with another order.
	r := &reader{branch: map[string]int{}, touching: map[int][]*branch{}}
	for _, b := range []*branch{
		{Branch: Branch{Name: "a", Length: 100}, from: 0, to: 1, order: 5, sections: []located{at(50, 1)}},
		{Branch: Branch{Name: "b", Length: 100}, from: 1, to: 2, order: 5},
		{Branch: Branch{Name: "c", Length: 100}, from: 3, to: 2, order: 5, sections: []located{at(20, 9), at(50, 5)}},
		{Branch: Branch{Name: "d", Length: 100}, from: 2, to: 4, order: 6, sections: []located{at(10, 7)}},
	} {
		r.addBranch(b)
	}
	if err := r.sorted(); err != nil {
		t.Fatal(err)
	}
	r.chained()
	if err := r.sorted(); err != nil {
		t.Fatal(err)
	}
	for i, want := range [][2]float64{{1, 2}, {2, 4}, {9, 4}, {7, 7}} { // at the ends; from 50 on a to 50 on c are 200 m and 4 m
		for k, chainage := range []float64{0, 100} {
			bed, _ := r.branches[i].at(chainage)
			nearly(t, r.branches[i].Name, bed, want[k], 1e-12)
		}
	}
}
