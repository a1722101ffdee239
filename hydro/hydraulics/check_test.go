package hydraulics

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"basin/fault"
)

// TestCheck: what is wrong with a network is refused, by the name of the object and its line.
func TestCheck(t *testing.T) {
	section := trapezoid(t, 10, 2, 0.025)
	pump := must(NewPump(PumpCurve{Kind: ByLift, X: []float64{0, 5}, Flow: []float64{8, 2}}))
	pipe := must(NewCircular(1, 0.013))
	made := func() *Network {
		n := &Network{Nodes: []Node{junction("a", 0), junction("b", 0), junction("c", 0)}, Reaches: []Reach{canal("r", 0, 1, section, 1000, 500, 0, 0), canal("s", 1, 2, section, 1000, 500, 0, 0)}}
		for i := range n.Nodes {
			n.Nodes[i].Line = 10 + i
		}
		n.Reaches[0].Line, n.Reaches[1].Line = 20, 21
		return n
	}
	if err := made().Check(); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(n *Network){
		"r (line 20): a piece of it has no length":                      func(n *Network) { n.Reaches[0].Points[1].Chainage = 0 },
		"s (line 21): it has no length":                                 func(n *Network) { n.Reaches[1].Points = n.Reaches[1].Points[:1] },
		"r (line 20): a point of it has no section":                     func(n *Network) { n.Reaches[0].Points[1].Section = nil },
		"r (line 20): a point of it has no chainage or no bed":          func(n *Network) { n.Reaches[0].Points[2].Bed = math.NaN() },
		"r (line 20): a closed section flows full":                      func(n *Network) { n.Reaches[0].Points[0].Section = pipe },
		"r (line 20): it joins a node that there is not":                func(n *Network) { n.Reaches[0].To = 7 },
		"s (line 21): it begins where it ends":                          func(n *Network) { n.Reaches[1].To = 1 },
		"s (line 21): its losses, flow, limit":                          func(n *Network) { n.Reaches[1].Entry = -1 },
		"a (line 10): its bed is no level":                              func(n *Network) { n.Nodes[0].Bed = math.Inf(1) },
		"b (line 11): its crest lies below its bed":                     func(n *Network) { n.Nodes[1].Crest = -1 },
		"c (line 12): an edge has one condition":                        func(n *Network) { n.Nodes[2].Level, n.Nodes[2].Rating = Constant(1), Functional{Constant: 1} },
		"a (line 10): nudging needs a time":                             func(n *Network) { n.Nodes[0].Gauge = Constant(1) },
		"p (line 30): nothing says how much passes it":                  func(n *Network) { n.Structures = []Structure{{Place: Place{"p", 30}, From: 0, To: 2}} },
		"c (line 12): nothing joins it to the network, but water flows": func(n *Network) { n.Reaches = n.Reaches[:1]; n.Nodes[2].Inflows = []Series{Constant(1)} },
		"q (line 31): it closes a loop of pumps": func(n *Network) {
			n.Structures = []Structure{{Place: Place{"p", 30}, From: 0, To: 2, Law: pump}, {Place: Place{"q", 31}, From: 2, To: 0, Law: pump}}
		},
		"the network has no nodes": func(n *Network) { *n = Network{} },
	} {
		n := made()
		spoil(n)
		_, err := NewSolver(n, Options{})
		object, why, _ := strings.Cut(want, ": ")
		if f := fault.Of(err); f == nil || f.Kind != fault.Invalid || !strings.Contains(err.Error(), object) || !strings.Contains(err.Error(), why) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestLoneEdge: what flows into an edge that nothing joins flows out there.
func TestLoneEdge(t *testing.T) {
	n := &Network{Nodes: []Node{junction("out", 0)}}
	n.Nodes[0].Free, n.Nodes[0].Inflows = Critical, []Series{Constant(2)}
	s := solver(t, n, Options{})
	run(t, s, 3600)
	within(t, "out of a lone edge, m³", s.Balance().Out, 7200, 1e-6)
}

// TestCancelled: a run that is cancelled stops, and says so.
func TestCancelled(t *testing.T) {
	s := tidal(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Run(ctx, 86400); !errors.Is(err, context.Canceled) || s.Now() != 0 {
		t.Errorf("%v at %g s", err, s.Now())
	}
}
