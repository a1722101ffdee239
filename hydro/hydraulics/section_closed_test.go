package hydraulics

import (
	"math"
	"testing"

	"basin/fault"
)

// closedSections are one of each.
func closedSections() map[string]Section {
	return map[string]Section{
		"circular":               must(NewCircular(2, 0.013)),
		"filled circular":        must(NewFilledCircular(2, 0.5, 0.013)),
		"ellipse":                must(NewEllipse(1, 1.6, 0.013)),
		"upright ellipse":        must(NewEllipse(1.6, 1, 0.013)),
		"rectangular round":      must(NewRectRound(2, 1.5, 1, 0.013)),
		"modified basket":        must(NewModifiedBasket(2, 1.5, 1, 0.013)),
		"closed rectangle":       must(NewClosedRectangle(2, 3, 0.013)),
		"rectangular triangular": must(NewRectTriangular(2, 3, 0.5, 0.013)),
		"egg":                    must(NewEgg(2, 0.013)),
		"horseshoe":              must(NewHorseshoe(2, 0.013)),
		"gothic":                 must(NewGothic(2, 0.013)),
		"catenary":               must(NewCatenary(2, 0.013)),
		"semi-elliptical":        must(NewSemiElliptical(2, 0.013)),
		"basket handle":          must(NewBasketHandle(2, 0.013)),
		"semi-circular":          must(NewSemiCircular(2, 0.013)),
		"arch":                   must(NewArch(1, 1.6, 0.013)),
		"custom":                 must(NewCustom(2, []float64{0, 0.3, 1}, []float64{0.2, 1, 0.6}, 0.013)),
	}
}

func TestClosedSections(t *testing.T) {
	for name, s := range closedSections() {
		full := s.Full()
		consistent(t, name, s, full)
		near(t, name+" holds no more than full", s.Area(full+1), s.Area(full), 0)
		near(t, name+" carries no more than full", s.Conveyance(full+1), s.Conveyance(full), 0)
		near(t, name+" has no surface when full", s.Width(full), 0, 1e-7)
		near(t, name+" fills without a jump", s.Conveyance(full*(1-1e-9)), s.Conveyance(full), 1e-3*s.Conveyance(full))
		if n := testing.AllocsPerRun(10, func() { s.Area(0.7); s.Width(0.7); s.Perimeter(0.7); s.Conveyance(0.7) }); n != 0 {
			t.Errorf("%s allocates %g times", name, n)
		}
		q := s.Conveyance(full) * 0.05
		y := must(NormalDepth(s, 0.01, q))
		near(t, name+" at its normal depth", s.Conveyance(y)*0.1, q, 1e-8*q)
		c := must(CriticalDepth(s, q))
		near(t, name+" at its critical depth", s.Area(c)*math.Sqrt(Gravity*s.Area(c)/s.Width(c)), q, 1e-8*q)
		if _, err := NormalDepth(s, 0.01, s.Conveyance(full)); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s carries ten times what it can: %v", name, err)
		}
	}
}

func TestClosedForms(t *testing.T) {
	c := must(NewCircular(2, 0.013))
	near(t, "half a circle", c.Area(1), math.Pi/2, 1e-15)
	near(t, "its perimeter", c.Perimeter(1), math.Pi, 1e-15)
	near(t, "a quarter up", c.Area(0.5), math.Pi/3-math.Sqrt(3)/4, 1e-15)
	near(t, "its surface", c.Width(0.5), math.Sqrt(3), 1e-15)
	near(t, "the full circle", c.Conveyance(2), math.Pi*math.Pow(0.5, 2./3)/0.013, 1e-10)
	best := 0.0
	for y := 1.8; y < 2; y += 1e-4 {
		best = max(best, c.Conveyance(y)/c.Conveyance(2))
	}
	near(t, "the most a circle carries (Chow 1959: 1.076 at 0.938)", best, 1.0757, 1e-4)
	f := must(NewFilledCircular(2, 1, 0.013))
	near(t, "a half filled circle", f.Area(1), math.Pi/2, 1e-15)
	near(t, "its perimeter", f.Perimeter(1), math.Pi+2, 1e-14)
	e := must(NewEllipse(2, 4, 0.013))
	near(t, "an ellipse", e.Area(2), 2*math.Pi, 1e-14)
	near(t, "half of it", e.Area(1), math.Pi, 1e-14)
	near(t, "round it (8·E(√3/2), Abramowitz and Stegun 17.1)", e.Perimeter(2), 8*1.2110560275684594, 1e-9)
	near(t, "half round it", e.Perimeter(1), 4*1.2110560275684594, 1e-9)
	round := must(NewEllipse(2, 2, 0.013))
	p := must(NewParabola(1, 4, 0.03))
	steep := must(NewPower(2, 3, 0.5, 0.03))
	wedge := must(NewPower(2, 3, 1, 0.03))
	for y := 0.01; y < 2; y += 0.097 {
		near(t, "an ellipse that is a circle", round.Perimeter(y), c.Perimeter(y), 1e-9)
		// A parabola wets ½·T·(√(1+x²) + ln(x+√(1+x²))/x) with x = 4y/T (Chow 1959, table 2-1).
		w := 4 * math.Sqrt(y)
		x := 4 * y / w
		near(t, "a parabola's area", p.Area(y), 2./3*w*y, 1e-12)
		near(t, "a parabola's perimeter", p.Perimeter(y), w/2*(math.Hypot(1, x)+math.Log(x+math.Hypot(1, x))/x), 1e-8)
		near(t, "a wedge's perimeter", wedge.Perimeter(y), 2*y*math.Hypot(1, 0.75), 1e-9)
	}
	consistent(t, "parabola", p, 3)
	consistent(t, "cusp", steep, 3)
	r := must(NewRectRound(2, 2, 1, 0.013))
	near(t, "a half circle under a box", r.Area(2), math.Pi/2+2, 1e-14)
	near(t, "its perimeter", r.Perimeter(2), math.Pi+2+2, 1e-14)
	b := must(NewModifiedBasket(2, 2, 1, 0.013))
	near(t, "a half circle on a box", b.Area(2), math.Pi/2+2, 1e-14)
	near(t, "its perimeter", b.Perimeter(2), math.Pi+2+2, 1e-14)
	near(t, "half way up its arc", b.Area(1.5), math.Pi/2+2-(math.Pi/3-math.Sqrt(3)/4), 1e-14)
	x := must(NewClosedRectangle(2, 3, 0.013))
	near(t, "a box wets its lid", x.Perimeter(2), 10, 1e-12)
	near(t, "a box below it", x.Conveyance(1.9), manning(5.7, 6.8, 0.013), 1e-9)
	v := must(NewRectTriangular(2, 3, 0.5, 0.013))
	near(t, "a box on a triangle", v.Area(1.5), 0.75+3, 1e-12)
	near(t, "its perimeter", v.Perimeter(1.5), 2*math.Hypot(0.5, 1.5)+2, 1e-12)
}

// TestStandardShapes holds areas and hydraulic radii against the tables of the SWMM Reference Manual (volume II, appendix A), which are rounded themselves.
func TestStandardShapes(t *testing.T) {
	for name, c := range map[string]struct {
		s            Section
		area, radius []float64 // by fifths of the height, as parts of those when full
	}{
		"egg":             {must(NewEgg(2, 0.013)), []float64{0.12, 0.32, 0.57, 0.835}, []float64{0.465, 0.791, 1.045, 1.186}},
		"horseshoe":       {must(NewHorseshoe(2, 0.013)), []float64{0.1757, 0.4064, 0.6462, 0.8652}, []float64{0.5284, 0.8873, 1.113, 1.208}},
		"basket handle":   {must(NewBasketHandle(2, 0.013)), []float64{0.1765, 0.427, 0.669, 0.877}, []float64{0.463, 0.883, 1.141, 1.206}},
		"arch":            {must(NewArch(1, 1.6, 0.013)), []float64{0.19, 0.44, 0.69, 0.895}, []float64{0.4962, 0.9044, 1.142, 1.22}},
		"ellipse":         {must(NewEllipse(1, 1.616, 0.013)), []float64{0.13, 0.355, 0.645, 0.87}, []float64{0.4191, 0.8326, 1.146, 1.29}},
		"upright ellipse": {must(NewEllipse(1.616, 1, 0.013)), []float64{0.14, 0.38, 0.62, 0.86}, []float64{0.5484, 0.8969, 1.084, 1.177}},
	} {
		top := c.s.Full()
		worstA, worstR := 0.0, 0.0
		for i := range c.area {
			y := top * float64(i+1) / float64(len(c.area)+1)
			r := c.s.Area(y) / c.s.Perimeter(y) / (c.s.Area(top) / c.s.Perimeter(top))
			worstA = max(worstA, math.Abs(c.s.Area(y)/c.s.Area(top)-c.area[i]))
			worstR = max(worstR, math.Abs(r-c.radius[i]))
		}
		near(t, name+": area beside the table", worstA, 0, 0.02)
		near(t, name+": hydraulic radius beside the table", worstR, 0, 0.055)
		t.Logf("%s: area within %.4f of the full one, hydraulic radius within %.3f", name, worstA, worstR)
	}
	near(t, "an egg", must(NewEgg(3, 0.013)).Area(3), 0.5105*9, 1e-9)
	h := must(NewHorseshoe(2, 0.013))
	near(t, "a horseshoe's hydraulic radius", h.Area(2)/h.Perimeter(2), 0.2538*2, 1e-9)
}

func TestClosedSectionsThatAreNone(t *testing.T) {
	for name, err := range map[string]error{
		"no diameter":        errOf(NewCircular(0, 0.013)),
		"filled up":          errOf(NewFilledCircular(1, 1, 0.013)),
		"no width":           errOf(NewEllipse(1, 0, 0.013)),
		"no power":           errOf(NewPower(1, 1, 0, 0.013)),
		"infinite":           errOf(NewClosedRectangle(math.Inf(1), 1, 0.013)),
		"triangle too high":  errOf(NewRectTriangular(1, 1, 1, 0.013)),
		"arc too high":       errOf(NewRectRound(0.4, 1, 0.5, 0.013)),
		"arc NaN":            errOf(NewModifiedBasket(1, 1, math.NaN(), 0.013)),
		"egg of no height":   errOf(NewEgg(0, 0.013)),
		"arch of no width":   errOf(NewArch(1, 0, 0.013)),
		"custom from above":  errOf(NewCustom(1, []float64{0.1, 1}, []float64{1, 1}, 0.013)),
		"custom goes back":   errOf(NewCustom(1, []float64{0, 0.5, 0.5, 1}, []float64{1, 1, 1, 1}, 0.013)),
		"custom of no width": errOf(NewCustom(1, []float64{0, 1}, []float64{0, 0}, 0.013)),
	} {
		if f := fault.Of(err); f == nil || f.Code != "bad-section" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
