package swmm

import (
	"bytes"
	"context"
	"math"
	"testing"
	"time"

	"basin/fault"
)

// FuzzRead reads anything: it is refused as invalid, or gives a network whose parts fit together and whose runoff is numbers.
func FuzzRead(f *testing.F) {
	f.Add([]byte(text()))
	f.Add([]byte(text("STORAGE", "T1 8 4 0.5 PYRAMIDAL 10 20 2 0 1 5", "EVAPORATION", "MONTHLY 1 2 3 4 5 6 7 8 9 10 11 12", "INFILTRATION", "S1 75 0 7 CURVE_NUMBER")))
	f.Add([]byte(text("HYDROGRAPHS", "H G1\nH ALL SHORT 0.1 1 2 1 1 0", "RDII", "J1 H 10", "XSECTIONS", "+C1 FORCE_MAIN 1 130 0 0")))
	for _, name := range []string{"river", "EXAM2_WITH_TIDE"} {
		f.Add(shared(f, "swmm/"+name+".inp"))
	}
	f.Fuzz(try)
}

// FuzzSection puts anything into a section of a small model.
func FuzzSection(f *testing.F) {
	for section, lines := range small {
		f.Add(section, lines)
	}
	f.Add("STORAGE", "T1 8 4 0.5 PYRAMIDAL 10 20 2 0 1 5")
	f.Add("EVAPORATION", "MONTHLY 1 2 3 4 5 6 7 8 9 10 11 12\nRECOVERY DAY\nDRY_ONLY YES")
	f.Add("INFILTRATION", "S1 75 0 7 CURVE_NUMBER")
	f.Add("INFILTRATION", "S1 3 0.5 0.3 GREEN_AMPT")
	f.Add("XSECTIONS", "+C1 FORCE_MAIN 1 130 0 0\nC2 HORIZ_ELLIPSE 3 0 0 0 1")
	f.Add("XSECTIONS", "+C2 POWER 3 2 1.5 0 1 4")
	f.Add("TIMESERIES", "RAIN 1/2/2024 0:0:1 5 3 4\nQ 1 2 3 4")
	f.Fuzz(func(t *testing.T, section, lines string) { try(t, []byte(text(section, lines))) })
}

// try reads a file, and looks at what came of it.
func try(t *testing.T, data []byte) {
	m, err := Read(bytes.NewReader(data))
	if err != nil {
		if fault.KindOf(err) != fault.Invalid {
			t.Fatal(err)
		}
		return
	}
	n := &m.Network
	for i := range n.Reaches {
		r := &n.Reaches[i]
		if r.From < 0 || r.From >= len(n.Nodes) || r.To < 0 || r.To >= len(n.Nodes) || len(r.Points) < 2 {
			t.Fatalf("%+v", r)
		}
		for _, p := range r.Points {
			if v := p.Section.Area(0.5) + p.Section.Width(0.5) + p.Section.Conveyance(0.5); math.IsNaN(v) || v < 0 {
				t.Fatalf("%s: %g", r.Name, v)
			}
		}
	}
	for i := range n.Structures {
		s := &n.Structures[i]
		if q, _, _ := s.Law.Flow(3, 2, s.Setting); s.From < 0 || s.From >= len(n.Nodes) || s.To < 0 || s.To >= len(n.Nodes) || math.IsNaN(q) {
			t.Fatalf("%+v", s)
		}
	}
	if m.Options.Duration()/m.Options.WetStep*float64(len(m.Subcatchments)) > 1e5 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	out, err := m.Runoff(ctx, nil)
	if err != nil {
		return
	}
	if b := out.Balance; math.IsNaN(b.Rain + b.Runoff + b.Stored + b.Infiltrated + b.Evaporated) {
		t.Fatalf("%+v", b)
	}
}
