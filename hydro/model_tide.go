package hydro

import (
	"fmt"
	"math"
	"time"

	"basin/geo"
	"basin/hydro/hydraulics"
)

// tide is the level of tidal water at a place over the time of a run: predicted, with the surge that was observed.
type tide struct {
	station string // empty for one that is assumed
	x, y    float64
	class   string
	datum   string // of its level; empty for that of whatever it is used for
	mean    float64
	how     string // the assumption about it
	surge   bool
	level   hydraulics.Series
	lowest  float64
	last    *float64
	lasts   time.Time
}

// tell notes what a tide assumes.
func (t *tide) tell(said *assumptions) {
	said.add(t.how, "", t.station)
	if t.surge {
		said.add("surge", "", t.station)
	}
}

// The way of a surge: it is what was observed beyond the tide, as long as that is no older than surgeKnown.
const (
	tideStep   = 300.0
	surgeKnown = 6 * time.Hour
	tideMemory = 92 * 24 * time.Hour // of readings for an analysis
)

// tidesOf predicts the tides of all tidal stations from their hourly levels. There is always one: by default where no station has enough.
func tidesOf(stations []modelStation, history map[string]gauged, c Clock) ([]*tide, error) {
	var out []*tide
	for _, s := range stations {
		if s.Type != "tide" && s.Boundary != "tidal" || s.Stream == 0 {
			continue
		}
		t, err := predict(s, history[s.ID], c)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.ID, err)
		}
		if t != nil {
			out = append(out, t)
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	t := &tide{class: "public", how: "tide-default", mean: assumedMean}
	wave, err := hydraulics.NewTide(assumedMean, assumedTide, c.Origin, 0)
	if err != nil {
		return nil, err
	}
	t.lowest = lowestOf(assumedMean, assumedTide)
	return []*tide{t}, t.sample(wave, nil, c)
}

// predict is the tide of a station; nil where its readings are too few.
func predict(s modelStation, seen gauged, c Clock) (*tide, error) {
	n := len(seen.times)
	if n == 0 {
		return nil, nil //nolint:nilnil // there is none
	}
	times := make([]float64, n)
	for i, at := range seen.times {
		times[i] = c.at(at)
	}
	days := (times[n-1] - times[0]) / 86400
	t := &tide{station: s.ID, x: s.X, y: s.Y, class: s.LevelClass, datum: s.Datum}
	for _, a := range analyses {
		if days < a.days || float64(n) < 12*a.days { // every other hour at least
			continue
		}
		mean, constants, err := hydraulics.AnalyseTide(times, seen.values, a.names, nil, c.Origin, 0)
		if err != nil { // gaps may leave less than the span promises
			continue
		}
		wave, err := hydraulics.NewTide(mean, constants, c.Origin, 0)
		if err != nil {
			return nil, err
		}
		t.mean, t.how, t.lowest = mean, a.code, lowestOf(mean, constants)
		return t, t.sample(wave, &seen, c)
	}
	return nil, nil //nolint:nilnil // there is none
}

// lowestOf is what a tide cannot fall below, with a metre for the wind.
func lowestOf(mean float64, constants []hydraulics.Harmonic) float64 {
	for _, c := range constants {
		mean -= c.Amplitude
	}
	return mean - 1
}

// sample computes the level for all of a run: the tide, with the surge that was observed, which fades from the last observation on.
func (t *tide) sample(wave *hydraulics.Tide, seen *gauged, c Clock) error {
	surge := func(float64) float64 { return 0 }
	if seen != nil {
		n := len(seen.times)
		times, over := make([]float64, n), make([]float64, n)
		for i, at := range seen.times {
			times[i] = c.at(at)
			over[i] = seen.values[i] - wave.At(times[i])
		}
		observed, err := hydraulics.NewLinear(times, over, true)
		if err != nil {
			return err
		}
		last := over[n-1]
		if t.surge = c.Now.Sub(seen.times[n-1]) <= surgeKnown; t.surge {
			t.last, t.lasts = &seen.values[n-1], seen.times[n-1]
		}
		surge = func(at float64) float64 {
			if at <= times[n-1] {
				return observed.At(at)
			}
			return last * math.Exp(-(at-times[n-1])/(surgeFades*3600))
		}
	}
	from, until := c.at(c.From)-tideStep, c.at(c.Until)+tideStep
	var times, values []float64
	for at := from; at <= until; at += tideStep {
		times, values = append(times, at), append(values, wave.At(at)+surge(at))
	}
	var err error
	t.level, err = hydraulics.NewLinear(times, values, true)
	return err
}

// nearestTide is the tide nearest to a place.
func nearestTide(tides []*tide, x, y float64) *tide {
	best, away := tides[0], math.Inf(1)
	for _, t := range tides {
		if d := geo.Distance(geo.Place{t.x, t.y}, geo.Place{x, y}); d < away {
			best, away = t, d
		}
	}
	return best
}
