package swmm

import (
	"context"
	"math"
	"strconv"
	"strings"
	"testing"

	"basin/hydro/hydraulics"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s is %.9g, not %.9g within %g", what, got, want, within)
	}
}

// reaches are those of a network by name.
func reachesOf(m *Model) map[string]*hydraulics.Reach {
	out := map[string]*hydraulics.Reach{}
	for i := range m.Network.Reaches {
		out[m.Network.Reaches[i].Name] = &m.Network.Reaches[i]
	}
	return out
}

// TestNodesAgainstSWMM holds beds and crests of nodes against what SWMM made of the same input.
func TestNodesAgainstSWMM(t *testing.T) {
	for _, name := range withResults {
		m, ref := reference(t, name)
		length := ref.units.Length()
		for i := range m.Network.Nodes {
			n := &m.Network.Nodes[i]
			if n.Name != ref.nodes[i] {
				t.Fatalf("%s: node %d is %s, not %s", name, i, n.Name, ref.nodes[i])
			}
			in := ref.nodeInput[i]
			near(t, name+" "+n.Name+" bed", n.Bed/length, in[inputBed], 1e-4)
			if in[inputType] == 1 {
				if n.Free == hydraulics.Inside || !math.IsInf(n.Crest, 1) {
					t.Errorf("%s %s is no outfall", name, n.Name)
				}
				continue
			}
			near(t, name+" "+n.Name+" depth of the crest", (n.Crest-n.Bed)/length, in[inputFull], 2e-3)
			if (n.Storage != nil) != (in[inputType] == 2) {
				t.Errorf("%s %s: storage is %v", name, n.Name, n.Storage != nil)
			}
		}
	}
}

// TestLinksAgainstSWMM holds offsets, heights and lengths of links.
func TestLinksAgainstSWMM(t *testing.T) {
	for _, name := range withResults {
		m, ref := reference(t, name)
		length, reaches := ref.units.Length(), reachesOf(m)
		for i, link := range ref.links {
			in, r := ref.linkInput[i], reaches[link]
			if (r != nil) != (in[inputType] == 0) {
				t.Errorf("%s: %s is a conduit: %v", name, link, r != nil)
			}
			if r == nil {
				continue
			}
			near(t, name+" "+link+" offset up", (r.Points[0].Bed-m.Network.Nodes[r.From].Bed)/length, in[inputIn], 1e-3)
			near(t, name+" "+link+" offset down", (r.Points[1].Bed-m.Network.Nodes[r.To].Bed)/length, in[inputOut], 1e-3)
			near(t, name+" "+link+" length", r.Points[1].Chainage/length, in[inputLength], 1e-3*in[inputLength])
			if full := r.Points[0].Section.Full(); !math.IsInf(full, 1) {
				near(t, name+" "+link+" height", full/length, in[inputHeight], 1e-3)
			}
		}
	}
}

// TestSectionsAgainstSWMM holds the sections of river, most of them surveyed, against the table of its report: full depth, area, width and flow.
func TestSectionsAgainstSWMM(t *testing.T) {
	m := readModel(t, "river")
	reaches := reachesOf(m)
	_, table, _ := strings.Cut(string(shared(t, "swmm_ref/river.rpt")), "Cross Section Summary")
	_, table, _ = strings.Cut(table, "Flow\n")
	table, _, _ = strings.Cut(table, "****")
	seen := 0
	for line := range strings.Lines(table) {
		words := strings.Fields(line)
		if len(words) != 8 {
			continue
		}
		v := make([]float64, 8)
		for i := 2; i < 8; i++ {
			v[i], _ = strconv.ParseFloat(words[i], 64)
		}
		r := reaches[words[0]]
		s, barrels := r.Points[0].Section, v[6]
		if full := s.Full(); !math.IsInf(full, 1) {
			v[2] = full // without rounding
		}
		slope := (r.Points[0].Bed - r.Points[1].Bed) / r.Points[1].Chainage
		near(t, words[0]+" area", s.Area(v[2]), v[3]*barrels, 5e-3*v[3]*barrels+0.005)
		if math.IsInf(s.Full(), 1) {
			near(t, words[0]+" width", s.Width(v[2]), v[5]*barrels, 0.035*v[5]*barrels) // SWMM counts a ledge at the top or not, as rounding has it
		}
		if slope > 1e-4 {
			near(t, words[0]+" flow", s.Conveyance(v[2])*math.Sqrt(slope), v[7]*barrels, 0.02*v[7]*barrels)
		}
		seen++
	}
	if seen != len(m.Network.Reaches) {
		t.Errorf("%d sections of %d", seen, len(m.Network.Reaches))
	}
}

// TestStoresAgainstSWMM holds the volumes of storage nodes at the depths of the results against the volumes there.
func TestStoresAgainstSWMM(t *testing.T) {
	stores := 0
	for _, name := range withResults {
		m, ref := reference(t, name)
		length := ref.units.Length()
		for i := range m.Network.Nodes {
			n := &m.Network.Nodes[i]
			if n.Storage == nil {
				continue
			}
			depth, volume := ref.node(n.Name, nodeDepth), ref.node(n.Name, nodeVolume)
			for k := range depth {
				if depth[k] < ref.nodeInput[i][inputFull] {
					near(t, name+" "+n.Name+" volume", n.Storage.Integral(depth[k]*length)/(length*length*length), volume[k], 2e-5*volume[k]+1)
				}
			}
			stores++
		}
	}
	if stores < 200 {
		t.Errorf("%d stores", stores)
	}
}

// TestInflowsAgainstSWMM holds all that flows into each node from outside the network, runoff too, against the results. SWMM has the inflows of
// the beginning of each step of routing.
func TestInflowsAgainstSWMM(t *testing.T) {
	for _, name := range withResults {
		m, ref := reference(t, name)
		if _, err := m.Runoff(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
		least, worst, fed := 1.0, "", 0
		for i := range m.Network.Nodes {
			n := &m.Network.Nodes[i]
			want := ref.node(n.Name, nodeLateral)
			got := make([]float64, len(want))
			for k := range got {
				got[k] = hydraulics.Sum(n.Inflows).At(float64(k+1)*ref.step-m.Options.RoutingStep) / ref.units.Discharge()
			}
			if len(n.Inflows) > 0 {
				fed++
			}
			if e := efficiency(got, want); e < least {
				least, worst = e, n.Name
			}
		}
		t.Logf("%s: %d nodes get water, least efficiency %.6f at %q", name, fed, least, worst)
		if least < 0.99 || fed == 0 {
			t.Errorf("%s: efficiency at %s is %g", name, worst, least)
		}
	}
}
