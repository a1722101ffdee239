package hydraulics

import (
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"basin/fault"
)

// friction is what Rijkswaterstaat takes of the node's change in the southern North Sea (its x factors, less one).
var friction = map[string]float64{
	"MU2": 1, "N2": 1, "NU2": 0.2, "M2": 0.47, "2MN2": 0.8, "S2": 0.82, "M4": 0.3, "MS4": 1, "M6": 0.25, "2MS6": 0.8, "M8": 0.3, "3MS8": 0.4,
}

// shared is a file of the shared data; without them the test is skipped, but not where CI promises them.
func shared(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../../shared/data/" + name)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("../shared is absent")
	}
	return string(text)
}

// flushing reads the constants of Flushing (Rijkswaterstaat, as hatyan has them), its prediction for 2019 and what was observed in 2009, hourly, in metres.
func flushing(t *testing.T) (mean float64, constants []Harmonic, predicted, observed []float64) {
	t.Helper()
	for line := range strings.Lines(shared(t, "gauges/hatyan_VLISSGN_ana.txt")) {
		switch words := strings.Fields(line); words[0] {
		case "MIDD":
			mean = number(t, words[1]) / 100
		case "COMP":
			constants = append(constants, Harmonic{Name: words[5], Amplitude: number(t, words[3]) / 100, Lag: number(t, words[4]), Damped: friction[words[5]]})
		}
	}
	for i, level := range gauged(t, "gauges/hatyan_VLISSGN_pre.txt") {
		if i%6 == 0 { // every ten minutes
			predicted = append(predicted, level)
		}
	}
	observed = gauged(t, "gauges/hatyan_VLISSGN_obs1.txt")
	if len(constants) != 94 || len(predicted) != 8760 || len(observed) != 8760 {
		t.Fatalf("%d constants, %d and %d levels", len(constants), len(predicted), len(observed))
	}
	return mean, constants, predicted, observed
}

// gauged reads the series of a DIA file, in metres.
func gauged(t *testing.T, name string) (out []float64) {
	t.Helper()
	_, series, _ := strings.Cut(shared(t, name), "[WRD]")
	for word := range strings.SplitSeq(series, ":") {
		if value, _, found := strings.Cut(strings.TrimSpace(word), "/"); found {
			out = append(out, number(t, value)/100)
		}
	}
	return out
}

func number(t *testing.T, word string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(word, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestTideSpeeds holds the speeds against the published ones, degrees an hour (Schureman, table 2).
func TestTideSpeeds(t *testing.T) {
	for name, speed := range map[string]float64{
		"M2": 28.9841042, "S2": 30, "N2": 28.4397295, "K1": 15.0410686, "O1": 13.9430356, "M4": 57.9682084, "SA": 0.0410686, "MF": 1.0980331, "K2": 30.0821373, "P1": 14.9589314,
		"Q1": 13.3986609, "L2": 29.5284789, "T2": 29.9589333, "MS4": 58.9841042, "2SM2": 31.0158958, "M6": 86.9523127, "MK3": 44.0251729,
	} {
		near(t, name, must(Speed(name)), speed, 1e-7)
	}
	for name := range compounds {
		if _, err := Speed(name); err != nil {
			t.Error(err)
		}
	}
}

// TestTideNodes holds the range of the node's changes over its 18.6 years against Schureman, table 12.
func TestTideNodes(t *testing.T) {
	m2, o1 := [2]float64{9, 0}, [2]float64{9, 0}
	for year := 1990; year < 2010; year++ {
		s := skyAt(since1900(time.Date(year, 7, 1, 0, 0, 0, 0, time.UTC), 0))
		m2 = [2]float64{min(m2[0], s.f[nodeM2]), max(m2[1], s.f[nodeM2])}
		o1 = [2]float64{min(o1[0], s.f[nodeO1]), max(o1[1], s.f[nodeO1])}
	}
	near(t, "least f of M2", m2[0], 0.963, 1e-3)
	near(t, "greatest f of M2", m2[1], 1.038, 1e-3)
	near(t, "least f of O1", o1[0], 0.806, 2e-3)
	near(t, "greatest f of O1", o1[1], 1.183, 2e-3)
}

// TestTidePrediction holds a year of Flushing against the reference, which is rounded to the centimetre: an even error of ±5 mm is 2.9 mm rms. The reference keeps the moon's node where
// it is in the middle of the year; followed through the year it makes another 5 mm.
func TestTidePrediction(t *testing.T) {
	mean, constants, predicted, _ := flushing(t)
	tide := must(NewTide(mean, constants, time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC), 0))
	middle := skyAt(tide.hours + 8760/2)
	rms := func(level func(i int) float64) (rms, worst float64) {
		for i, want := range predicted {
			d := level(i) - want
			rms, worst = rms+d*d, max(worst, math.Abs(d))
		}
		return math.Sqrt(rms / float64(len(predicted))), worst
	}
	kept, worst := rms(func(i int) float64 {
		s := skyAt(tide.hours + float64(i))
		s.xi, s.nu, s.f, s.u = middle.xi, middle.nu, middle.f, middle.u
		return tide.under(&s)
	})
	t.Logf("node of the middle of the year: rms %.5f m, worst %.4f m", kept, worst)
	near(t, "rms", kept, 0, 0.0031)
	near(t, "worst", worst, 0, 0.0075)
	followed, worst := rms(func(i int) float64 { return tide.At(float64(i) * 3600) })
	t.Logf("node of each hour: rms %.5f m, worst %.4f m", followed, worst)
	near(t, "rms, node followed", followed, 0, 0.0065)
	zoned := must(NewTide(mean, constants, time.Date(2018, 12, 31, 16, 0, 0, 0, time.UTC), 8*time.Hour))
	near(t, "a zone of eight hours", zoned.At(5e6), tide.At(5e6), 1e-12)
	tide.Surge = Constant(0.3)
	near(t, "surge", tide.At(7200)-0.3, zoned.At(7200), 1e-12)
	if n := testing.AllocsPerRun(10, func() { tide.At(3600) }); n != 0 {
		t.Errorf("prediction allocates %g times", n)
	}
}

// TestTideAnalysis finds the constants of Flushing again from its own prediction, and from what was observed in another year.
func TestTideAnalysis(t *testing.T) {
	mean, constants, predicted, observed := flushing(t)
	names, times := make([]string, len(constants)), make([]float64, len(predicted))
	for i, c := range constants {
		names[i] = c.Name
	}
	for i := range times {
		times[i] = float64(i) * 3600
	}
	got, found, err := AnalyseTide(times, predicted, names, friction, time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC), 0)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean", got, mean, 1e-3)
	worst := 0.0
	for i, c := range constants {
		worst = max(worst, vector(c, found[i]))
	}
	t.Logf("from the prediction: within %.5f m of every constituent", worst)
	near(t, "constituents from the prediction", worst, 0, 3e-3) // the node again

	_, found, err = AnalyseTide(times, observed, names, friction, time.Date(2009, 1, 1, 0, 0, 0, 0, time.UTC), 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range constants {
		if c.Amplitude > 0.1 && c.Name != "SA" { // weather makes that of the year
			t.Logf("%s: %.3f m %.1f°, not %.3f m %.1f°", c.Name, found[i].Amplitude, found[i].Lag, c.Amplitude, c.Lag)
			near(t, c.Name+" from observations", vector(c, found[i]), 0, 0.03)
		}
	}
	days := 20 * 24
	if _, _, err := AnalyseTide(times[:days], predicted[:days], []string{"M2", "S2", "K2"}, nil, time.Now(), 0); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "K2") {
		t.Errorf("K2 from S2 in twenty days: %v", err)
	}
	if _, _, err := AnalyseTide(times, predicted, []string{"M2", "NONE"}, nil, time.Now(), 0); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a constituent that is none: %v", err)
	}
}

// vector is how far two constants are apart.
func vector(a, b Harmonic) float64 {
	const rad = math.Pi / 180
	return math.Hypot(a.Amplitude*math.Cos(a.Lag*rad)-b.Amplitude*math.Cos(b.Lag*rad), a.Amplitude*math.Sin(a.Lag*rad)-b.Amplitude*math.Sin(b.Lag*rad))
}

func TestTidesThatAreNone(t *testing.T) {
	for name, c := range map[string][]Harmonic{
		"unknown":  {{Name: "M99", Amplitude: 1}},
		"twice":    {{Name: "M2", Amplitude: 1}, {Name: "M2", Amplitude: 1}},
		"negative": {{Name: "M2", Amplitude: -1}},
		"NaN":      {{Name: "M2", Amplitude: 1, Lag: math.NaN()}},
	} {
		if _, err := NewTide(0, c, time.Now(), 0); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// cosine is a tide of one wave.
type cosine struct{ period, amplitude float64 }

func (c cosine) At(t float64) float64 { return c.amplitude * math.Cos(2*math.Pi*t/c.period) }

func TestTurns(t *testing.T) {
	const period = 12.4206 * 3600
	turns := Turns(cosine{period, 2}, 1000, 3.2*period, 0.1)
	if len(turns) != 6 {
		t.Fatalf("%d turns: %v", len(turns), turns)
	}
	for i, turn := range turns {
		near(t, "time of turn", turn.At, float64(i+1)*period/2, 2)
		near(t, "level of turn", math.Abs(turn.Level), 2, 1e-6)
		if turn.High != (i%2 == 1) {
			t.Errorf("turn %d: %+v", i, turn)
		}
	}
	if turns := Turns(cosine{period, 0.04}, 0, 3*period, 0.1); len(turns) != 0 {
		t.Errorf("ripples turn: %v", turns)
	}
	mean, constants, _, _ := flushing(t)
	tide := must(NewTide(mean, constants, time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC), 0))
	if n := len(Turns(tide, 0, 30*86400, 0.2)); n < 115 || n > 117 {
		t.Errorf("%d turns in thirty days, not four in 24 h 50 min", n)
	}
}
