package hydro

import (
	"math"
	"time"
)

// Comparison is a run beside another, over the time that both compute. Differences are of the run less the other.
type Comparison struct {
	Run    int64         `json:"run"`
	With   int64         `json:"with"`
	From   time.Time     `json:"from"`
	Until  time.Time     `json:"until"`
	Levels []LevelBeside `json:"levels"` // of stations and reaches
	Works  []WorkBeside  `json:"works"`
	Over   []OverBeside  `json:"over"`     // stations that go over their limits otherwise: who floods, and who no longer does
	Apart  []string      `json:"apart"`    // things whose levels are above another datum in each, which nobody compares
	Absent []string      `json:"absent"`   // things that one of the two alone has
	Unsaid []string      `json:"no_limit"` // stations without a limit that could be compared, which says nothing of whether they flood
}

// Peak is the greatest of a series.
type Peak struct {
	Value float64   `json:"value"`
	At    time.Time `json:"at"`
}

// LevelBeside is the level of a thing in both runs.
type LevelBeside struct {
	Thing      string  `json:"thing"`
	GID        int64   `json:"gid"`
	Kind       string  `json:"kind"`
	Datum      string  `json:"datum"`
	Peak       Peak    `json:"peak"`
	With       Peak    `json:"with"`
	Rise       float64 `json:"rise"`     // of the peak
	Difference Peak    `json:"greatest"` // difference of both, of either sign
}

// WorkBeside is what passed a work in both runs.
type WorkBeside struct {
	Thing string   `json:"thing"`
	GID   int64    `json:"gid"`
	Run   Passed   `json:"run"`
	With  Passed   `json:"with"`
	Tides []Tidely `json:"tides,omitempty"` // by tides outside in the run, low water to low water; the first and the last are cut by its ends
}

// Passed is what passed a work: m³ out and in, and the hours that its pump units ran, added up.
type Passed struct {
	Out   float64  `json:"out_m3"`
	In    float64  `json:"in_m3"`
	Hours *float64 `json:"machine_h,omitempty"`
}

// Tidely is what passed a work in a tide.
type Tidely struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
	Whole bool      `json:"whole"` // whether it is from low water to low water
	Run   Passed    `json:"run"`
	With  Passed    `json:"with"`
}

// OverBeside is a station that is over a limit in one run and not in the other, or over another.
type OverBeside struct {
	Thing string `json:"thing"`
	GID   int64  `json:"gid"`
	Run   Over   `json:"run"`
	With  Over   `json:"with"`
}

// Over is how far a station goes: its worst level of status, and from when it is over a limit.
type Over struct {
	Status Level      `json:"status"`
	Since  *time.Time `json:"since,omitempty"`
}

// pair are the series of a thing and quantity in both runs, cut to what both have.
type pair struct {
	a, b  []float32
	first time.Time
	every time.Duration
}

// at is the time of a value.
func (p *pair) at(i int) time.Time { return p.first.Add(time.Duration(i) * p.every).UTC() }

// pairOf cuts two series to the time that both have; ok is false where they have none in common, or other intervals.
func pairOf(a, b *Series) (p pair, ok bool) {
	every := time.Duration(a.IntervalS) * time.Second
	if a.IntervalS != b.IntervalS || every <= 0 || a.First.Sub(b.First)%every != 0 {
		return p, false
	}
	p = pair{a.Values, b.Values, a.First, every}
	switch late := int(b.First.Sub(a.First) / every); {
	case late > 0:
		p.a, p.first = p.a[min(late, len(p.a)):], b.First
	case late < 0:
		p.b = p.b[min(-late, len(p.b)):]
	}
	n := min(len(p.a), len(p.b))
	p.a, p.b = p.a[:n], p.b[:n]
	return p, n > 1
}

// peak is the greatest value of one of both.
func (p *pair) peak(of []float32) Peak {
	best := 0
	for i, v := range of {
		if v > of[best] {
			best = i
		}
	}
	return Peak{float64(of[best]), p.at(best)}
}

// levels puts levels side by side.
func (p *pair) levels(s *Series) LevelBeside {
	l := LevelBeside{Thing: s.Thing, GID: s.GID, Kind: s.Kind, Datum: s.Datum, Peak: p.peak(p.a), With: p.peak(p.b), Difference: Peak{At: p.at(0)}}
	l.Rise = l.Peak.Value - l.With.Value
	for i := range p.a {
		if d := float64(p.a[i]) - float64(p.b[i]); math.Abs(d) > math.Abs(l.Difference.Value) {
			l.Difference = Peak{d, p.at(i)}
		}
	}
	return l
}

// passed is what passed between two values of one of both, by straight lines between them.
func (p *pair) passed(of []float32, from, to int) (out Passed) {
	for i := from + 1; i <= to; i++ {
		a, b, dt := float64(of[i-1]), float64(of[i]), p.every.Seconds()
		if (a < 0) != (b < 0) && a != b { // it turns in between
			turn := a / (a - b) * dt
			out.add(a * turn / 2)
			out.add(b * (dt - turn) / 2)
			continue
		}
		out.add((a + b) / 2 * dt)
	}
	return out
}

func (p *Passed) add(m3 float64) {
	if m3 > 0 {
		p.Out += m3
	} else {
		p.In -= m3
	}
}

// hours are the machine-hours between two values of a series of running units.
func (p *pair) hours(of []float32, from, to int) *float64 {
	sum := 0.0
	for i := from + 1; i <= to; i++ {
		sum += (float64(of[i-1]) + float64(of[i])) / 2 * p.every.Hours()
	}
	return &sum
}

// lowWater is for how long on both sides a low water must be the lowest, and lowRise how much higher the water must stand within that, m.
const (
	lowWater = 3 * time.Hour
	lowRise  = 0.1
)

// lows are the low waters of a series, where it begins and ends not counted.
func lows(values []float32, every time.Duration) (out []int) {
	n := int(lowWater / every)
	for i := n; i+n < len(values); i++ {
		low, before, behind := true, values[i], values[i]
		for k := 1; k <= n; k++ {
			low = low && values[i-k] > values[i] && values[i+k] >= values[i] // of level water the first
			before, behind = max(before, values[i-k]), max(behind, values[i+k])
		}
		if low && before >= values[i]+lowRise && behind >= values[i]+lowRise {
			out = append(out, i)
		}
	}
	return out
}
