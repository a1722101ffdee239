package hydraulics

import (
	"math"
	"testing"

	"basin/fault"
)

// isCurve holds slope and integral against the values.
func isCurve(t *testing.T, name string, c Curve, places ...float64) {
	t.Helper()
	for _, x := range places {
		const d = 1e-5
		near(t, name+": slope", c.Slope(x), (c.At(x+d)-c.At(x-d))/(2*d), 1e-5*(1+math.Abs(c.Slope(x))))
		near(t, name+": integral", (c.Integral(x+d)-c.Integral(x-d))/(2*d), c.At(x), 1e-5*(1+math.Abs(c.At(x))))
	}
	near(t, name+": integral to 0", c.Integral(0), 0, 0)
}

func TestCurves(t *testing.T) {
	x, y := []float64{-1, 1, 2}, []float64{4, 2, 5}
	held, on := must(NewTable(x, y, false)), must(NewTable(x, y, true))
	for _, c := range []struct{ x, held, on float64 }{{-2, 4, 5}, {-1, 4, 4}, {0, 3, 3}, {1, 2, 2}, {1.5, 3.5, 3.5}, {2, 5, 5}, {3, 5, 8}} {
		near(t, "held", held.At(c.x), c.held, 1e-12)
		near(t, "extended", on.At(c.x), c.on, 1e-12)
	}
	near(t, "integral from 0 to 2", held.Integral(2), 2.5+3.5, 1e-12)
	near(t, "integral from 0 to -1", held.Integral(-1), -3.5, 1e-12)
	near(t, "integral beyond", held.Integral(3), 11, 1e-12)
	isCurve(t, "held", held, -2, -0.5, 0.3, 1.7, 4)
	isCurve(t, "extended", on, -2, -0.5, 0.3, 1.7, 4)
	isCurve(t, "one value", must(NewTable([]float64{3}, []float64{7}, true)), -1, 5)
	f := Functional{Factor: 2, Power: 1.5, Constant: 3}
	isCurve(t, "functional", f, -1, 0.1, 2)
	near(t, "functional", f.Integral(4), 2*32/2.5+12, 1e-12)
	s := must(NewSteps([]float64{1, 2, 4}, []float64{0, 5, 7}))
	isCurve(t, "steps", s, -1, 0.5, 1.5, 3, 5)
	near(t, "a step ends before its place", s.At(1), 5, 0)
	near(t, "steps", s.Integral(5), 5+14+7, 1e-12)
	for name, err := range map[string]error{
		"empty":    errOf(NewTable(nil, nil, true)),
		"unequal":  errOf(NewTable([]float64{1, 2}, []float64{1}, true)),
		"falling":  errOf(NewSteps([]float64{2, 1}, []float64{1, 1})),
		"NaN":      errOf(NewTable([]float64{1}, []float64{math.NaN()}, true)),
		"infinite": errOf(NewLinear([]float64{math.Inf(1)}, []float64{1}, true)),
		"twice":    errOf(NewLinear([]float64{1, 1}, []float64{1, 2}, true)),
		"short":    errOf(NewStepped([]float64{1}, []float64{1}, 0)),
	} {
		if f := fault.Of(err); f == nil || f.Code != "bad-curve" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := testing.AllocsPerRun(100, func() { held.At(0.5); on.Integral(3); s.At(2) }); n != 0 {
		t.Errorf("curves allocate %g times", n)
	}
}

func TestSeries(t *testing.T) {
	times, values := []float64{0, 60, 120}, []float64{1, 3, 2}
	held, not := must(NewLinear(times, values, true)), must(NewLinear(times, values, false))
	steps, ends := must(NewStepped(times, values, math.Inf(1))), must(NewStepped(times, values, 60))
	for _, c := range []struct{ t, held, not, steps, ends float64 }{
		{-1, 1, 0, 0, 0}, {0, 1, 1, 1, 1}, {30, 2, 2, 1, 1}, {60, 3, 3, 3, 3}, {90, 2.5, 2.5, 3, 3}, {120, 2, 2, 2, 2}, {179, 2, 0, 2, 2}, {180, 2, 0, 2, 0},
	} {
		near(t, "held", held.At(c.t), c.held, 1e-12)
		near(t, "not held", not.At(c.t), c.not, 1e-12)
		near(t, "stepped", steps.At(c.t), c.steps, 0)
		near(t, "stepped and ending", ends.At(c.t), c.ends, 0)
	}
	sum := Sum{held, Scaled{Of: steps, By: 2, Plus: 1}, Times{Constant(3), steps}}
	near(t, "sum", sum.At(90), 2.5+7+9, 1e-12)
	if n := testing.AllocsPerRun(100, func() { sum.At(90) }); n != 0 {
		t.Errorf("series allocate %g times", n)
	}
}
