package hydraulics

import (
	"math"
	"math/rand/v2"
	"testing"

	"basin/fault"
)

// laws are one of each, with the levels they are asked at.
func laws() map[string]Law {
	weir := func(w Weir) Law { return must(NewWeir(w)) }
	orifice := func(o Orifice) Law { return must(NewOrifice(o)) }
	pump := func(p PumpCurve) Law { return must(NewPump(p)) }
	return map[string]Law{
		"gate":           must(NewGate(0, 10, 0.95)),
		"sluice":         must(NewSluice(0, 10, 14, 3)),
		"transverse":     weir(Weir{Height: 2, Length: 5, Coefficient: 1.8, Contractions: 2}),
		"transverse cap": weir(Weir{Height: 1, Length: 5, Coefficient: 1.8, Surcharge: true}),
		"side flow":      weir(Weir{Shape: SideFlow, Height: 2, Length: 5, Coefficient: 1.8}),
		"v-notch":        weir(Weir{Shape: VNotch, Height: 2, Slope: 0.6, Coefficient: 1.4}),
		"trapezoidal":    weir(Weir{Shape: Trapezoidal, Height: 2, Length: 3, Slope: 0.5, Coefficient: 1.8, Ends: 1.4, Surcharge: true}),
		"weir with flap": weir(Weir{Height: 1.5, Length: 5, Coefficient: 1.8, Surcharge: true, Flap: true}),
		"weir by head":   weir(Weir{Height: 3, Length: 5, ByHead: must(NewTable([]float64{0, 4}, []float64{1.7, 2.1}, false))}),
		"side orifice":   orifice(Orifice{Height: 1, Width: 2, Coefficient: 0.65}),
		"round orifice":  orifice(Orifice{Round: true, Height: 1, Coefficient: 0.65}),
		"bottom orifice": orifice(Orifice{Bottom: true, Height: 1, Width: 2, Coefficient: 0.65}),
		"flap":           orifice(Orifice{Height: 1, Width: 2, Coefficient: 0.65, Flap: true}),
		"outlet":         must(NewOutlet(Outlet{Factor: 2, Power: 0.5})),
		"outlet by head": must(NewOutlet(Outlet{Factor: 2, Power: 1.5, ByHead: true})),
		"rated outlet":   must(NewOutlet(Outlet{Rating: must(NewTable([]float64{0, 1, 3}, []float64{0, 2, 3}, true)), ByHead: true})),
		"pump by volume": pump(PumpCurve{Kind: ByVolume, X: []float64{10, 50}, Flow: []float64{1, 3}, Storage: Functional{Constant: 20}}),
		"pump by depth":  pump(PumpCurve{Kind: ByDepth, X: []float64{0.5, 1.5}, Flow: []float64{1, 3}}),
		"pump by lift":   pump(PumpCurve{Kind: ByLift, X: []float64{0, 2, 4}, Flow: []float64{5, 4, 0}, Units: 3, Reversible: true}),
		"pump by level":  pump(PumpCurve{Kind: ByLevel, X: []float64{0, 2}, Flow: []float64{0, 4}}),
		"pump by speed":  pump(PumpCurve{Kind: BySpeed, X: []float64{0, 2, 4}, Flow: []float64{5, 4, 0}}),
		"culvert":        culverts()["culvert"],
	}
}

// TestLawDerivatives holds each law's derivatives against differences, on one side at least where laws have corners.
func TestLawDerivatives(t *testing.T) {
	for name, law := range laws() {
		rng := rand.New(rand.NewPCG(1, 2)) // of its own, for laws come in any order
		for range 4000 {
			up, down, setting := rng.Float64()*5-0.5, rng.Float64()*5-0.5, 0.2+0.8*rng.Float64()
			if rng.IntN(4) == 0 {
				down = up + (rng.Float64()-0.5)*4e-3 // where levels meet
			}
			q, byUp, byDown := law.Flow(up, down, setting)
			const d = 1e-9 // small beside the heads at which flow goes to nought
			at := func(u, w float64) float64 {
				q, _, _ := law.Flow(u, w, setting)
				return q
			}
			agrees := func(by, before, after float64) bool {
				within := 2e-5 * (1 + math.Abs(by)) * (1 + math.Abs(q))
				return math.Abs((q-before)/d-by) < within || math.Abs((after-q)/d-by) < within || math.Abs((after-before)/(2*d)-by) < within
			}
			if !agrees(byUp, at(up-d, down), at(up+d, down)) || !agrees(byDown, at(up, down-d), at(up, down+d)) {
				t.Errorf("%s: at %g, %g, %g the derivatives %g and %g are not %g and %g", name, up, down, setting, byUp, byDown, (at(up+d, down)-q)/d, (at(up, down+d)-q)/d)
				break
			}
		}
		if n := testing.AllocsPerRun(100, func() { law.Flow(2.1, 1.3, 0.7) }); n != 0 {
			t.Errorf("%s allocates %g times", name, n)
		}
	}
}

// TestLawsDoNotJump goes through every law level by level and counts what its derivatives do not explain: one per cent of the flow at most.
func TestLawsDoNotJump(t *testing.T) {
	const step = 2e-4
	for name, law := range laws() {
		worst := 0.0
		for _, setting := range []float64{1, 0.4} {
			for _, still := range []float64{-1, 0.3, 0.9, 1.7} {
				q0, d0, _ := law.Flow(-0.5, still, setting)
				for up := -0.5 + step; up < 4; up += step {
					q, d, _ := law.Flow(up, still, setting)
					if jump := math.Abs(q-q0) - max(math.Abs(d), math.Abs(d0))*step*1.2; jump > 1e-3 {
						worst = max(worst, jump/math.Abs(q))
					}
					q0, d0 = q, d
				}
			}
		}
		t.Logf("%s: %.4f %%", name, worst*100)
		near(t, name+": jump", worst, 0, 0.01)
	}
}

// TestLawsAreSymmetric: what is the same from both sides passes as much back.
func TestLawsAreSymmetric(t *testing.T) {
	for name, law := range laws() {
		if pump, ok := law.(*Pump); ok && !pump.reversible || name == "side flow" {
			continue
		}
		for up := -0.4; up < 4; up += 0.173 {
			for down := -0.3; down < 4; down += 0.211 {
				q, byUp, byDown := law.Flow(up, down, 0.8)
				back := 0.8
				if name == "pump by lift" {
					back = -0.8
				}
				r, rUp, rDown := law.Flow(down, up, back)
				if r != -q || rUp != -byDown || rDown != -byUp {
					t.Fatalf("%s: %g forth and %g back at %g and %g", name, q, r, up, down)
				}
			}
		}
		if q, _, _ := law.Flow(1, 1, 1); q != 0 && name != "outlet" && name != "pump by lift" {
			t.Errorf("%s: %g passes between equal levels", name, q)
		}
		if q, _, _ := law.Flow(3, 1, 0); q != 0 {
			t.Errorf("%s: %g passes when shut", name, q)
		}
	}
}

func flow(law Law, up, down, setting float64) float64 {
	q, _, _ := law.Flow(up, down, setting)
	return q
}

func TestGate(t *testing.T) {
	g := must(NewGate(1, 8, 0.9))
	near(t, "free", flow(g, 3, 0, 1), 0.9*8*2*math.Sqrt(2*9.81)*math.Sqrt(2)*2/3*math.Sqrt(1.0/3), 1e-10)
	near(t, "free, as a weir of 0.385", flow(g, 3, 0, 1)/(0.9*8*math.Sqrt(2*9.81)*math.Pow(2, 1.5)), 2/(3*math.Sqrt(3)), 1e-14)
	near(t, "drowned", flow(g, 3, 2.8, 0.5), 0.9*8*0.5*1.8*math.Sqrt(2*9.81*0.2), 1e-10)
	near(t, "at the switch", flow(g, 3, 1+4.0/3+1e-12, 1), flow(g, 3, 1+4.0/3-1e-12, 1), 1e-9)
	for _, up := range []float64{1.2, 2, 4} {
		for down := 0.5; down < 5; down += 0.0937 {
			q, byUp, byDown := g.Flow(up, down, 0.7)
			head, byQ := g.Head(q, up, down, 0.7)
			left, lQ, lUp, lDown := g.Balance(q, up, down, 0.7)
			if max(up, down) < 1+shallow {
				continue
			}
			near(t, "head of the flow", head, up-down, 1e-9)
			near(t, "balance of the flow", left, 0, 1e-9)
			near(t, "slope of the head", byQ, -lQ, 1e-12)
			near(t, "flow by the level above, the other way round", -lUp/lQ, byUp, 1e-6*(1+math.Abs(byUp)))
			near(t, "flow by the level below, the other way round", -lDown/lQ, byDown, 1e-6*(1+math.Abs(byDown)))
		}
	}
	for _, q := range []float64{-3, -1e-3, 0, 1e-9, 1e-3, 0.4, 20} {
		_, byQ, byUp, byDown := g.Balance(q, 2.2, 2.1, 1)
		const d = 1e-6
		by := func(dq, du, dd float64) float64 {
			a, _, _, _ := g.Balance(q+dq, 2.2+du, 2.1+dd, 1)
			b, _, _, _ := g.Balance(q-dq, 2.2-du, 2.1-dd, 1)
			return (a - b) / (2 * d)
		}
		near(t, "balance by q", byQ, by(d, 0, 0), 1e-4)
		near(t, "balance by up", byUp, by(0, d, 0), 1e-4)
		near(t, "balance by down", byDown, by(0, 0, d), 1e-4)
	}
}

func TestSluice(t *testing.T) {
	s := must(NewSluice(0, 10, 14, 3))
	root := math.Sqrt(2 * 9.81)
	b := 10.0 / 14
	eps := 1 - 0.171*(1-b)*math.Pow(b, 0.25)
	weir := eps * 0.385 * 10 * root * math.Pow(2, 1.5)
	near(t, "weir", flow(s, 2, 0.5, 1), weir, 1e-10)
	near(t, "drowned weir, r = 0.8", flow(s, 2, 1.6, 1), weir*2.31*0.8*math.Pow(0.2, 0.4), 1e-10)
	near(t, "high drowning, r = 0.96", flow(s, 2, 1.92, 1), (0.877+0.31*0.31)*10*1.92*root*math.Sqrt(0.08), 1e-10)
	// An opening of 0.5 m under 2 m: e/H = 0.25.
	lip := 1 / (1 + math.Sqrt(0.4*(1-0.0625)))
	mu := 0.96 * lip * math.Sqrt(1-lip*0.25)
	free := mu * 10 * 0.5 * root * math.Sqrt2
	near(t, "orifice", flow(s, 2, 0.3, 1.0/6), free, 1e-10)
	jet := lip * 0.5
	behind := jet / 2 * (math.Sqrt(1+8*(free/10)*(free/10)/(9.81*jet*jet*jet)) - 1)
	near(t, "drowned orifice", flow(s, 2, behind+0.5*(2-behind), 1.0/6), 0.59*free, 1e-9)
	near(t, "the published jump at r = 0.9 that is blended", 2.31*0.9*math.Pow(0.1, 0.4)*0.385/((0.877+0.0625)*0.9*math.Sqrt(0.1)), 0.319/0.267, 0.02)
}

func TestWeir(t *testing.T) {
	w := must(NewWeir(Weir{Crest: 1, Height: 2, Length: 5, Coefficient: 1.8, Contractions: 2}))
	near(t, "transverse", flow(w, 2, 0, 1), 1.8*(5-0.2), 1e-10)
	near(t, "drowned (Villemonte)", flow(w, 2, 1.5, 1), 1.8*4.8*math.Pow(1-math.Pow(0.5, 1.5), 0.385), 1e-10)
	near(t, "above its crown", flow(w, 5, 0, 1), 1.8*(5-0.4)*math.Pow(2, 1.5), 1e-10)
	near(t, "half raised", flow(w, 3, 0, 0.5), 1.8*4.8, 1e-10)
	s := must(NewWeir(Weir{Shape: SideFlow, Height: 2, Length: 5, Coefficient: 1.8}))
	near(t, "side flow", flow(s, 0.5, -1, 1), 1.8*math.Pow(5, 0.83)*math.Pow(0.5, 1.67), 1e-10)
	near(t, "side flow back", flow(s, -1, 0.5, 1), -1.8*5*math.Pow(0.5, 1.5), 1e-10)
	v := must(NewWeir(Weir{Shape: VNotch, Height: 2, Slope: 0.6, Coefficient: 1.4}))
	near(t, "v-notch", flow(v, 0.7, -1, 1), 1.4*0.6*math.Pow(0.7, 2.5), 1e-10)
	z := must(NewWeir(Weir{Shape: Trapezoidal, Height: 2, Length: 3, Slope: 0.5, Coefficient: 1.8, Ends: 1.4, Surcharge: true}))
	near(t, "trapezoidal", flow(z, 1, -1, 1), 1.8*3+1.4*0.5, 1e-10)
	near(t, "trapezoidal, drowned", flow(z, 1, 0.4, 1), 1.8*3*math.Pow(1-math.Pow(0.4, 1.5), 0.385)+0.7*math.Pow(1-math.Pow(0.4, 2.5), 0.385), 1e-10)
	near(t, "surcharged", flow(z, 4, -1, 1), (1.8*3*math.Pow(2, 1.5)+0.7*math.Pow(2, 2.5))*math.Sqrt(3), 1e-9)
}

func TestOrifice(t *testing.T) {
	root := math.Sqrt(2 * 9.81)
	o := must(NewOrifice(Orifice{Crest: 1, Height: 1, Width: 2, Coefficient: 0.65}))
	near(t, "full", flow(o, 3, 0, 1), 0.65*2*root*math.Sqrt(1.5), 1e-10)
	near(t, "drowned", flow(o, 3, 2.6, 1), 0.65*2*root*math.Sqrt(0.4), 1e-10)
	near(t, "as a weir", flow(o, 1.6, 0, 1), 0.65*2*root*math.Sqrt(0.5)*math.Pow(0.6, 1.5), 1e-10)
	near(t, "as a drowned weir", flow(o, 1.6, 1.3, 1), 0.65*2*root*math.Sqrt(0.5)*math.Pow(0.6, 1.5)*math.Pow(1-math.Pow(0.5, 1.5), 0.385), 1e-10)
	near(t, "half open", flow(o, 3, 0, 0.5), 0.65*root*math.Sqrt(1.75), 1e-10)
	r := must(NewOrifice(Orifice{Round: true, Height: 1, Coefficient: 0.65}))
	near(t, "round and half open", flow(r, 3, -1, 0.5), 0.65*math.Pi/8*root*math.Sqrt(2.75), 1e-10)
	b := must(NewOrifice(Orifice{Bottom: true, Height: 1, Width: 2, Coefficient: 0.6}))
	near(t, "bottom", flow(b, 2, -1, 1), 0.6*2*root*math.Sqrt2, 1e-10)
	critical := 0.6 / 0.414 / 3
	near(t, "bottom, as a weir", flow(b, critical/2, -1, 1), 0.6*2*root*math.Sqrt(critical)*math.Pow(0.5, 1.5), 1e-10)
	// The flap's loss in SI: v and h in feet, 4/32.2·v²·exp(−1.15·v/√h).
	f := must(NewOrifice(Orifice{Crest: 1, Height: 1, Width: 2, Coefficient: 0.65, Flap: true}))
	v := 0.65 * root * math.Sqrt(1.5) / 0.3048
	loss := 4 / 32.2 * v * v * math.Exp(-1.15*v/math.Sqrt(1.5/0.3048)) * 0.3048
	near(t, "flap", flow(f, 3, 0, 1), 0.65*2*root*math.Sqrt(1.5-loss), 1e-10)
}

func TestPump(t *testing.T) {
	p := must(NewPump(PumpCurve{Kind: ByLift, X: []float64{0, 2, 4}, Flow: []float64{5, 4, 0}, Units: 3, Reversible: true}))
	near(t, "by its lift", flow(p, 1, 2, 1), 3*4.5, 1e-12)
	near(t, "part of it", flow(p, 1, 4, 0.5), 3*2*0.5, 1e-12)
	near(t, "downhill", flow(p, 3, 1, 1), 15, 1e-12)
	near(t, "turned round", flow(p, 2, 1, -1), -3*4.5, 1e-12)
	near(t, "too high", flow(p, 0, 9, 1), 0, 0)
	s := must(NewPump(PumpCurve{Kind: BySpeed, X: []float64{0, 2, 4}, Flow: []float64{5, 4, 0}}))
	near(t, "at half speed (affinity laws)", flow(s, 0, 0.5, 0.5), 2, 1e-12)
	near(t, "one way only", flow(s, 0, 0.5, -0.5), 0, 0)
	d := must(NewPump(PumpCurve{Kind: ByDepth, X: []float64{0.5, 1.5, 2.5}, Flow: []float64{1, 3, 6}, Bed: 10}))
	near(t, "first step", flow(d, 10.4, 0, 1), 1, 1e-12)
	near(t, "second step", flow(d, 10.6, 0, 1), 3, 1e-12)
	near(t, "last step", flow(d, 19, 0, 1), 6, 1e-12)
	v := must(NewPump(PumpCurve{Kind: ByVolume, X: []float64{10, 50}, Flow: []float64{1, 3}, Storage: Functional{Constant: 20}}))
	near(t, "by volume", flow(v, 1, 0, 1), 3, 1e-12)
	l := must(NewPump(PumpCurve{Kind: ByLevel, X: []float64{0, 2}, Flow: []float64{0, 4}}))
	near(t, "by level", flow(l, 0.5, 0, 1), 1, 1e-12)

	drain, intake := Hysteresis{Start: 3, Stop: 2}, Hysteresis{Start: 2, Stop: 3}
	for _, c := range []struct {
		h     Hysteresis
		runs  bool
		level float64
		then  bool
	}{{drain, false, 2.5, false}, {drain, false, 3, true}, {drain, true, 2.5, true}, {drain, true, 2, false}, {intake, false, 2.5, false}, {intake, false, 2, true}, {intake, true, 2.5, true}, {intake, true, 3, false}} {
		if got := c.h.Next(c.runs, c.level); got != c.then {
			t.Errorf("%+v at %g, running %v: %v", c.h, c.level, c.runs, got)
		}
	}
	near(t, "ramp up", Ramped(0.2, 1, 60, 300), 0.4, 1e-12)
	near(t, "ramp down", Ramped(0.2, 0, 30, 300), 0.1, 1e-12)
	near(t, "ramp to the end", Ramped(0.9, 1, 60, 300), 1, 0)
	near(t, "at once", Ramped(0, 1, 0, 0), 1, 0)
}

func TestStructuresThatAreNone(t *testing.T) {
	nan, one := math.NaN(), []float64{1}
	for name, err := range map[string]error{
		"gate without width":      errOf(NewGate(0, 0, 1)),
		"gate without sill":       errOf(NewGate(nan, 1, 1)),
		"sluice too wide":         errOf(NewSluice(0, 5, 4, 1)),
		"weir without coeff":      errOf(NewWeir(Weir{Height: 1, Length: 1})),
		"weir without length":     errOf(NewWeir(Weir{Height: 1, Coefficient: 1})),
		"v-notch without slope":   errOf(NewWeir(Weir{Shape: VNotch, Height: 1, Length: 1, Coefficient: 1})),
		"weir without height":     errOf(NewWeir(Weir{Length: 1, Coefficient: 1})),
		"orifice without width":   errOf(NewOrifice(Orifice{Height: 1, Coefficient: 0.6})),
		"orifice at NaN":          errOf(NewOrifice(Orifice{Crest: nan, Height: 1, Width: 1, Coefficient: 0.6})),
		"outlet without rating":   errOf(NewOutlet(Outlet{})),
		"pump of no kind":         errOf(NewPump(PumpCurve{X: one, Flow: one})),
		"pump without store":      errOf(NewPump(PumpCurve{Kind: ByVolume, X: one, Flow: one})),
		"pump by depth turned":    errOf(NewPump(PumpCurve{Kind: ByDepth, X: one, Flow: one, Reversible: true})),
		"pump of fewer than none": errOf(NewPump(PumpCurve{Kind: ByLift, X: one, Flow: one, Units: -1})),
		"culvert of no code":      errOf(NewInlet(must(NewCircular(1, 0.013)), 99, 0, 0)),
	} {
		if f := fault.Of(err); f == nil || f.Code != "bad-structure" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewPump(PumpCurve{Kind: ByLift}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a pump without a curve: %v", err)
	}
}
