package swmm

import (
	"context"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
)

// run computes the runoff of a model.
func run(t testing.TB, m *Model) *RunoffResult {
	t.Helper()
	out, err := m.Runoff(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestRunoffAgainstSWMM holds the runoff of each subcatchment against the results of SWMM 5.2.4 at the report's times.
func TestRunoffAgainstSWMM(t *testing.T) {
	for _, name := range references {
		m, ref := reference(t, name)
		got := run(t, m)
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
			e := efficiency(have, want)
			if e < 0.99 {
				t.Errorf("%s: efficiency at %s is %g", name, s.Name, e)
			}
			if e < least {
				least, worst = e, s.Name
			}
		}
		t.Logf("%s: %d subcatchments, least efficiency %.6f at %q", name, len(m.Subcatchments), least, worst)
	}
}

// TestRunoffBalance holds the volumes against those of the report of SWMM, whose error it repeats.
func TestRunoffBalance(t *testing.T) {
	for _, name := range []string{"testdata/land", "user5", "292_Storage_Nodes_200_Subs"} {
		m, ref := reference(t, name)
		b := run(t, m).Balance
		_, table, _ := strings.Cut(report(t, name), "Runoff Quantity Continuity")
		unit := 43560.0 * foot * foot * foot
		if ref.units.Metric() {
			unit = 1e4
		}
		for _, c := range []struct {
			line string
			got  float64
		}{
			{"Total Precipitation", b.Rain / unit}, {"Evaporation Loss", b.Evaporated / unit}, {"Infiltration Loss", b.Infiltrated / unit}, {"Surface Runoff", b.Runoff / unit},
			{"Final Storage", b.Stored / unit},
		} {
			_, rest, _ := strings.Cut(table, c.line)
			want, err := strconv.ParseFloat(strings.Fields(strings.TrimLeft(rest, " ."))[0], 64)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s: %s %.3f, %.3f in the report", name, c.line, c.got, want)
			near(t, name+" "+c.line, c.got, want, 2e-3*want+0.002)
		}
		if math.Abs(b.Error()) > 0.5 {
			t.Errorf("%s: error of %.3f %%", name, b.Error())
		}
	}
}

// TestRunoffTwice holds that a second run puts its runoff in the place of the first, and that progress ends at 1.
func TestRunoffTwice(t *testing.T) {
	m := parse(t)
	before := len(m.Network.Nodes[0].Inflows)
	first := run(t, m)
	done := 0.0
	second, err := m.Runoff(context.Background(), func(d float64) { done = d })
	if err != nil {
		t.Fatal(err)
	}
	if n := len(m.Network.Nodes[0].Inflows); n != before+1 || done != 1 {
		t.Errorf("%d inflows after two runs, %d before, %g done", n, before, done)
	}
	if first.Balance != second.Balance || first.Balance.Runoff <= 0 {
		t.Errorf("%+v and %+v", first.Balance, second.Balance)
	}
}

func TestRunoffCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	m := parse(t)
	before := len(m.Network.Nodes[0].Inflows)
	if _, err := m.Runoff(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if n := len(m.Network.Nodes[0].Inflows); n != before {
		t.Errorf("a cancelled run leaves %d inflows of %d", n, before)
	}
}
