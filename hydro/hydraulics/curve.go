package hydraulics

import (
	"math"
	"slices"
	"sort"

	"basin/fault"
)

// badCurve says what is wrong with the values of a curve or a series.
func badCurve(why string) error {
	return fault.New(fault.Invalid, "bad-curve", "curve or series: {why}", "why", why)
}

// rising says what is wrong with places and values of a curve or a series.
func rising(x, y []float64) error {
	if len(x) == 0 || len(x) != len(y) {
		return badCurve("it needs values, one for each place")
	}
	for i := range x {
		if math.IsNaN(x[i]+y[i]) || math.IsInf(x[i]+y[i], 0) {
			return badCurve("a value is no number")
		}
		if i > 0 && x[i] <= x[i-1] {
			return badCurve("its places must rise")
		}
	}
	return nil
}

// Table is a curve of straight pieces. Beyond its ends it holds their values, or goes on as straight as it came.
type Table struct {
	x, y, below []float64 // below is the integral from the first place
	extend      bool
	zero        float64 // the integral from the first place to 0
}

// NewTable is a curve through places and values.
func NewTable(x, y []float64, extend bool) (*Table, error) {
	if err := rising(x, y); err != nil {
		return nil, err
	}
	t := &Table{x: slices.Clone(x), y: slices.Clone(y), below: make([]float64, len(x)), extend: extend}
	for i := 1; i < len(x); i++ {
		t.below[i] = t.below[i-1] + (y[i-1]+y[i])/2*(x[i]-x[i-1])
	}
	t.zero = t.from(0)
	return t, nil
}

// piece is the place that a piece begins at, its value and its slope.
func (t *Table) piece(x float64) (i int, slope float64) {
	n := len(t.x)
	i = min(max(sort.SearchFloat64s(t.x, x)-1, 0), max(n-2, 0))
	switch {
	case n == 1 || !t.extend && x < t.x[0]:
		return i, 0
	case !t.extend && x > t.x[n-1]:
		return n - 1, 0
	}
	return i, (t.y[i+1] - t.y[i]) / (t.x[i+1] - t.x[i])
}

// At is the value at a place.
func (t *Table) At(x float64) float64 {
	i, slope := t.piece(x)
	return t.y[i] + slope*(x-t.x[i])
}

// Slope is the derivative at a place; at a corner that of the piece before it.
func (t *Table) Slope(x float64) float64 {
	_, slope := t.piece(x)
	return slope
}

// from is the integral from the first place.
func (t *Table) from(x float64) float64 {
	i, slope := t.piece(x)
	d := x - t.x[i]
	return t.below[i] + (t.y[i]+slope*d/2)*d
}

// Integral is that from 0.
func (t *Table) Integral(x float64) float64 { return t.from(x) - t.zero }

// Steps is a curve of steps, each ending at a place: up to the first place it has the first value, beyond the last the last.
type Steps struct{ table Table }

// NewSteps is a curve of steps.
func NewSteps(ends, values []float64) (*Steps, error) {
	if err := rising(ends, values); err != nil {
		return nil, err
	}
	s := &Steps{Table{x: slices.Clone(ends), y: slices.Clone(values), below: make([]float64, len(ends))}}
	for i := 1; i < len(ends); i++ {
		s.table.below[i] = s.table.below[i-1] + values[i]*(ends[i]-ends[i-1])
	}
	s.table.zero = s.from(0)
	return s, nil
}

// step is the one that a place lies on.
func (s *Steps) step(x float64) int {
	i := sort.SearchFloat64s(s.table.x, x)
	if i < len(s.table.x) && s.table.x[i] == x {
		i++
	}
	return min(i, len(s.table.x)-1)
}

// At is the value at a place.
func (s *Steps) At(x float64) float64 { return s.table.y[s.step(x)] }

// Slope is nought.
func (s *Steps) Slope(float64) float64 { return 0 }

func (s *Steps) from(x float64) float64 {
	i := s.step(x)
	return s.table.below[i] + s.table.y[i]*(x-s.table.x[i])
}

// Integral is that from 0.
func (s *Steps) Integral(x float64) float64 { return s.from(x) - s.table.zero }

// Functional is the curve a·x^b + c, the surface of a store by its depth; below 0 it is that at 0.
type Functional struct{ Factor, Power, Constant float64 }

// At is the value at a place.
func (f Functional) At(x float64) float64 {
	return f.Factor*math.Pow(max(x, 0), f.Power) + f.Constant
}

// Slope is the derivative at a place.
func (f Functional) Slope(x float64) float64 {
	if x <= 0 || f.Power == 0 {
		return 0
	}
	return f.Factor * f.Power * math.Pow(x, f.Power-1)
}

// Integral is that from 0.
func (f Functional) Integral(x float64) float64 {
	if x <= 0 {
		return x * f.At(0)
	}
	return f.Factor*math.Pow(x, f.Power+1)/(f.Power+1) + f.Constant*x
}
