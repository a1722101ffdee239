package twin

import (
	"slices"
	"time"

	"basin/fault"
)

// Rainfall is what fell at one thing, worked out from exactly one of its series. What ends after From and until To is in it, so that the answers for times
// that follow each other add up.
type Rainfall struct {
	Thing      string    `json:"thing"`
	Datastream string    `json:"datastream"` // the series that was used
	Property   string    `json:"property"`
	Unit       string    `json:"unit"`
	From       time.Time `json:"from"`
	To         time.Time `json:"to"`
	Every      string    `json:"every,omitempty"`
	Total      float64   `json:"total"`    // of what is known
	Coverage   float64   `json:"coverage"` // share of the time that is known, 0 to 1
	Amounts    []Amount  `json:"amounts"`
	Gaps       []Gap     `json:"gaps"` // times of which it is not known what fell, or when within them
}

// Amount is the rain of one span of time, its end included and its start not.
type Amount struct {
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Day      string    `json:"day,omitempty"` // of hydrological days, the date on which it ends
	MM       *float64  `json:"mm"`            // null where nothing is known
	Complete bool      `json:"complete"`      // whether all of its time is known
}

// RainOf is a question for rain.
type RainOf struct {
	Thing    string
	From, To time.Time
	Every    time.Duration // buckets counted from the day start, which must divide a day; 24 hours are hydrological days; 0 for the increments themselves
	Day      Day
}

func (q RainOf) check() error {
	if !q.From.Before(q.To) {
		return fault.New(fault.Invalid, "empty-interval", "from is not before to")
	}
	if q.Every < 0 || (q.Every > 0 && (q.Every < time.Minute || (24*time.Hour)%q.Every != 0)) {
		return fault.New(fault.Invalid, "bad-step", "every must divide a day and be a minute or more")
	}
	if q.Every > 0 && q.To.Sub(q.From)/q.Every > maxPoints {
		return fault.New(fault.Invalid, "too-many-points", "more than {limit} buckets: make every longer or the time shorter", "limit", maxPoints)
	}
	return nil
}

// rainSeries are the properties that rain is worked out from, the preferred first.
var rainSeries = []string{"rainfall_5min", "rainfall_hour", "rainfall_total", "rainfall_day", "rainfall"}

// gauge is a series of rain.
type gauge struct {
	ID        int64
	Code      string
	Property  string
	Unit      string
	Scale     int
	IntervalS *int
	StaleS    int
}

// allowed is the longest time between two values that is no gap.
func (g gauge) allowed() time.Duration {
	if g.IntervalS != nil {
		return time.Duration(*g.IntervalS) * 1500 * time.Millisecond
	}
	return time.Duration(g.StaleS) * time.Second
}

// drop is a value of a series as it is stored.
type drop struct {
	Time  time.Time
	Value int64
}

// increment is what fell after from and until to, at the scale of the series. One that spans a gap is true as a sum, but not known in time.
type increment struct {
	from, to time.Time
	value    int64
	gap      bool
}

// increments works out what fell from the values of a series in order of time.
func (g gauge) increments(drops []drop, day Day) []increment {
	switch g.Property {
	case "rainfall_total":
		return g.counted(drops)
	case "rainfall_day":
		return g.countedByDay(drops, day)
	}
	var out []increment
	for i, d := range drops {
		period := g.allowed()
		switch {
		case g.Property == "rainfall_5min":
			period = 5 * time.Minute
		case g.Property == "rainfall_hour":
			period = time.Hour
		case g.IntervalS != nil:
			period = time.Duration(*g.IntervalS) * time.Second
		case i > 0:
			period = min(period, d.Time.Sub(drops[i-1].Time))
		}
		// Values that stand for overlapping times, for instance of the last hour every ten minutes, are not added up.
		if n := len(out); n > 0 && d.Time.Sub(out[n-1].to) < period-period/10 {
			continue
		}
		out = append(out, increment{from: d.Time.Add(-period), to: d.Time, value: d.Value})
	}
	return out
}

// counted works out increments from a counter. Where it drops it began anew: what it shows fell since.
func (g gauge) counted(drops []drop) []increment {
	var out []increment
	for i := 1; i < len(drops); i++ {
		out = append(out, g.step(drops[i-1], drops[i]))
	}
	return out
}

func (g gauge) step(last, now drop) increment {
	inc := increment{from: last.Time, to: now.Time, value: now.Value - last.Value, gap: now.Time.Sub(last.Time) > g.allowed()}
	if inc.value < 0 {
		inc.value = now.Value
	}
	return inc
}

// countedByDay works out increments from a counter that begins anew at every day start. A value at the very start of a day is the last one of the day
// before, unless it is less than that day's values: then it is the first of the new one.
func (g gauge) countedByDay(drops []drop, day Day) []increment {
	var out []increment
	var last drop
	var of time.Time // the date of the day that last counts in; zero where there is none
	for _, d := range drops {
		date := day.Ends(d.Time)
		start, _ := day.Bounds(date)
		if d.Time.Equal(start) {
			if before := date.AddDate(0, 0, -1); !of.Equal(before) || d.Value >= last.Value {
				date = before
			}
		}
		switch {
		case of.Equal(date):
			out = append(out, g.step(last, d))
		case d.Time.Equal(start): // begun anew at this moment
			out = append(out, increment{from: last.Time, to: d.Time, value: d.Value, gap: d.Time.Sub(last.Time) > g.allowed()})
		default:
			from, _ := day.Bounds(date)
			out = append(out, increment{from: from, to: d.Time, value: d.Value, gap: d.Time.Sub(from) > g.allowed()})
		}
		last, of = d, date
	}
	return out
}

// known are the spans in which it is known what fell and when, between two times, joined where they touch.
func known(all []increment, from, to time.Time) []Gap {
	var spans []Gap
	for _, inc := range all {
		if inc.gap {
			continue
		}
		s := Gap{From: later(inc.from, from), To: earlier(inc.to, to)}
		if !s.From.Before(s.To) {
			continue
		}
		if n := len(spans); n > 0 && !s.From.After(spans[n-1].To) {
			spans[n-1].To = later(spans[n-1].To, s.To)
			continue
		}
		spans = append(spans, s)
	}
	return spans
}

// length is the sum of spans.
func length(spans []Gap) (sum time.Duration) {
	for _, s := range spans {
		sum += s.To.Sub(s.From)
	}
	return sum
}

// between are the spans that others leave from a time until another.
func between(spans []Gap, from, to time.Time) []Gap {
	out := []Gap{}
	for _, s := range spans {
		if from.Before(s.From) {
			out = append(out, Gap{from.UTC(), s.From.UTC()})
		}
		from = s.To
	}
	if from.Before(to) {
		out = append(out, Gap{from.UTC(), to.UTC()})
	}
	return out
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// answer puts increments into the answer to a question.
func (q RainOf) answer(g gauge, all []increment) Rainfall {
	all = slices.DeleteFunc(all, func(i increment) bool { return !i.to.After(q.From) || i.to.After(q.To) })
	spans := known(all, q.From, q.To)
	r := Rainfall{Thing: q.Thing, Datastream: g.Code, Property: g.Property, Unit: g.Unit, From: q.From.UTC(), To: q.To.UTC(), Amounts: []Amount{},
		Coverage: float64(length(spans)) / float64(q.To.Sub(q.From)), Gaps: between(spans, q.From, q.To)}
	var total int64
	for _, inc := range all {
		total += inc.value
	}
	r.Total = Unscaled(total, g.Scale)
	if q.Every == 0 {
		for _, inc := range all {
			mm := Unscaled(inc.value, g.Scale)
			r.Amounts = append(r.Amounts, Amount{From: inc.from.UTC(), To: inc.to.UTC(), MM: &mm, Complete: !inc.gap})
		}
		return r
	}
	r.Every = q.Every.String()
	i := 0
	for _, b := range q.buckets() {
		var sum int64
		some := false
		first := i
		for ; i < len(all) && !all[i].to.After(b.To); i++ {
			sum, some = sum+all[i].value, true
		}
		near := all[first:min(i+1, len(all))] // the one after it may reach into it
		if mm := Unscaled(sum, g.Scale); some {
			b.MM = &mm
		}
		b.Complete = length(known(near, b.From, b.To)) == b.To.Sub(b.From)
		r.Amounts = append(r.Amounts, b)
	}
	return r
}

// buckets are the empty buckets of a question, cut where it begins and ends.
func (q RainOf) buckets() []Amount {
	var out []Amount
	for date := q.Day.Ends(q.From); ; date = date.AddDate(0, 0, 1) {
		start, end := q.Day.Bounds(date)
		if !start.Before(q.To) {
			return out
		}
		name := ""
		if q.Every == 24*time.Hour {
			name = date.Format(time.DateOnly)
		}
		for at := start; at.Before(end); {
			next := earlier(at.Add(q.Every), end)
			if name != "" {
				next = end // a day is 23 or 25 hours long where clocks change
			}
			if b := (Amount{From: later(at, q.From).UTC(), To: earlier(next, q.To).UTC(), Day: name}); b.From.Before(b.To) {
				out = append(out, b)
			}
			at = next
		}
	}
}
