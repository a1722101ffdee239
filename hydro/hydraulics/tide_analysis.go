package hydraulics

import (
	"math"
	"slices"
	"time"
)

// What an analysis may take.
const (
	mostConstituents = 120
	mostObservations = 1_000_000
)

// AnalyseTide finds the constants of a place from observed levels by least squares: times in seconds since the start, not necessarily at equal distances. What cannot be told from
// each other in that time is refused: two constituents must part by a whole cycle (Rayleigh). Damped is what friction takes of the node's change, by name.
func AnalyseTide(times, levels []float64, names []string, damped map[string]float64, start time.Time, zone time.Duration) (mean float64, constants []Harmonic, err error) {
	if err := rising(times, levels); err != nil {
		return 0, nil, err
	}
	if len(names) == 0 || len(names) > mostConstituents || len(times) > mostObservations || len(times) < 2*(2*len(names)+1) {
		return 0, nil, badTide("analysis", "it needs up to 120 constituents and a million levels, four times as many levels as constituents at least")
	}
	terms := make([]term, len(names))
	speeds := make([]float64, len(names))
	for i, name := range names {
		if terms[i], err = newTerm(name); err != nil {
			return 0, nil, err
		}
		terms[i].damped = damped[name]
		speeds[i], _ = Speed(name)
	}
	if err := parted(names, speeds, times[len(times)-1]-times[0]); err != nil {
		return 0, nil, err
	}
	x, ok := leastSquares(terms, times, levels, since1900(start, zone))
	if !ok {
		return 0, nil, badTide("analysis", "the levels do not tell the constituents from each other")
	}
	for i, name := range names {
		c, s := x[2*i+1], x[2*i+2]
		lag := math.Atan2(s, c) * 180 / math.Pi
		constants = append(constants, Harmonic{Name: name, Amplitude: math.Hypot(c, s), Lag: math.Mod(lag+360, 360), Damped: damped[name]})
	}
	return x[0], constants, nil
}

// parted says which constituents do not part within a time.
func parted(names []string, speeds []float64, seconds float64) error {
	order := make([]int, len(names))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if speeds[a] < speeds[b] {
			return -1
		}
		return 1
	})
	last, before := 0.0, "the mean"
	for _, i := range order {
		if (speeds[i]-last)*seconds/3600 < 359 { // a year of hours lacks the last one
			return badTide(names[i], "the levels are too few days to tell it from "+before)
		}
		last, before = speeds[i], names[i]
	}
	return nil
}

// leastSquares solves for the mean and the cosine and sine of each term.
func leastSquares(terms []term, times, levels []float64, hours float64) ([]float64, bool) {
	n := 2*len(terms) + 1
	normal, right := make([]float64, n*n), make([]float64, n)
	row := make([]float64, n)
	row[0] = 1
	for k, at := range times {
		s := skyAt(hours + at/3600)
		for i := range terms {
			f, argument := s.of(&terms[i])
			sin, cos := math.Sincos(argument)
			row[2*i+1], row[2*i+2] = f*cos, f*sin
		}
		for i, a := range row {
			right[i] += a * levels[k]
			for j, b := range row[:i+1] {
				normal[i*n+j] += a * b
			}
		}
	}
	return cholesky(normal, right)
}

// cholesky solves a symmetric system of which the lower half is given; ok is false where it is not positive definite.
func cholesky(a, b []float64) (x []float64, ok bool) {
	n := len(b)
	for i := range n {
		scale := a[i*n+i]
		for j := range i + 1 {
			sum := a[i*n+j]
			for k := range j {
				sum -= a[i*n+k] * a[j*n+k]
			}
			if i != j {
				a[i*n+j] = sum / a[j*n+j]
				continue
			}
			if !(sum > 1e-12*scale) {
				return nil, false
			}
			a[i*n+i] = math.Sqrt(sum)
		}
	}
	x = slices.Clone(b)
	for i := range n {
		for k := range i {
			x[i] -= a[i*n+k] * x[k]
		}
		x[i] /= a[i*n+i]
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			x[i] -= a[k*n+i] * x[k]
		}
		x[i] /= a[i*n+i]
	}
	return x, true
}
