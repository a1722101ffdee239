package hydro

import (
	"context"
	_ "embed"
	"maps"
	"slices"
	"time"

	"basin/fault"
	"basin/postgis"
	"basin/twin"
)

//go:embed run_rainfall.sql
var runRainfallSQL string

// recentLevels is how far back levels are read at least: a gauge that reports seldom still counts as long as it is fresh.
const recentLevels = 24 * time.Hour

// readDrivers reads what moves the water over the time of a run.
func readDrivers(ctx context.Context, db *postgis.DB, from material, c Clock, day twin.Day) (d drivers, issues []Rainfall, err error) {
	d.clock = c
	recent := c.Now.Add(-recentLevels)
	if c.From.Before(recent) {
		recent = c.From
	}
	if d.recent, err = readLevels(ctx, db, from.stations, recent, c.Now, 5*time.Minute); err != nil {
		return d, nil, err
	}
	tidal := slices.DeleteFunc(slices.Clone(from.stations), func(s modelStation) bool { return s.Type != "tide" && s.Boundary != "tidal" })
	history, err := readLevels(ctx, db, tidal, c.Now.Add(-tideMemory), c.Now, time.Hour)
	if err != nil {
		return d, nil, err
	}
	if d.tides, err = tidesOf(from.stations, history, c); err != nil {
		return d, nil, err
	}
	if d.rain, err = readRain(ctx, db, from.gauges, c, day); err != nil {
		return d, nil, err
	}
	issues, err = collect[Rainfall](ctx, db, runRainfallSQL, c.Now)
	addIssues(d.rain, issues, c.Now)
	return d, issues, err
}

// readRain reads the rain observed on each area before now, the mean of its gauges; under no name that of all of them.
func readRain(ctx context.Context, db *postgis.DB, gauges []modelGauge, c Clock, day twin.Day) (map[string]rainfall, error) {
	sums := map[string]map[time.Time]*mean{}
	for _, g := range gauges {
		r, err := twin.Rain(ctx, db, twin.RainOf{Thing: g.ID, From: c.From.Add(-warmUp), To: c.Now, Every: time.Hour, Day: day}, "restricted")
		if fault.KindOf(err) == fault.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, a := range r.Amounts {
			if a.MM == nil {
				continue
			}
			for _, area := range slices.Compact([]string{g.Area, ""}) {
				if sums[area] == nil {
					sums[area] = map[time.Time]*mean{}
				}
				if sums[area][a.From] == nil {
					sums[area][a.From] = &mean{to: a.To}
				}
				sums[area][a.From].add(*a.MM)
			}
		}
	}
	out := map[string]rainfall{}
	for area, by := range sums {
		var seen []shower
		for _, from := range slices.SortedFunc(maps.Keys(by), time.Time.Compare) {
			seen = append(seen, shower{from, by[from].to, by[from].sum / float64(by[from].n)})
		}
		out[area] = rainfall{seen: seen}
	}
	return out, nil
}

// mean is one in the making.
type mean struct {
	to  time.Time
	sum float64
	n   int
}

func (m *mean) add(x float64) { m.sum, m.n = m.sum+x, m.n+1 }

// addIssues adds forecasts of rain to what was observed, from now on; before that where nothing was observed at all. The forecast for all areas is that of areas without their own.
func addIssues(rain map[string]rainfall, issues []Rainfall, now time.Time) {
	ahead := map[string][]shower{}
	observed := len(rain) > 0
	for _, issue := range issues {
		for i, mm := range issue.MM {
			s := shower{from: issue.First.Add(time.Duration(i*issue.IntervalS) * time.Second), mm: mm}
			s.to = s.from.Add(time.Duration(issue.IntervalS) * time.Second)
			if observed && s.from.Before(now) {
				if !s.to.After(now) {
					continue
				}
				s.mm *= float64(s.to.Sub(now)) / float64(s.to.Sub(s.from))
				s.from = now
			}
			ahead[issue.Area] = append(ahead[issue.Area], s)
		}
	}
	for area := range ahead {
		if _, ok := rain[area]; !ok {
			rain[area] = rainfall{seen: rain[""].seen}
		}
	}
	for area, r := range rain {
		if r.ahead = ahead[area]; r.ahead == nil {
			r.ahead = ahead[""]
		}
		rain[area] = r
	}
}
