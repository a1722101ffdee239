package hydraulics

import (
	"math"
	"math/rand/v2"
	"testing"

	"basin/fault"
)

const mm, hour = 1e-3, 3600.0

func polder() Polder {
	return Polder{
		Water:    2e5,
		Paddy:    Paddy{Area: 3e6, Alpha: 1.1, Seeps: 3 * mm / 86400, Low: 20 * mm, Fit: 40 * mm, High: 80 * mm},
		Dry:      Dry{Area: 2e6, Capacity: 100 * mm, Beta: 0.9},
		Built:    Built{Area: 1e6, Phi: 0.8, Hollows: 3 * mm},
		Capacity: 8,
	}
}

// TestRunoffByLandUse holds each use against what it does under even rain, by hand.
func TestRunoffByLandUse(t *testing.T) {
	const rain = 10 * mm
	for name, c := range map[string]struct {
		polder Polder
		start  PolderState
		runoff []float64 // mm of each hour
	}{
		"paddy fills up first":         {Polder{Paddy: Paddy{Area: 1, High: 80 * mm}}, PolderState{Paddy: 65 * mm}, []float64{0, 5, 10}},
		"paddy that loses 4 mm":        {Polder{Paddy: Paddy{Area: 1, High: 80 * mm, Alpha: 1.5, Seeps: 1 * mm / hour}}, PolderState{Paddy: 80 * mm}, []float64{6, 6, 6}},
		"soil fills up first":          {Polder{Dry: Dry{Area: 1, Capacity: 100 * mm}}, PolderState{Soil: 88 * mm}, []float64{0, 8, 10}},
		"full soil evaporates":         {Polder{Dry: Dry{Area: 1, Capacity: 100 * mm, Beta: 0.5}}, PolderState{Soil: 100 * mm}, []float64{9, 9, 9}},
		"hollows fill up first":        {Polder{Built: Built{Area: 1, Phi: 0.8, Hollows: 9 * mm}}, PolderState{}, []float64{0, 3, 6}},
		"nothing where nothing is wet": {Polder{Paddy: Paddy{Area: 1, High: 80 * mm}}, PolderState{}, []float64{0, 0, 0}},
	} {
		s := c.start
		for i, want := range c.runoff {
			var f PolderFlows
			s, f = c.polder.Step(s, rain, 2*mm, hour)
			near(t, name, f.Runoff/mm, want, 1e-12)
			near(t, name+": all that ran off is kept", s.Store, sumOf(c.runoff[:i+1])*mm, 1e-15)
		}
	}
	p := Polder{Water: 1e4, Capacity: 0.01}
	s, f := p.Step(PolderState{}, 10*mm, 2*mm, hour)
	near(t, "open water by its outlet", f.Out, 36, 1e-12)
	near(t, "the rest stays", s.Store, 80-36, 1e-12)
	s, f = p.Step(PolderState{Store: 1}, 0, 2*mm, hour)
	near(t, "no more than there is", f.Out, 0, 0)
	near(t, "below its level", s.Store, -19, 1e-12)
	r := Polder{Paddy: Paddy{Area: 100, Low: 20 * mm, Fit: 40 * mm, High: 80 * mm}}
	s, f = r.Step(PolderState{Paddy: 19 * mm}, 0, 0, hour)
	near(t, "irrigation", f.Irrigated, 2.1, 1e-12)
	near(t, "comes from its waters", s.Store, -2.1, 1e-12)
}

func sumOf(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum
}

// TestPolderOutflow: a storm of 6 h that yields more than the outlet takes leaves at its capacity until the store is empty.
func TestPolderOutflow(t *testing.T) {
	p := Polder{Built: Built{Area: 3.6e6, Phi: 1}, Capacity: 8}
	rain := must(NewStepped([]float64{0}, []float64{20 * mm / hour}, 6*hour))
	out, end, sum, err := p.Outflow(PolderState{}, rain, Constant(0), 300, 24*12)
	if err != nil {
		t.Fatal(err)
	}
	// 20 m³/s for 6 h against 8 m³/s: empty after 15 h.
	near(t, "during the storm", out.At(3*hour), 8, 1e-12)
	near(t, "just before it is empty", out.At(15*hour-301), 8, 1e-9)
	near(t, "after that", out.At(15*hour+1), 0, 1e-9)
	near(t, "volume", sum.Out, 20*6*hour, 1e-6)
	near(t, "at the end", end.Store, 0, 1e-6)
}

// TestPolderBalance runs a year of random weather: what comes in less what goes out is what stays.
func TestPolderBalance(t *testing.T) {
	p := polder()
	rng := rand.New(rand.NewPCG(3, 4))
	times, rates := make([]float64, 366*24), make([]float64, 366*24)
	for i := range times {
		times[i] = float64(i) * hour
		if rng.IntN(40) == 0 {
			rates[i] = rng.ExpFloat64() * 8 * mm / hour
		}
	}
	rain := must(NewStepped(times, rates, hour))
	start := PolderState{Store: 1000, Paddy: 30 * mm, Soil: 60 * mm}
	_, end, sum, err := p.Outflow(start, rain, Constant(4*mm/86400), hour, len(times))
	if err != nil {
		t.Fatal(err)
	}
	off := p.Held(end) - p.Held(start) - sum.Rain + sum.Evaporated + sum.Seeped + sum.Out
	t.Logf("rain %.0f, evaporated %.0f, seeped %.0f, out %.0f, irrigated %.0f m³; off by %.1e of the rain", sum.Rain, sum.Evaporated, sum.Seeped, sum.Out, sum.Irrigated, off/sum.Rain)
	near(t, "balance", off/sum.Rain, 0, 1e-12)
	if sum.Irrigated == 0 || sum.Out == 0 || sum.Runoff == 0 {
		t.Errorf("nothing happened: %+v", sum)
	}
}

func TestPoldersThatAreNone(t *testing.T) {
	for name, change := range map[string]func(p *Polder){
		"negative area":      func(p *Polder) { p.Water = -1 },
		"NaN":                func(p *Polder) { p.Dry.Beta = math.NaN() },
		"limits upside down": func(p *Polder) { p.Paddy.Low = 1 },
		"more than rain":     func(p *Polder) { p.Built.Phi = 1.1 },
	} {
		p := polder()
		change(&p)
		if _, _, _, err := p.Outflow(PolderState{}, Constant(0), Constant(0), 60, 1); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	p := polder()
	if _, _, _, err := p.Outflow(PolderState{}, Constant(0), Constant(0), 60, 0); fault.KindOf(err) != fault.Invalid {
		t.Errorf("no steps: %v", err)
	}
}
