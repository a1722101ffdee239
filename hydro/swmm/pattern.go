package swmm

import (
	"math"
	"time"

	"basin/hydro/hydraulics"
)

// The kinds of patterns.
const (
	monthly = iota
	daily
	hourly
	weekend
)

// pattern is a row of factors by month, day of the week or hour of the day.
type pattern struct {
	row     *row
	kind    int
	factors []float64
}

// readPatterns reads [PATTERNS].
func (b *build) readPatterns() error {
	for i := range b.rows["PATTERNS"] {
		r := &b.rows["PATTERNS"][i]
		from, key := 1, fold(r.name())
		k, known := b.patternNames.of[key]
		if !known {
			k, from = len(b.patterns), 2
			b.patternNames.of[key] = k
			b.patterns = append(b.patterns, pattern{row: r})
			if r.need(2) {
				b.patterns[k].kind = r.word(1, 0, "MONTHLY", "DAILY", "HOURLY", "WEEKEND")
			}
		}
		p := &b.patterns[k]
		for ; from < len(r.words) && len(p.factors) < 24; from++ {
			p.factors = append(p.factors, r.number(from, 1))
		}
		if r.err != nil {
			return r.err
		}
	}
	return nil
}

// factor is that of a pattern at a time.
func (p *pattern) factor(t time.Time) float64 {
	k := int(t.Month()) - 1
	switch {
	case p.kind == daily:
		k = int(t.Weekday())
	case p.kind == weekend && !restful(t):
		return 1
	case p.kind != monthly:
		k = t.Hour()
	}
	if k < len(p.factors) {
		return p.factors[k]
	}
	return 1
}

func restful(t time.Time) bool { return t.Weekday() == time.Sunday || t.Weekday() == time.Saturday }

// patterned is a value times the factors of patterns, one of each kind at most. On weekends the pattern of the weekend stands for that of the other days.
type patterned struct {
	start    time.Time
	value    float64
	patterns [4]*pattern
}

// At is the value at a time.
func (p *patterned) At(t float64) float64 {
	at, v := after(p.start, t), p.value
	if p.patterns[monthly] != nil {
		v *= p.patterns[monthly].factor(at)
	}
	if p.patterns[daily] != nil {
		v *= p.patterns[daily].factor(at)
	}
	of := p.patterns[hourly]
	if p.patterns[weekend] != nil && restful(at) {
		of = p.patterns[weekend]
	}
	if of != nil {
		v *= of.factor(at)
	}
	return v
}

// patterned is a value with the patterns that fields of a row name.
func (b *build) patterned(r *row, value float64, fields ...int) hydraulics.Series {
	p := &patterned{start: b.model.Options.Start, value: value}
	some := false
	for _, i := range fields {
		if !r.has(i) {
			continue
		}
		if k := r.find(i, b.patternNames); k >= 0 {
			of := &b.patterns[k]
			p.patterns[of.kind], some = of, true
		}
	}
	if !some {
		return hydraulics.Constant(value)
	}
	return p
}

// everyDay is a curve by the hour of the day, again and again: a tide as [OUTFALLS] has it.
type everyDay struct {
	curve hydraulics.Curve
	from  float64 // the time of day of the start, s
}

// At is the value at a time.
func (d everyDay) At(t float64) float64 {
	s := math.Mod(d.from+t, day)
	if s < 0 {
		s += day
	}
	return d.curve.At(s)
}

// midnightOf is the beginning of a day.
func midnightOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}
