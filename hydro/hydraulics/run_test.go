package hydraulics

import (
	"math"
	"testing"
)

// canal is a reach of equal pieces with one section.
func canal(name string, from, to int, section Section, length, step, bedFrom, bedTo float64) Reach {
	r := Reach{Place: Place{Name: name}, From: from, To: to}
	n := int(math.Round(length / step))
	for i := range n + 1 {
		f := float64(i) / float64(n)
		r.Points = append(r.Points, Point{Chainage: f * length, Bed: bedFrom + f*(bedTo-bedFrom), Section: section})
	}
	return r
}

func trapezoid(t testing.TB, bottom, slope, n float64) Section {
	t.Helper()
	s, err := NewTrapezoid(bottom, slope, slope, n)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func junction(name string, bed float64) Node {
	return Node{Place: Place{Name: name}, Bed: bed, Crest: math.Inf(1), Start: math.NaN()}
}

func solver(t testing.TB, n *Network, o Options) *Solver {
	t.Helper()
	s, err := NewSolver(n, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func run(t testing.TB, s *Solver, until float64) {
	t.Helper()
	if err := s.Run(t.Context(), until); err != nil {
		t.Fatal(err)
	}
}

// TestLakeAtRest is test 1: a looped net with an irregular bed and gates shut does not move in ten days.
func TestLakeAtRest(t *testing.T) {
	section := trapezoid(t, 12, 2, 0.025)
	n := &Network{Nodes: []Node{junction("a", -2), junction("b", -1.3), junction("c", -2.4), junction("d", -1), junction("sea", -3)}}
	n.Nodes[0].Start = 1.2
	n.Nodes[4].Level = Constant(3)
	for i, ends := range [][2]int{{0, 1}, {1, 2}, {2, 0}, {1, 3}} {
		r := canal(string(rune('p'+i)), ends[0], ends[1], section, 8000, 500, 0, 0)
		for k := range r.Points {
			r.Points[k].Bed = -2 + math.Sin(float64(7*k+i)) // irregular
		}
		n.Reaches = append(n.Reaches, r)
	}
	gate, err := NewGate(-1, 10, 0.9)
	if err != nil {
		t.Fatal(err)
	}
	n.Structures = []Structure{{Place: Place{Name: "gate"}, From: 3, To: 4, Law: gate, Flap: true}}
	s := solver(t, n, Options{})
	run(t, s, 10*86400)
	worst, flow := 0.0, 0.0
	for r := range n.Reaches {
		levels, flows := s.Profile(r)
		for i := range levels {
			worst, flow = math.Max(worst, math.Abs(levels[i]-1.2)), math.Max(flow, math.Abs(flows[i]))
		}
	}
	within(t, "levels", worst, 0, 1e-9)
	within(t, "flows", flow, 0, 1e-6)
}

// backwater is test 3's canal with points so far apart.
func backwater(t testing.TB, step float64) (*Solver, float64) {
	section := trapezoid(t, 30, 3, 0.0225)
	const length, slope = 50_000, 1e-4
	n := &Network{Nodes: []Node{junction("up", slope*length), junction("down", 0)}, Reaches: []Reach{canal("canal", 0, 1, section, length, step, slope*length, 0)}}
	n.Nodes[0].Inflows = []Series{Constant(200)}
	n.Nodes[0].Start = slope*length + 6
	n.Nodes[1].Level = Constant(6)
	n.Reaches[0].Flow = 200
	s := solver(t, n, Options{Step: 3600, Theta: 1})
	run(t, s, 30*86400)
	levels, _ := s.Profile(0)
	worst := 0.0
	for i, want := range []float64{5.42853, 5.03083, 4.79386, 4.67060, 4.61210} {
		k := len(levels) - 1 - int(float64(i+1)*10_000/step)
		worst = math.Max(worst, math.Abs(levels[k]-slope*length*float64(i+1)/5-want))
	}
	return s, worst
}

// TestBackwater is test 3: the M1 curve in a canal with 6 m at its end.
func TestBackwater(t *testing.T) {
	_, worst := backwater(t, 500)
	within(t, "levels, 500 m", worst, 0, 1e-4)
	_, coarse := backwater(t, 2000)
	_, fine := backwater(t, 1000)
	within(t, "order", math.Log2(coarse/fine), 2.05, 0.1)
}

// macdonald is the error of test 4 with points so far apart.
func macdonald(t testing.TB, step float64) (l2, most float64) {
	const q, rough, length = 2.0, 0.03, 5000.0
	h := func(x float64) float64 { return 9.0/8 + math.Sin(math.Pi*x/500)/4 }
	slope := func(x float64) float64 {
		y := h(x)
		return (q*q/(Gravity*y*y*y)-1)*math.Pi/500/4*math.Cos(math.Pi*x/500) - rough*rough*q*q*math.Pow(y, -10.0/3)
	}
	bed := make([]float64, int(length/step)+1)
	for i := 1; i < len(bed); i++ { // by Simpson's rule in a hundred parts
		const parts = 100
		d := step / parts
		for k := range parts {
			x := float64(i-1)*step + float64(k)*d
			bed[i] += d / 6 * (slope(x) + 4*slope(x+d/2) + slope(x+d))
		}
		bed[i] += bed[i-1]
	}
	if step == 50 {
		within(t, "the drop of the bed", bed[0]-bed[len(bed)-1], 14.569295, 1e-5)
	}
	section := wide{n: rough} // a metre of a very wide channel
	n := &Network{Nodes: []Node{junction("up", bed[0]), junction("down", bed[len(bed)-1])}, Reaches: []Reach{canal("channel", 0, 1, section, length, step, 0, 0)}}
	for i := range bed {
		n.Reaches[0].Points[i].Bed = bed[i]
	}
	n.Nodes[0].Inflows, n.Nodes[0].Start = []Series{Constant(q)}, bed[0]+1.5
	n.Nodes[1].Level = Constant(bed[len(bed)-1] + h(length))
	n.Reaches[0].Flow = q
	s := solver(t, n, Options{Step: 600, Theta: 1})
	run(t, s, 10*86400)
	levels, _ := s.Profile(0)
	for i, z := range levels {
		e := math.Abs(z - bed[i] - h(float64(i)*step))
		l2, most = l2+e*e, math.Max(most, e)
	}
	return math.Sqrt(l2 / float64(len(levels))), most
}

// wide is a metre of a channel without walls.
type wide struct{ n float64 }

func (w wide) Area(y float64) float64       { return y }
func (w wide) Width(float64) float64        { return 1 }
func (w wide) Perimeter(float64) float64    { return 1 }
func (w wide) Conveyance(y float64) float64 { return math.Pow(y, 5.0/3) / w.n }
func (w wide) Full() float64                { return math.Inf(1) }

// at is exact, so that the test is of the scheme.
func (w wide) at(y float64) passage {
	e := math.Pow(y, 2.0/3) / w.n
	return passage{y, 1, e, 2.0 / 3 * e / y}
}

// TestMacDonald is test 4: a steady flow whose depth is known.
func TestMacDonald(t *testing.T) {
	l2, most := macdonald(t, 50)
	within(t, "L2", l2, 0, 0.002)
	within(t, "L∞", most, 0, 0.003)
	half, _ := macdonald(t, 25)
	within(t, "times better with points half as far apart", l2/half, 4.1, 0.3)
}

// TestTide is test 6: a tide in a closed channel without friction grows to the known height.
func TestTide(t *testing.T) {
	section, err := NewRectangle(100, 1e-6)
	if err != nil {
		t.Fatal(err)
	}
	const length, depth, height, period = 50_000.0, 5.0, 0.05, 12.4206 * 3600
	tide := series(func(t float64) float64 { return height * math.Cos(2*math.Pi*t/period) })
	n := &Network{Nodes: []Node{junction("sea", -depth), junction("end", -depth)}, Reaches: []Reach{canal("channel", 0, 1, section, length, 500, -depth, -depth)}}
	n.Nodes[0].Level = tide
	k := 2 * math.Pi / period / math.Sqrt(Gravity*depth)
	gain := 1 / math.Cos(k*length)
	within(t, "the gain by the formula", gain, 1.86008, 1e-4)
	const before, periods, steps = 300, 4, 150
	s := solver(t, n, Options{Step: period / steps, Theta: 0.55})
	var c, sn float64
	run(t, s, before*period) // until what oscillates by itself has died out
	for i := range periods * steps {
		run(t, s, before*period+float64(i+1)*period/steps)
		w := 2 * math.Pi * s.Now() / period
		c, sn = c+s.Level(1)*math.Cos(w), sn+s.Level(1)*math.Sin(w)
	}
	got := 2.0 / (periods * steps) * math.Hypot(c, sn) / height
	within(t, "gain", got, 1.86008, 1.86008e-3)
	within(t, "phase, degrees", math.Atan2(sn, c)*180/math.Pi, 0, 0.3)
}

// series is a series by a function.
type series func(t float64) float64

func (f series) At(t float64) float64 { return f(t) }

// TestSplit is test 9: two parallel canals share a steady flow so that their heads drop alike.
func TestSplit(t *testing.T) {
	n := &Network{Nodes: []Node{junction("up", 0), junction("fork", 0), junction("join", -1), junction("down", -1)}}
	n.Nodes[0].Inflows, n.Nodes[0].Start = []Series{Constant(150)}, 4.0
	n.Nodes[3].Level = Constant(3)
	n.Reaches = []Reach{
		canal("above", 0, 1, trapezoid(t, 30, 2, 0.0225), 5000, 500, 0, 0), canal("left", 1, 2, trapezoid(t, 20, 2, 0.025), 10_000, 500, 0, -1),
		canal("right", 1, 2, trapezoid(t, 12, 3, 0.0225), 7000, 500, 0, -1), canal("below", 2, 3, trapezoid(t, 30, 2, 0.0225), 5000, 500, -1, -1),
	}
	s := solver(t, n, Options{Step: 1800, Theta: 1})
	run(t, s, 60*86400)
	l, lq := s.Profile(1)
	r, rq := s.Profile(2)
	within(t, "drops", (l[0]-l[len(l)-1])-(r[0]-r[len(r)-1]), 0, 1e-9)
	within(t, "flows", lq[0]+rq[0], 150, 150e-9)
	within(t, "flows at the end", lq[len(lq)-1]+rq[len(rq)-1], 150, 150e-9)
}

// TestMirror is test 10: a canal the other way round has the same flow the other way.
func TestMirror(t *testing.T) {
	flows := func(mirrored bool) (out []float64) {
		n := &Network{Nodes: []Node{junction("a", -3), junction("b", -3.5)}}
		n.Nodes[0].Level = series(func(t float64) float64 { return 1 + math.Sin(t/7000) })
		n.Nodes[1].Inflows = []Series{Constant(20)}
		r := canal("canal", 0, 1, trapezoid(t, 15, 2, 0.0225), 12_000, 500, -3, -3.5)
		if mirrored {
			r = canal("canal", 1, 0, trapezoid(t, 15, 2, 0.0225), 12_000, 500, -3.5, -3)
		}
		n.Reaches = []Reach{r}
		s := solver(t, n, Options{})
		for i := range 96 {
			run(t, s, float64(i+1)*1800)
			q := s.links[0].a.q
			if mirrored {
				q = -s.links[len(s.links)-1].b.q
			}
			out = append(out, q)
		}
		return out
	}
	a, b := flows(false), flows(true)
	worst := 0.0
	for i := range a {
		worst = math.Max(worst, math.Abs(a[i]-b[i]))
	}
	within(t, "difference", worst, 0, 1e-12*200)
}
