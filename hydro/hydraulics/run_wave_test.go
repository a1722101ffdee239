package hydraulics

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// broken is a dam break in a channel of a kilometre, half a minute after, with points a metre apart. Levels are above the bed, which is flat.
func broken(t *testing.T, high, low, theta float64) (levels, flows []float64) {
	const length, step = 1000.0, 1.0
	n := &Network{Nodes: []Node{junction("up", 0), junction("down", 0)}, Reaches: []Reach{canal("channel", 0, 1, wide{n: 1e-5}, length, step, 0, 0)}}
	n.Nodes[0].Start, n.Nodes[1].Start = high, low
	s := solver(t, n, Options{Step: 0.05, Theta: theta})
	for i := range s.points {
		s.points[i].z = high
	}
	for k := length / step / 2; k < length/step; k++ {
		s.points[s.links[int(k)].j].z = low
	}
	s.begin()
	run(t, s, 30)
	return s.Profile(0)
}

// TestDamBreak is test 7: Stoker's wave, its height, velocity and speed, with no depth below nought.
func TestDamBreak(t *testing.T) {
	for _, c := range []struct{ high, low, theta, depth, velocity, shock float64 }{{4, 3, 0.7, 3.48153, 0.84011, 6.07411}, {10, 2, 1, 5.07871, 5.69212, 9.38985}} {
		levels, flows := broken(t, c.high, c.low, c.theta)
		front, least := 0, math.Inf(1)
		for i, y := range levels {
			if y > (c.depth+c.low)/2 {
				front = i
			}
			least = math.Min(least, y)
		}
		mid := (500 + front) / 2
		depth, velocity := 0.0, 0.0
		for i := mid - 20; i <= mid+20; i++ {
			depth, velocity = depth+levels[i]/41, velocity+flows[i]/levels[i]/41
		}
		within(t, "depth", depth, c.depth, 0.03*c.depth)
		within(t, "velocity", velocity, c.velocity, 0.03*c.velocity)
		within(t, "shock", (float64(front)-500)/30, c.shock, 0.03*c.shock)
		if least <= 0 {
			t.Errorf("a depth of %f", least) // the box scheme runs ahead of the shock in waves
		}
	}
}

// TestTranscritical is test 5: supercritical flow is refused by the box scheme, by the name of the reach.
func TestTranscritical(t *testing.T) {
	n := &Network{Nodes: []Node{junction("up", 10), junction("down", 0)}, Reaches: []Reach{canal("chute", 0, 1, wide{n: 0.0328}, 100, 5, 10, 0)}}
	n.Nodes[0].Inflows, n.Nodes[0].Start = []Series{Constant(2)}, 11
	n.Nodes[1].Level = Constant(1)
	n.Reaches[0].Flow = 2
	s := solver(t, n, Options{Step: 60})
	err := s.Run(t.Context(), 3600)
	if err == nil || !strings.Contains(err.Error(), "chute") && !strings.Contains(err.Error(), "up") {
		t.Errorf("a slope of one in ten: %v", err)
	}
	t.Log(err)
}

// TestRestart is test 13: two days are one day and another from a copy of its state, bit for bit; and two runs are the same.
func TestRestart(t *testing.T) {
	end := func(split bool) (string, *Solver) {
		s := tidal(t)
		if split {
			run(t, s, 86400)
			again := tidal(t)
			if err := again.Resume(s.Snapshot()); err != nil {
				t.Fatal(err)
			}
			s = again
		}
		run(t, s, 86400)
		run(t, s, 2*86400)
		return s.Hash(), s
	}
	whole, _ := end(false)
	again, _ := end(false)
	parts, s := end(true)
	if whole != again || whole != parts {
		t.Errorf("hashes %s, %s, %s", whole, again, parts)
	}
	if err := s.Resume([]byte("no state")); err == nil {
		t.Error("a state that is none was taken")
	}
}

// tidal is a canal behind a flap gate at the sea, with rain, a pump and a gauge.
func tidal(t testing.TB) *Solver {
	gate, err := NewGate(-1, 10, 0.9)
	if err != nil {
		t.Fatal(err)
	}
	pump, err := NewPump(PumpCurve{Kind: ByLift, X: []float64{0, 5}, Flow: []float64{8, 2}})
	if err != nil {
		t.Fatal(err)
	}
	n := &Network{Nodes: []Node{junction("a", -2), junction("b", -2), junction("sea", -3), junction("polder", -1)}, Reaches: []Reach{canal("canal", 0, 1, trapezoid(t, 20, 2, 0.0225), 10_000, 500, -2, -2)}}
	n.Nodes[0].Start, n.Nodes[0].Inflows = 1, []Series{series(func(t float64) float64 { return 5 + 4*math.Sin(t/9000) })}
	n.Nodes[1].Gauge, n.Nodes[1].Within = Constant(0.8), 7200
	n.Nodes[2].Level = series(func(t float64) float64 { return 1.5 * math.Sin(2*math.Pi*t/44_714) })
	n.Nodes[3].Area, n.Nodes[3].Start, n.Nodes[3].Inflows = 20_000, 0.5, []Series{Constant(1)}
	n.Reaches[0].Lateral = series(func(t float64) float64 { return 1e-3 * math.Max(0, math.Sin(t/20_000)) })
	n.Structures = []Structure{
		{Place: Place{Name: "gate"}, From: 1, To: 2, Law: gate, Flap: true, Setting: 1},
		{Place: Place{Name: "pump"}, From: 3, To: 0, Law: pump, Setting: 1, Runs: &Hysteresis{Start: 0.6, Stop: 0.2}},
	}
	return solver(t, n, Options{})
}

// TestMass is test 11: with a tide, rain, pumps and nudging the balance closes.
func TestMass(t *testing.T) {
	s := tidal(t)
	run(t, s, 10*86400)
	b := s.Balance()
	t.Logf("%+v; %+v", b, s.Work())
	if b.Out <= 0 || b.Lateral <= 0 || b.Nudged == 0 {
		t.Error("a term is nought")
	}
	within(t, "mass", b.Error, 0, 1e-10)
}

// TestToggles is the last part of test 8: a flap gate opens once and shuts once in a tide.
func TestToggles(t *testing.T) {
	for _, step := range []float64{60, 300, 900} {
		s := tidal(t)
		s.options.Step, s.state.step = step, step
		toggles, open := 0, false
		const tides = 10
		for at := step; at <= tides*44_714; at += step {
			run(t, s, at)
			if now := s.Through(0) > 1e-9; now != open {
				open = now
				toggles++
			}
		}
		within(t, fmt.Sprintf("toggles of a gate in a tide, steps of %g s", step), float64(toggles)/tides, 2, 0.25)
	}
}

// TestDrying is test 15: a reach that may run dry is pumped down to a film and fills again; it holds no less than nothing, and the balance closes.
func TestDrying(t *testing.T) {
	n := &Network{Nodes: []Node{junction("up", 1), junction("down", 0), junction("sea", -1)}, Reaches: []Reach{canal("canal", 0, 1, trapezoid(t, 10, 2, 0.025), 5000, 250, 1, 0)}}
	gate, err := NewGate(-0.5, 5, 0.9)
	if err != nil {
		t.Fatal(err)
	}
	n.Reaches[0].Dry = true
	n.Nodes[0].Start = 2
	n.Nodes[0].Inflows = []Series{series(func(t float64) float64 {
		if t > 5*86400 {
			return 6
		}
		return 0
	})}
	n.Nodes[2].Level = Constant(-0.9)
	n.Structures = []Structure{{Place: Place{Name: "gate"}, From: 1, To: 2, Law: gate, Setting: 1}}
	s := solver(t, n, Options{})
	least := math.Inf(1)
	for i := range 10 * 48 {
		run(t, s, float64(i+1)*1800)
		for k := range s.links {
			if l := &s.links[k]; l.kind == faceLink {
				least = math.Min(least, math.Min(l.a.held, l.b.held))
			}
		}
		if i == 5*48-1 {
			levels, _ := s.Profile(0)
			within(t, "depth when dry", levels[3]-n.Reaches[0].Points[3].Bed, 0, 0.002)
		}
	}
	within(t, "flow at the end", s.Flow(0), 6, 0.01)
	if least < -1e-9 {
		t.Errorf("a half of a piece holds %g m³", least)
	}
	within(t, "mass", s.Balance().Error, 0, 1e-10)
	t.Logf("%+v", s.Work())
}

// TestAssimilation is test 14: inflows that are a fifth too great, a fifth of the junctions gauged.
func TestAssimilation(t *testing.T) {
	made := func(more float64, seen func(node int) Series) *Solver {
		n := &Network{}
		const side = 5
		at := func(i, j int) int { return i*side + j }
		for i := range side {
			for range side {
				n.Nodes = append(n.Nodes, junction("", -2))
				n.Nodes[len(n.Nodes)-1].Inflows = []Series{series(func(t float64) float64 { return more * 3 * (1 + math.Sin(t/15_000+float64(i))) })}
			}
		}
		n.Nodes[0].Start = 0.5
		section := trapezoid(t, 20, 2, 0.0225)
		for i := range side {
			for j := range side {
				if j+1 < side {
					n.Reaches = append(n.Reaches, canal("", at(i, j), at(i, j+1), section, 4000, 1000, -2, -2))
				}
				if i+1 < side {
					n.Reaches = append(n.Reaches, canal("", at(i, j), at(i+1, j), section, 4000, 1000, -2, -2))
				}
			}
		}
		n.Nodes = append(n.Nodes, junction("sea", -3))
		n.Nodes[side*side].Level = series(func(t float64) float64 { return 0.8 * math.Sin(2*math.Pi*t/44_714) })
		gate, err := NewGate(-1.5, 15, 0.9)
		if err != nil {
			t.Fatal(err)
		}
		n.Structures = []Structure{{From: at(4, 2), To: side * side, Law: gate, Flap: true, Setting: 1}}
		for i := range n.Nodes {
			if seen != nil && i%6 == 0 && i < side*side {
				n.Nodes[i].Gauge, n.Nodes[i].Within = seen(i), 600
			}
		}
		return solver(t, n, Options{})
	}
	truth, free := made(1, nil), made(1.2, nil)
	seen := make([]float64, 26)
	nudged := made(1.2, func(node int) Series { return series(func(float64) float64 { return seen[node] }) })
	var with, without float64
	for i := range 5 * 48 {
		for node := range seen {
			seen[node] = truth.Level(node)
		}
		at := float64(i+1) * 1800
		run(t, truth, at)
		run(t, free, at)
		run(t, nudged, at)
		if i < 48 {
			continue
		}
		for node := range 25 {
			if node%6 != 0 {
				with, without = with+math.Pow(nudged.Level(node)-truth.Level(node), 2), without+math.Pow(free.Level(node)-truth.Level(node), 2)
			}
		}
	}
	part := math.Sqrt(with / without)
	within(t, "error where nothing is gauged, as a part of that without nudging", part, 0, 0.5)
	within(t, "mass", nudged.Balance().Error, 0, 1e-10)
}
