package swmm

import (
	"basin/fault"
	"basin/hydro/hydraulics"
)

// points are the places and values of a curve or a series, in the units of the file.
type points struct {
	row  *row // its first
	kind int  // of a curve
	x, y []float64
	file bool // it stands in a file of its own
}

// The kinds of curves.
const (
	anyCurve = iota - 1
	storageCurve
	diversionCurve
	tidalCurve
	ratingCurve
	controlCurve
	shapeCurve
	weirCurve
	pump1Curve
	pump2Curve
	pump3Curve
	pump4Curve
	pump5Curve
)

var curveWords = []string{"STORAGE", "DIVERSION", "TIDAL", "RATING", "CONTROL", "SHAPE", "WEIR", "PUMP1", "PUMP2", "PUMP3", "PUMP4", "PUMP5"}

// begin finds what a row goes on with, or begins it.
func begin(all *[]points, names index, r *row) *points {
	key := fold(r.name())
	k, known := names.of[key]
	if !known {
		k = len(*all)
		names.of[key] = k
		*all = append(*all, points{row: r, kind: anyCurve})
	}
	return &(*all)[k]
}

// curves reads [CURVES].
func (b *build) readCurves() error {
	for i := range b.rows["CURVES"] {
		r := &b.rows["CURVES"][i]
		c, from := begin(&b.curves, b.curveNames, r), 1
		if c.row == r {
			if r.need(2) {
				c.kind = r.word(1, anyCurve, curveWords...)
			}
			from = 2
		}
		for k := from; k < len(r.words) && r.err == nil; k += 2 {
			if r.need(k + 2) {
				c.x, c.y = append(c.x, r.number(k, 0)), append(c.y, r.number(k+1, 0))
				c.rises(r)
			}
		}
		if r.err != nil {
			return r.err
		}
	}
	return nil
}

// rises refuses a place that does not lie beyond the one before.
func (p *points) rises(r *row) {
	if n := len(p.x); n > 1 && p.x[n-1] <= p.x[n-2] {
		r.fail("swmm-not-rising", "{x} does not lie beyond {before}: places and times must rise", "x", p.x[n-1], "before", p.x[n-2])
	}
}

// readSeries reads [TIMESERIES]. Times are made seconds since the start: a time without a date counts from midnight of the last date, or from the
// start where there is none.
func (b *build) readSeries() error {
	start := b.model.Options.Start
	last := map[*row]float64{}
	for i := range b.rows["TIMESERIES"] {
		r := &b.rows["TIMESERIES"][i]
		s := begin(&b.series, b.seriesNames, r)
		if r.need(3) && fold(r.words[1]) == "FILE" {
			s.file = true
			continue
		}
		for k := 1; k < len(r.words) && r.err == nil; k += 2 {
			if at, ok := date(r.words[k]); ok {
				last[s.row] = since(start, at)
				k++
			}
			if r.need(k + 2) {
				s.x, s.y = append(s.x, last[s.row]+r.clock(k)), append(s.y, r.number(k+1, 0))
				s.rises(r)
			}
		}
		if r.err != nil {
			return r.err
		}
	}
	return nil
}

// curve is one that a field of a row names. Of another kind it is refused.
func (b *build) curve(r *row, i int, kinds ...int) *points {
	k := r.find(i, b.curveNames)
	if k < 0 {
		return nil
	}
	c := &b.curves[k]
	for _, kind := range kinds {
		if c.kind == kind && len(c.x) > 0 {
			return c
		}
	}
	r.fail("swmm-wrong-curve", "the curve {value} is empty or not of the kind that is needed here", "value", r.words[i])
	return nil
}

// table is a curve in SI. Beyond its ends it holds their values.
func (p *points) table(x, y float64) (*hydraulics.Table, error) {
	return hydraulics.NewTable(times(p.x, x), times(p.y, y), false)
}

func times(v []float64, by float64) []float64 {
	out := make([]float64, len(v))
	for i := range v {
		out[i] = v[i] * by
	}
	return out
}

// timeSeries is one that a field of a row names.
func (b *build) timeSeries(r *row, i int) *points {
	k := r.find(i, b.seriesNames)
	if k < 0 {
		return nil
	}
	s := &b.series[k]
	switch {
	case s.file:
		s.row.refuse("FILE")
		r.err = s.row.err
	case len(s.x) == 0:
		r.fail("swmm-empty-series", "the time series {value} has no values", "value", r.words[i])
	default:
		return s
	}
	return nil
}

// linear is a time series of straight pieces in SI; held beyond its ends, or nought there.
func (p *points) linear(y float64, held bool) (*hydraulics.Linear, error) {
	return hydraulics.NewLinear(p.x, times(p.y, y), held)
}

// quadratic is the surface a + b·x + c·x² of a store with sloping sides.
type quadratic struct{ a, b, c float64 }

// At is the value at a depth.
func (q quadratic) At(x float64) float64 {
	x = max(x, 0)
	return q.a + x*(q.b+x*q.c)
}

// Slope is the derivative.
func (q quadratic) Slope(x float64) float64 {
	if x <= 0 {
		return 0
	}
	return q.b + 2*q.c*x
}

// Integral is that from 0.
func (q quadratic) Integral(x float64) float64 {
	if x <= 0 {
		return q.a * x
	}
	return x * (q.a + x*(q.b/2+x*q.c/3))
}

// tooMany says that a file holds more objects than are read.
func tooMany() error {
	return fault.New(fault.Invalid, "swmm-too-many-objects", "the file has more than {limit} objects", "limit", mostObjects)
}
