package swmm

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"basin/hydro/hydraulics"
)

// compared is how a model's results compare with those of SWMM.
type compared struct {
	nodes, links         int // how many there are
	goodNodes, goodLinks int // of these with an efficiency of 0.95 and more
	worst                []string
}

// compare runs a shared model and holds depths of nodes and flows of links against SWMM's.
func compareWith(t testing.TB, name string, step float64) compared {
	t.Helper()
	m, ref := readModel(t, name), readOut(t, name)
	if _, err := m.Runoff(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	s, err := m.Solver(step)
	if err != nil {
		t.Fatal(err)
	}
	n := &m.Network
	depths, flows := make([][]float64, len(n.Nodes)), make([][]float64, len(n.Reaches)+len(n.Structures))
	begun := time.Now()
	offset := m.Options.ReportStart.Sub(m.Options.Start).Seconds()
	for i := range ref.periods {
		if err := s.Run(t.Context(), offset+float64(i+1)*ref.step); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for k := range n.Nodes {
			depths[k] = append(depths[k], (s.Level(k)-n.Nodes[k].Bed)/ref.units.Length())
		}
		for k := range n.Reaches {
			flows[k] = append(flows[k], s.Flow(k)/ref.units.Discharge())
		}
		for k := range n.Structures {
			flows[len(n.Reaches)+k] = append(flows[len(n.Reaches)+k], s.Through(k)/ref.units.Discharge())
		}
	}
	b := s.Balance()
	t.Logf("%s: %d nodes, %d links, %s, %+v, mass %.1e, flooded %.0f of %.0f m³", name, len(n.Nodes), len(flows), time.Since(begun).Round(time.Millisecond), s.Work(), b.Error, b.Flooded, b.In+b.Inflow)
	var c compared
	type far struct {
		nse  float64
		text string
	}
	var worst []far
	for k := range n.Nodes {
		if n.Nodes[k].Level != nil {
			continue
		}
		want := ref.node(n.Nodes[k].Name, nodeDepth)
		c.nodes++
		if e := efficiency(depths[k], want); e >= 0.95 {
			c.goodNodes++
		} else {
			worst = append(worst, far{e, fmt.Sprintf("node %s %.3f (%.3f for %.3f at most)", n.Nodes[k].Name, e, slices.Max(depths[k]), slices.Max(want))})
		}
	}
	for k := range flows {
		var p hydraulics.Place
		if k < len(n.Reaches) {
			p = n.Reaches[k].Place
		} else {
			p = n.Structures[k-len(n.Reaches)].Place
		}
		want := ref.link(p.Name, linkFlow)
		c.links++
		if e := efficiency(flows[k], want); e >= 0.95 {
			c.goodLinks++
		} else {
			worst = append(worst, far{e, fmt.Sprintf("link %s %.3f (%.3f..%.3f for %.3f..%.3f)", p.Name, e, slices.Min(flows[k]), slices.Max(flows[k]), slices.Min(want), slices.Max(want))})
		}
	}
	slices.SortFunc(worst, func(a, b far) int {
		if a.nse < b.nse {
			return -1
		}
		return 1
	})
	for _, w := range worst[:min(len(worst), 12)] {
		c.worst = append(c.worst, w.text)
	}
	return c
}

// TestAgainstSWMM holds results against those of SWMM 5.2.4: Nash and Sutcliffe's efficiency of depths at nodes and of flows in links, and how many reach 0.95. What stays behind: in river SWMM
// itself swings (L17 from −69 to 67 m³/s at rest, G2366 loses 6 % of its water); in 292 it loses most of the water at N3272, N5098, N5110, N4632 and N4631, and with steps of a second at most
// 92 % agree; in user5 overflows over sills and the swinging links LIB_7 to LIB_9.
func TestAgainstSWMM(t *testing.T) {
	for name, least := range map[string]float64{"river": 0.7, "EXAM2_WITH_TIDE": 0.95, "user5": 0.85, "292_Storage_Nodes_200_Subs": 0.87} {
		t.Run(name, func(t *testing.T) {
			c := compareWith(t, name, 0)
			part := float64(c.goodNodes+c.goodLinks) / float64(c.nodes+c.links)
			t.Logf("nodes %d of %d, links %d of %d: %.1f %%", c.goodNodes, c.nodes, c.goodLinks, c.links, 100*part)
			for _, w := range c.worst {
				t.Log(w)
			}
			if part < least {
				t.Errorf("%.1f %% reach 0.95, not %.0f %%", 100*part, 100*least)
			}
		})
	}
}
