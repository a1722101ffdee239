package hydro

import (
	"context"
	_ "embed"
	"slices"
	"time"

	"basin/access"
	"basin/fault"
	"basin/twin"
)

//go:embed compare_level.sql
var compareLevelSQL string

// Compare puts a run beside another, as far as the reader may see both. Days, on which limits depend, are those of zone.
func (r *Runs) Compare(ctx context.Context, run, with Run, zone *time.Location, clearance access.Class) (Comparison, error) {
	for _, one := range []Run{run, with} {
		if one.State != "done" {
			return Comparison{}, fault.New(fault.Conflict, "run-not-done", "run {run} is {state}: only runs that are done are compared", "run", one.ID, "state", one.State)
		}
	}
	c := Comparison{Run: run.ID, With: with.ID, Levels: []LevelBeside{}, Works: []WorkBeside{}, Over: []OverBeside{}, Apart: []string{}, Absent: []string{}, Unsaid: []string{}}
	a, err := r.Series(ctx, run.ID, nil, "", clearance)
	if err != nil {
		return c, err
	}
	b, err := r.Series(ctx, with.ID, nil, "", clearance)
	if err != nil {
		return c, err
	}
	pairs, err := c.join(a, b)
	if err != nil {
		return c, err
	}
	for i := range a {
		s := &a[i]
		p, ok := pairs[key{s.Thing, s.Quantity}]
		switch {
		case !ok:
		case s.Quantity == "level":
			c.Levels = append(c.Levels, p.levels(s))
		case s.Quantity == "discharge" && s.Kind == "work":
			c.Works = append(c.Works, beside(s, p, pairs))
		}
	}
	return c, r.over(ctx, &c, pairs, zone, clearance)
}

// key is a thing and a quantity.
type key struct{ thing, quantity string }

// join pairs the series of both runs, and notes what has no pair.
func (c *Comparison) join(a, b []Series) (map[key]*pair, error) {
	others := map[key]*Series{}
	for i := range b {
		others[key{b[i].Thing, b[i].Quantity}] = &b[i]
	}
	pairs := map[key]*pair{}
	for i := range a {
		k := key{a[i].Thing, a[i].Quantity}
		other := others[k]
		delete(others, k)
		switch {
		case other == nil:
			c.Absent = append(c.Absent, a[i].Thing)
			continue
		case other.Datum != a[i].Datum:
			c.Apart = append(c.Apart, a[i].Thing)
			continue
		}
		p, ok := pairOf(&a[i], other)
		if !ok {
			return nil, fault.New(fault.Invalid, "runs-apart", "runs {run} and {with} have no times in common", "run", c.Run, "with", c.With)
		}
		pairs[k], c.From, c.Until = &p, p.at(0), p.at(len(p.a)-1)
	}
	for k := range others {
		c.Absent = append(c.Absent, k.thing)
	}
	slices.Sort(c.Absent)
	c.Absent, c.Apart = slices.Compact(c.Absent), slices.Compact(c.Apart)
	if len(pairs) == 0 {
		return nil, fault.New(fault.Invalid, "runs-apart", "runs {run} and {with} have no times in common", "run", c.Run, "with", c.With)
	}
	return pairs, nil
}

// beside is what passed a work in both runs, in all and by tides.
func beside(s *Series, p *pair, pairs map[key]*pair) WorkBeside {
	running, outer := pairs[key{s.Thing, "running"}], pairs[key{s.Thing, "outer_level"}]
	span := func(from, to int) (run, with Passed) {
		run, with = p.passed(p.a, from, to), p.passed(p.b, from, to)
		if running != nil {
			run.Hours, with.Hours = running.hours(running.a, from, to), running.hours(running.b, from, to)
		}
		return run, with
	}
	w := WorkBeside{Thing: s.Thing, GID: s.GID}
	w.Run, w.With = span(0, len(p.a)-1)
	if outer == nil {
		return w
	}
	ends := append(lows(outer.a, outer.every), len(p.a)-1)
	for i, from := 0, 0; i < len(ends); i++ {
		t := Tidely{From: p.at(from), Until: p.at(ends[i]), Whole: i > 0 && i+1 < len(ends)}
		t.Run, t.With = span(from, ends[i])
		w.Tides, from = append(w.Tides, t), ends[i]
	}
	return w
}

// over finds the stations that go over their limits otherwise in one run than in the other.
func (r *Runs) over(ctx context.Context, c *Comparison, pairs map[key]*pair, zone *time.Location, clearance access.Class) error {
	var stations []string
	for _, l := range c.Levels {
		if l.Kind == "station" {
			stations = append(stations, l.Thing)
		}
	}
	streams, err := collect[struct{ Thing, Code string }](ctx, r.db, compareLevelSQL, stations, string(clearance))
	if err != nil {
		return err
	}
	thresholds, err := twin.Thresholds(ctx, r.db, stations, clearance)
	if err != nil {
		return err
	}
	offsets, err := twin.DatumOffsets(ctx, r.db, stations)
	if err != nil {
		return err
	}
	e := newEvidence(nil, nil, thresholds, offsets, time.Time{})
	code := map[string]string{}
	for _, s := range streams {
		code[s.Thing] = s.Code
	}
	for _, l := range c.Levels {
		if l.Kind != "station" {
			continue
		}
		p, limits := pairs[key{l.Thing, "level"}], e.thresholds[code[l.Thing]]
		goes := func(of []float32) Over {
			o := Over{Status: LevelUnknown}
			for i, v := range of {
				value, at := float64(v), p.at(i)
				status := judge(twin.Value{Thing: l.Thing, Property: "level", Value: &value, Unit: "m", Datum: l.Datum, Time: at}, limits, offsets[l.Thing], at.In(zone), true)
				if status.Level.Severity() >= LevelWarning.Severity() && o.Since == nil {
					o.Since = &at
				}
				if status.Level.Severity() > o.Status.Severity() {
					o.Status = status.Level
				}
			}
			return o
		}
		one := OverBeside{Thing: l.Thing, GID: l.GID, Run: goes(p.a), With: goes(p.b)}
		switch over := one.Run.Since != nil || one.With.Since != nil; {
		case over && one.Run.Status != one.With.Status:
			c.Over = append(c.Over, one)
		case one.Run.Status == LevelNoThreshold:
			c.Unsaid = append(c.Unsaid, l.Thing)
		}
	}
	return nil
}
