package swmm

import "testing"

func TestReadModels(t *testing.T) {
	for _, name := range allModels {
		m := readModel(t, name)
		n := &m.Network
		t.Logf("%s: %d nodes, %d reaches, %d structures, %d rules, %d subcatchments, ignored %d, assumed %d", name, len(n.Nodes), len(n.Reaches), len(n.Structures), len(n.Rules), len(m.Subcatchments), len(m.Ignored), len(n.Assumed))
		t.Log(m.Ignored, n.Assumed[:min(5, len(n.Assumed))])
	}
}
