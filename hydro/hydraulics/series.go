package hydraulics

import (
	"math"
	"slices"
	"sort"
)

// Constant is a series that does not change.
type Constant float64

// At is the value.
func (c Constant) At(float64) float64 { return float64(c) }

// Linear is a series of straight pieces.
type Linear struct {
	times, values []float64
	held          bool
}

// NewLinear is a series through times and values. Before the first and after the last it holds their values, or is nought.
func NewLinear(times, values []float64, held bool) (*Linear, error) {
	if err := rising(times, values); err != nil {
		return nil, err
	}
	return &Linear{slices.Clone(times), slices.Clone(values), held}, nil
}

// At is the value at a time.
func (s *Linear) At(t float64) float64 {
	n := len(s.times)
	if t < s.times[0] || t > s.times[n-1] {
		switch {
		case !s.held:
			return 0
		case t < s.times[0]:
			return s.values[0]
		}
		return s.values[n-1]
	}
	i := sort.SearchFloat64s(s.times, t)
	if s.times[i] == t {
		return s.values[i]
	}
	f := (t - s.times[i-1]) / (s.times[i] - s.times[i-1])
	return s.values[i-1] + f*(s.values[i]-s.values[i-1])
}

// Stepped is a series that holds each value until the next.
type Stepped struct {
	times, values []float64
	lasts         float64
}

// NewStepped is a series that holds each value until the next time, the last one for a while (+Inf for ever). Before the first it is nought.
func NewStepped(times, values []float64, lasts float64) (*Stepped, error) {
	if err := rising(times, values); err != nil {
		return nil, err
	}
	if !(lasts > 0) {
		return nil, badCurve("its last value must last")
	}
	return &Stepped{slices.Clone(times), slices.Clone(values), lasts}, nil
}

// At is the value at a time.
func (s *Stepped) At(t float64) float64 {
	i := sort.SearchFloat64s(s.times, math.Nextafter(t, math.Inf(1))) - 1
	if n := len(s.times); i < 0 || i == n-1 && t-s.times[n-1] >= s.lasts {
		return 0
	}
	return s.values[i]
}

// Sum is several series together.
type Sum []Series

// At is the value at a time.
func (s Sum) At(t float64) float64 {
	sum := 0.0
	for _, one := range s {
		sum += one.At(t)
	}
	return sum
}

// Scaled is a series times a factor, and more.
type Scaled struct {
	Of   Series
	By   float64
	Plus float64
}

// At is the value at a time.
func (s Scaled) At(t float64) float64 { return s.Of.At(t)*s.By + s.Plus }

// Times is the product of two series: a value and the pattern of its day.
type Times struct{ A, B Series }

// At is the value at a time.
func (s Times) At(t float64) float64 { return s.A.At(t) * s.B.At(t) }
