package hydraulics

import "testing"

// TestTabledCorners: the table of a surveyed section has all its depths, with those of its corners, and what it holds is what the section holds.
func TestTabledCorners(t *testing.T) {
	s := must(NewIrregular([]float64{0, 5, 8, 8, 12, 20}, []float64{4, 2.5, 2.5, 0, 0.3, 4}, Bank{N: 0.03}))
	table := newTabled(s)
	if len(table.pieces) < openPieces {
		t.Errorf("a table of %d depths", len(table.pieces))
	}
	for _, y := range []float64{0.01, 0.3, 1, 2.5, 3.7, 6} {
		f := table.at(y)
		near(t, "area", f.a, s.Area(y), 1e-9)
		near(t, "conveyance", f.a*f.e, s.Conveyance(y), 1e-2*s.Conveyance(y))
	}
}
