package hydraulics

import (
	"math"
	"testing"

	"basin/fault"
)

// near fails where a value is further from what it must be than allowed.
func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s is %.12g, not %.12g within %g", what, got, want, within)
	}
}

// must is a value that has no error.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// consistent holds a section against what every section must be: area the integral of width, nothing shrinking but the width and the conveyance, no jumps.
func consistent(t *testing.T, name string, s Section, top float64) {
	t.Helper()
	const steps = 4000
	if s.Area(0) != 0 || s.Area(-1) != 0 || s.Conveyance(0) != 0 || s.Conveyance(-1) != 0 {
		t.Errorf("%s: holds %g and carries %g when dry", name, s.Area(0), s.Conveyance(0))
	}
	sum, worst := 0.0, 0.0
	full := s.Area(top)
	for i := range steps {
		y0, y1 := top*float64(i)/steps, top*float64(i+1)/steps
		for _, g := range []float64{-math.Sqrt(0.6), 0, math.Sqrt(0.6)} { // Gauss: exact for a polynomial of degree 5
			weight := 5.0 / 18
			if g == 0 {
				weight = 8.0 / 18
			}
			sum += weight * (y1 - y0) * s.Width((y0+y1)/2+g*(y1-y0)/2)
		}
		worst = max(worst, math.Abs(sum-s.Area(y1)))
		if s.Area(y1) < s.Area(y0) || s.Perimeter(y1) < s.Perimeter(y0)-1e-12 || s.Width(y1) < 0 || !(s.Conveyance(y1) > 0) {
			t.Fatalf("%s: at %g area, perimeter, width or conveyance is wrong", name, y1)
		}
	}
	if worst > 2e-6*full {
		t.Errorf("%s: area is off the integral of width by %g of %g", name, worst, full)
	}
}

func TestTrapezoid(t *testing.T) {
	s := must(NewTrapezoid(30, 3, 3, 0.0225))
	near(t, "area", s.Area(2), (30+3*2)*2, 1e-12)
	near(t, "width", s.Width(2), 42, 1e-12)
	near(t, "perimeter", s.Perimeter(2), 30+4*math.Sqrt(10), 1e-12)
	near(t, "conveyance", s.Conveyance(2), math.Pow(72, 5./3)/(0.0225*math.Pow(30+4*math.Sqrt(10), 2./3)), 1e-9)
	consistent(t, "trapezoid", s, 5)
	if n := testing.AllocsPerRun(100, func() { s.Conveyance(1.5) }); n != 0 {
		t.Errorf("conveyance allocates %g times", n)
	}
}

func TestNormalAndCriticalDepth(t *testing.T) {
	s := must(NewTrapezoid(30, 3, 3, 0.0225))
	y := must(NormalDepth(s, 1e-4, 200))
	within(t, "normal depth, m", y, 4.56516, 1e-5)
	near(t, "discharge at it", s.Conveyance(y)*1e-2, 200, 1e-6)
	c := must(CriticalDepth(s, 200))
	within(t, "critical depth, m", c, 1.56663, 1e-5)
	t.Logf("normal %.7f, critical %.7f m", y, c)
	// Closed forms: a rectangle's critical depth is ∛(q²/g), a triangle's (2Q²/(g m²))^(1/5), and its normal depth ((nQ/√S)³(2√(1+m²))²/m⁵)^(1/8).
	r := must(NewRectangle(4, 0.013))
	near(t, "critical depth of a rectangle", must(CriticalDepth(r, 20)), math.Cbrt(25/Gravity), 1e-9)
	v := must(NewTriangle(1, 4, 0.02))
	near(t, "critical depth of a triangle", must(CriticalDepth(v, 3)), math.Pow(2*9/(Gravity*4), 0.2), 1e-9)
	near(t, "normal depth of a triangle", must(NormalDepth(v, 1e-3, 3)), math.Pow(math.Pow(0.02*3/math.Sqrt(1e-3), 3)*4*5/32, 1./8), 1e-9)
	near(t, "depth of no discharge", must(NormalDepth(v, 1e-3, 0))+must(CriticalDepth(v, 0)), 0, 0)
	for name, err := range map[string]error{
		"slope zero":     errOf(NormalDepth(v, 0, 1)),
		"uphill":         errOf(NormalDepth(v, 1e-3, -1)),
		"no number":      errOf(CriticalDepth(v, math.NaN())),
		"beyond measure": errOf(NormalDepth(v, 1e-3, math.Inf(1))),
	} {
		if fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func errOf[T any](_ T, err error) error { return err }

func TestIrregular(t *testing.T) {
	// A trapezoid by stations is a trapezoid.
	tr, ir := must(NewTrapezoid(10, 2, 2, 0.03)), must(NewIrregular([]float64{0, 12, 22, 34}, []float64{7, 1, 1, 7}, Bank{N: 0.03}))
	for _, y := range []float64{0, 0.1, 1, 3.3, 6} {
		near(t, "area", ir.Area(y), tr.Area(y), 1e-12)
		near(t, "width", ir.Width(y), tr.Width(y), 1e-12)
		near(t, "perimeter", ir.Perimeter(y), tr.Perimeter(y), 1e-12)
		near(t, "conveyance", ir.Conveyance(y), tr.Conveyance(y), 1e-9)
		near(t, "alpha", ir.Alpha(y), 1, 1e-12)
	}
	near(t, "perimeter at the walls", ir.Perimeter(7), tr.Perimeter(6)+2, 1e-12)
	tab := must(NewTabulated([]float64{0, 6}, []float64{10, 34}, 0.03))
	near(t, "a trapezoid by its widths", tab.Conveyance(3.3), tr.Conveyance(3.3), 1e-9)
	// Two flood plains of 50 m, 2 m above a channel of 10 m: at 3 m the panels are rectangles 1 m, 3 m and 1 m deep, the outer ones with a wall, the channel with two of 2 m.
	s := must(NewIrregular([]float64{0, 0, 50, 50, 60, 60, 110, 110}, []float64{5, 2, 2, 0, 0, 2, 2, 5}, Bank{50, 0.1}, Bank{60, 0.03}, Bank{110, 0.05}))
	k := func(a, p, n float64) float64 { return a * math.Pow(a/p, 2./3) / n }
	k1, k2, k3 := k(50, 51, 0.1), k(30, 14, 0.03), k(50, 51, 0.05)
	near(t, "compound area", s.Area(3), 130, 1e-12)
	near(t, "compound perimeter", s.Perimeter(3), 116, 1e-12)
	near(t, "compound conveyance", s.Conveyance(3), k1+k2+k3, 1e-9)
	sum := k1 + k2 + k3
	alpha := (k1*k1*k1/2500 + k2*k2*k2/900 + k3*k3*k3/2500) * 130 * 130 / (sum * sum * sum)
	near(t, "alpha", s.Alpha(3), alpha, 1e-12)
	consistent(t, "compound", s, 4)
	// A panel that ends on a slope between two stations is cut there.
	cut := must(NewIrregular([]float64{0, 10, 20}, []float64{5, 0, 5}, Bank{5, 0.04}, Bank{N: 0.04}))
	near(t, "left panel", cut.panels[0].area(4), 1.5*3/2, 1e-12)
	near(t, "both panels", cut.panels[0].area(4)+cut.panels[1].area(4), cut.Area(4), 1e-12)
	consistent(t, "cut", cut, 6)
	if n := testing.AllocsPerRun(100, func() { s.Conveyance(2.5) }); n != 0 {
		t.Errorf("conveyance allocates %g times", n)
	}
}

func TestSectionsThatAreNone(t *testing.T) {
	nan := math.NaN()
	for name, err := range map[string]error{
		"negative width":      errOf(NewTrapezoid(-1, 1, 1, 0.03)),
		"no extent":           errOf(NewTrapezoid(0, 0, 0, 0.03)),
		"smooth":              errOf(NewTrapezoid(1, 1, 1, 0)),
		"NaN":                 errOf(NewTrapezoid(nan, 1, 1, 0.03)),
		"rectangle no width":  errOf(NewRectangle(0, 0.03)),
		"triangle no depth":   errOf(NewTriangle(0, 1, 0.03)),
		"one station":         errOf(NewIrregular([]float64{0}, []float64{0}, Bank{N: 0.03})),
		"stations backwards":  errOf(NewIrregular([]float64{0, 2, 1}, []float64{1, 0, 1}, Bank{N: 0.03})),
		"an elevation is NaN": errOf(NewIrregular([]float64{0, 1, 2}, []float64{1, nan, 1}, Bank{N: 0.03})),
		"no roughness":        errOf(NewIrregular([]float64{0, 1, 2}, []float64{1, 0, 1})),
		"narrower above":      errOf(NewTabulated([]float64{0, 1}, []float64{2, 1}, 0.03)),
		"table from above":    errOf(NewTabulated([]float64{1, 2}, []float64{2, 3}, 0.03)),
		"bank outside":        errOf(NewIrregular([]float64{0, 1, 2}, []float64{1, 0, 1}, Bank{3, 0.03}, Bank{N: 0.03})),
	} {
		if f := fault.Of(err); f == nil || f.Code != "bad-section" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
