package hydro

import (
	"math"
	"testing"
	"time"
)

// Series that begin at other times are cut to what both have; those of other intervals, or between whose values others lie, have no pair.
func TestPairOf(t *testing.T) {
	a := Series{First: noon, IntervalS: 900, Values: []float32{1, 2, 3, 4, 5}}
	b := Series{First: noon.Add(30 * time.Minute), IntervalS: 900, Values: []float32{3.5, 4, 5, 6}}
	for _, c := range []struct{ a, b *Series }{{&a, &b}, {&b, &a}} {
		p, ok := pairOf(c.a, c.b)
		if !ok || len(p.a) != 3 || len(p.b) != 3 || !p.at(0).Equal(b.First) || math.Abs(float64(p.a[0]-p.b[0])) != 0.5 {
			t.Errorf("%+v %v", p, ok)
		}
	}
	l, _ := pairOf(&b, &a)
	beside := l.levels(&b)
	if beside.Peak != (Peak{5, noon.Add(time.Hour)}) || beside.With != beside.Peak || beside.Rise != 0 || beside.Difference != (Peak{0.5, b.First}) {
		t.Errorf("%+v", beside)
	}
	for name, other := range map[string]Series{"interval": {First: noon, IntervalS: 600, Values: a.Values}, "between": {First: noon.Add(time.Minute), IntervalS: 900, Values: a.Values},
		"later": {First: noon.Add(2 * time.Hour), IntervalS: 900, Values: a.Values}, "none": {First: noon, IntervalS: 900}} {
		if _, ok := pairOf(&a, &other); ok {
			t.Errorf("%s: they have a pair", name)
		}
	}
}

// What passes out and in is told apart, also where the flow turns between two values.
func TestPassed(t *testing.T) {
	p := pair{first: noon, every: 900 * time.Second}
	q := []float32{2, 2, -2, -4, 0}
	got := p.passed(q, 0, 4)
	alike(t, "out", got.Out, 2*900+2*450/2)
	alike(t, "in", got.In, 2*450/2+3*900+4*900/2)
	alike(t, "hours", *p.hours([]float32{0, 3, 3, 0, 0}, 0, 4), 3*0.25+3*0.25)
}

// Low waters are the lowest within three hours on both sides; ripples and a series that only falls have none.
func TestLows(t *testing.T) {
	every := 15 * time.Minute
	var tide, flat, falling []float32
	for i := range 193 {
		h := float64(i) / 4
		tide = append(tide, float32(-math.Cos(2*math.Pi*(h-5)/12.42)+0.02*math.Sin(40*h)))
		flat, falling = append(flat, float32(0.04*math.Sin(h))), append(falling, float32(-h))
	}
	got := lows(tide, every)
	if len(got) != 4 {
		t.Fatalf("%v", got)
	}
	for i, at := range got {
		if want := 5 + 12.42*float64(i); math.Abs(float64(at)/4-want) > 0.6 {
			t.Errorf("low water at %.2f h, not %.2f", float64(at)/4, want)
		}
	}
	if n := len(lows(flat, every)) + len(lows(falling, every)); n != 0 {
		t.Errorf("%d low waters of what has none", n)
	}
}
