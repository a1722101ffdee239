package swmm

import (
	"context"
	"testing"
)

func TestReadModels(t *testing.T) {
	for _, name := range allModels {
		m := readModel(t, name)
		n := &m.Network
		t.Logf("%s: %d nodes, %d reaches, %d structures, %d rules, %d subcatchments, ignored %d, assumed %d", name, len(n.Nodes), len(n.Reaches), len(n.Structures), len(n.Rules), len(m.Subcatchments), len(m.Ignored), len(n.Assumed))
		t.Log(m.Ignored, n.Assumed[:min(5, len(n.Assumed))])
	}
}

// TestRunoffAgainstSWMM holds the runoff of each subcatchment against the results of SWMM 5.2.4 at the report's times.
func TestRunoffAgainstSWMM(t *testing.T) {
	for _, name := range withResults {
		m, ref := readModel(t, name), readOut(t, name)
		got, err := m.Runoff(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		least, worst := 1.0, ""
		for i := range m.Subcatchments {
			s := &m.Subcatchments[i]
			want := ref.sub(s.Name, subRunoff)
			if want == nil {
				t.Fatalf("%s: no results for %s", name, s.Name)
			}
			have := make([]float64, len(want))
			for k := range have {
				have[k] = got.At(i, float64(k+1)*ref.step) / ref.units.Discharge()
			}
			if e := efficiency(have, want); e < least {
				least, worst = e, s.Name
			}
		}
		t.Logf("%s: %d subcatchments, least efficiency %.6f at %q; balance %+v, error %.3f %%", name, len(m.Subcatchments), least, worst, got.Balance, got.Balance.Error())
		if least < 0.99 {
			t.Errorf("%s: efficiency at %s is %g", name, worst, least)
		}
	}
}
