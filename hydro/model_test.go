package hydro

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"basin/twin"
)

var noon = time.Date(2026, 7, 18, 12, 0, 0, 0, time.UTC)

func alike(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9*math.Max(1, math.Abs(want))) {
		t.Errorf("%s: %v, not %v", what, got, want)
	}
}

// Rain falls where and when it falls, whatever the steps: what begins before the first and ends after the last is cut.
func TestShowers(t *testing.T) {
	r := make(rates, 12)
	sum := func() (mm float64) {
		for _, rate := range r {
			mm += rate * runoffStep * 1000
		}
		return mm
	}
	r.add([]shower{{noon.Add(7 * time.Minute), noon.Add(31 * time.Minute), 12}}, noon, 1)
	alike(t, "a shower within", sum(), 12)
	alike(t, "before it begins", r.At(290), 0)
	alike(t, "while it rains", r.At(15*60), 0.012/24/60)
	r.add([]shower{{noon.Add(-time.Hour), noon.Add(time.Hour), 8}}, noon, 0.5)
	alike(t, "half of one that is half over, times a half", sum(), 14)
	r.add([]shower{{noon.Add(2 * time.Hour), noon.Add(3 * time.Hour), 8}, {noon, noon, 5}}, noon, 1)
	alike(t, "one after the end and one that takes no time", sum(), 14)
	alike(t, "beyond the end", r.At(7200), 0)
}

// A forecast of rain begins now where rain was observed, and is for all areas that have none of their own.
func TestIssues(t *testing.T) {
	seen := []shower{{noon.Add(-time.Hour), noon, 3}}
	rain := map[string]rainfall{"": {seen: seen}, "A": {seen: seen}}
	addIssues(rain, []Rainfall{{First: noon.Add(-90 * time.Minute), IntervalS: 3600, MM: []float64{1, 6, 2}},
		{Area: "B", First: noon, IntervalS: 3600, MM: []float64{9}}}, noon)
	all := []shower{{noon, noon.Add(30 * time.Minute), 3}, {noon.Add(30 * time.Minute), noon.Add(90 * time.Minute), 2}}
	want := map[string]rainfall{"": {seen, all}, "A": {seen, all}, "B": {seen, []shower{{noon, noon.Add(time.Hour), 9}}}}
	if diff := cmp.Diff(want, rain, cmp.AllowUnexported(rainfall{}, shower{})); diff != "" {
		t.Error(diff)
	}
	unseen := map[string]rainfall{}
	addIssues(unseen, []Rainfall{{First: noon.Add(-2 * time.Hour), IntervalS: 3600, MM: []float64{1, 1}}}, noon)
	if len(unseen[""].ahead) != 2 {
		t.Errorf("where nothing was observed the forecast stands for what is past: %+v", unseen)
	}
}

func TestPercentile(t *testing.T) {
	nine := []float32{0, 1, 2, 3, 4, 5, 6, 7, 8}
	for part, want := range map[float64]float64{0.1: 0.8, 0.9: 7.2, 0: 0, 1: 8, 0.5: 4} {
		if got := float64(percentile(nine, part)); math.Abs(got-want) > 1e-6 {
			t.Errorf("%v of nine is %v, not %v", part, got, want)
		}
	}
	if got := percentile([]float32{3}, 0.9); got != 3 {
		t.Errorf("of one it is %v", got)
	}
}

// The bed lies straight between the sections of a river, and goes on level beyond them; the shape is that of the nearest.
func TestBedAt(t *testing.T) {
	shapes := []*bedShape{{source: "a", bed: -1, chainage: 1000}, {source: "b", bed: -3, chainage: 3000}}
	for _, c := range []struct {
		chainage, bed float64
		source        string
	}{{0, -1, "a"}, {1000, -1, "a"}, {1500, -1.5, "a"}, {2500, -2.5, "b"}, {3000, -3, "b"}, {9000, -3, "b"}} {
		bed, shape := bedAt(shapes, c.chainage)
		alike(t, c.source, bed, c.bed)
		if shape.source != c.source {
			t.Errorf("at %v the shape is %s's", c.chainage, shape.source)
		}
	}
}

// Only a stated offset leads from one datum to another; what is unknown is unknown, even beside itself.
func TestRaise(t *testing.T) {
	m := &Model{Clock: Clock{Now: noon}, offsets: map[string][]twin.DatumOffset{"station:A": {{From: "wusong", To: "1985-national", OffsetM: -1.9}}}}
	for _, c := range []struct {
		thing, from, to string
		add             float64
		ok              bool
	}{
		{"station:A", "wusong", "1985-national", -1.9, true}, {"station:A", "1985-national", "wusong", 1.9, true}, {"station:B", "wusong", "1985-national", 0, false},
		{"station:B", "wusong", "wusong", 0, true}, {"station:A", "unknown", "unknown", 0, false}, {"station:A", "unknown", "wusong", 0, false},
	} {
		if add, ok := m.raise(c.thing, c.from, c.to); add != c.add || ok != c.ok {
			t.Errorf("%+v: %v %v", c, add, ok)
		}
	}
}

// Gates that report count as a part of all there are; stale and implausible ones do not.
func TestOpened(t *testing.T) {
	two, eight := 2.0, 8.0
	w := modelWork{Widths: []float64{10, 10}, Heights: []float64{4, 0}}
	gate := func(number int, value *float64, stale bool, flags twin.Flag) twin.Value {
		return twin.Value{Property: "gate_opening", Number: number, Value: value, Stale: stale, Flags: flags}
	}
	for name, c := range map[string]struct {
		settings []twin.Value
		part     float64
		known    bool
	}{
		"nothing":   {nil, 0, false},
		"one half":  {[]twin.Value{gate(1, &two, false, 0)}, 0.25, true},
		"two":       {[]twin.Value{gate(1, &two, false, 0), gate(2, &eight, false, 0)}, 0.75, true},
		"stale":     {[]twin.Value{gate(1, &two, true, 0)}, 0, false},
		"out of it": {[]twin.Value{gate(1, &two, false, twin.FlagRange)}, 0, false},
		"empty":     {[]twin.Value{gate(1, nil, false, 0)}, 0, false},
	} {
		if part, known := opened(c.settings, w); part != c.part || known != c.known {
			t.Errorf("%s: %v %v", name, part, known)
		}
	}
}
