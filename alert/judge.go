package alert

import (
	"context"
	"slices"
	"time"

	"basin/access"
	"basin/twin"
)

// Forecasts tells what is forecast. Whoever forecasts fulfils it.
type Forecasts interface {
	// Ahead is the newest forecast of a property of a thing from now until a time; one without values where there is none, or where it is too old to
	// be trusted.
	Ahead(ctx context.Context, thing, property string, until time.Time) (Forecast, error)
}

// Forecast is a forecast series.
type Forecast struct {
	Run    string       // which run it is of
	Datum  string       // of its values, for levels
	Unit   string       // of its values
	Class  access.Class // of the highest of what went in
	Values []Predicted  // by time
}

// Predicted is a forecast value with its spread.
type Predicted struct {
	Time             time.Time
	Value, Low, High float64
}

// subject is what rules look at in one thing.
type subject struct {
	thing      string
	values     []twin.Value
	thresholds []twin.ThresholdView
	offsets    []twin.DatumOffset
	now        time.Time // in the region's zone
	tidal      bool
	tides      map[string]tide // what a tidal level did by the prediction alone, by datastream
	forecast   Forecast
	open       bool // whether the rule has a warning about the thing: only then it matters whether it is calm
	windows    *windows
}

// tide is how far a predicted level rose over the time over which a rate is judged.
type tide struct{ rise float64 }

// verdict is what a rule says of one thing.
type verdict struct {
	step     *Step // the worst that is reached; nil for none
	evidence Evidence
	class    access.Class
	calm     bool // whether a warning that is open may be cleared: everything is behind the lowest limit, for long enough, by readings that can be trusted
	unable   *Unable
}

// faulty are the flags of readings that tell nothing.
const faulty = twin.FlagRange | twin.FlagRate | twin.FlagStuck

// judge says what the rule makes of a thing.
func (r Rule) judge(s *subject) verdict {
	if r.AheadH > 0 {
		return r.ahead(s)
	}
	out, judged := verdict{calm: true}, false
	for _, v := range s.values {
		if v.Value == nil || r.Property != "" && v.Property != r.Property || r.Role != "" && v.Role != r.Role {
			continue
		}
		var ok bool
		switch r.Kind {
		case Data:
			ok = r.data(s, v, &out)
		case Rise:
			ok = r.rise(s, v, &out)
		default:
			ok = r.observed(s, v, &out)
		}
		judged = judged || ok
	}
	out.calm = out.calm && judged && out.step == nil
	return out
}

// reach takes note of a step that is reached.
func (v *verdict) reach(step Step, e Evidence) {
	if v.step == nil || step.Severity.rank() > v.step.Severity.rank() {
		v.step, v.evidence = &step, e
	}
}

// cannot takes note of what cannot be judged: a warning is neither raised by it nor cleared.
func (v *verdict) cannot(thing, code, datastream string) {
	v.unable = &Unable{Thing: thing, Code: code, Datastream: datastream}
}

// suspect says whether a reading tells nothing: it is flagged, and no person has entered it.
func suspect(v twin.Value) bool { return v.Flags&faulty != 0 && v.Flags&twin.FlagOperator == 0 }

// trusted says whether a reading tells anything now.
func trusted(v twin.Value) (code string, ok bool) {
	switch {
	case suspect(v):
		return "faulty", false
	case v.Stale:
		return "stale", false
	}
	return "", true
}

// seen is the evidence of a reading.
func seen(v twin.Value) Evidence {
	at := v.Time
	return Evidence{From: "observed", Datastream: v.Datastream, Property: v.Property, Unit: v.Unit, Datum: v.Datum, Value: v.Value, Time: &at}
}

// data judges whether a series is alive. It can always be told.
func (r Rule) data(s *subject, v twin.Value, out *verdict) bool {
	e := seen(v)
	switch {
	case v.Stale:
		e.Data = "stale"
	case suspect(v):
		e.Data = "faulty"
	}
	age := s.now.Sub(v.Time).Hours()
	for _, step := range r.Steps {
		if step.Value == nil && e.Data != "" || step.Value != nil && age >= *step.Value {
			if e.Data == "" {
				e.Data = "stale"
			}
			out.reach(step, e)
		}
	}
	if e.Data != "" || s.open && r.ReleaseS > 0 && s.windows.get(v.Datastream, r.ReleaseS).flagged > 0 {
		out.calm = false
	}
	return true
}

// rise judges how fast a level rises: at tidal stations without what the tide does by itself.
func (r Rule) rise(s *subject, v twin.Value, out *verdict) bool {
	if code, ok := trusted(v); !ok {
		out.calm = false
		out.cannot(s.thing, code, v.Datastream)
		return false
	}
	hours := v.Time.Sub(v.EarlierAt).Hours()
	if v.Earlier == nil || hours <= 0 {
		return false // one reading alone has no rate
	}
	rose := *v.Value - *v.Earlier
	e := seen(v)
	if s.tidal {
		t, ok := s.tides[v.Datastream]
		if !ok {
			out.calm = false
			out.cannot(s.thing, "no-prediction", v.Datastream)
			return false
		}
		rose -= t.rise
		e.Residual = true
	}
	rate := rose / hours
	e.RatePerH = &rate
	lowest := *r.Steps[0].Value
	for _, step := range r.Steps {
		lowest = min(lowest, *step.Value)
		if rate >= *step.Value {
			e.Limit = step.Value
			out.reach(step, e)
		}
	}
	out.calm = out.calm && rate < lowest-r.Hysteresis
	return true
}

// limit is a step in the datum of what is compared with it.
type limit struct {
	Step
	at       float64
	stated   *float64 // above its own datum, where that is another
	statedIn string
}

// limits are the steps of the rule for values above a datum. Only thresholds of the datastream count, for forecasts those of any; code says why some or all are missing.
func (r Rule) limits(s *subject, datastream, datum string) (found []limit, code string) {
	code = "no-threshold"
	add := func(step Step, value float64, from string) {
		at, ok := twin.InDatum(value, from, datum, s.offsets, s.now)
		if !ok {
			code = "datum-offset-missing"
			return
		}
		l := limit{Step: step, at: at}
		if from != datum {
			l.stated, l.statedIn = &value, from
		}
		found = append(found, l)
	}
	for _, step := range r.Steps {
		if step.Value != nil {
			add(step, *step.Value, step.Datum)
			continue
		}
		for _, h := range s.thresholds {
			if h.Type == step.Threshold && (datastream == "" || h.Datastream == datastream) && h.InForce(s.now) {
				add(step, h.Value, h.Datum)
			}
		}
	}
	if len(found) > 0 && code == "no-threshold" {
		code = ""
	}
	return found, code
}

// beyond says whether a value reaches a limit, and back whether it is behind the lowest of all by the hysteresis.
func (r Rule) beyond(x, at float64) bool {
	if r.Kind == Below {
		return x <= at
	}
	return x >= at
}

func (r Rule) back(x float64, limits []limit) bool {
	return !slices.ContainsFunc(limits, func(l limit) bool {
		if r.Kind == Below {
			return x <= l.at+r.Hysteresis
		}
		return x >= l.at-r.Hysteresis
	})
}

// observed judges a reading, and those before it as far back as the limit must hold.
func (r Rule) observed(s *subject, v twin.Value, out *verdict) bool {
	limits, code := r.limits(s, v.Datastream, v.Datum)
	if code != "" {
		out.cannot(s.thing, code, v.Datastream)
	}
	if len(limits) == 0 {
		return false
	}
	if code, ok := trusted(v); !ok {
		out.calm = false
		out.cannot(s.thing, code, v.Datastream)
		return false
	}
	for _, l := range limits {
		if !r.beyond(*v.Value, l.at) {
			continue
		}
		e := seen(v)
		if r.HoldS > 0 {
			w := s.windows.get(v.Datastream, r.HoldS)
			if !w.full || !r.beyond(w.low, l.at) || !r.beyond(w.high, l.at) {
				continue
			}
			since := s.now.Add(-time.Duration(r.HoldS) * time.Second).UTC()
			e.HeldSince = &since
		}
		out.reach(l.Step, l.evidence(e))
	}
	switch {
	case !r.back(*v.Value, limits):
		out.calm = false
	case s.open && r.ReleaseS > 0:
		w := s.windows.get(v.Datastream, r.ReleaseS)
		out.calm = out.calm && w.full && r.back(w.low, limits) && r.back(w.high, limits)
	}
	return true
}

// evidence adds the limit to the evidence.
func (l limit) evidence(e Evidence) Evidence {
	e.Threshold, e.Limit, e.Stated, e.StatedIn = l.Threshold, &l.at, l.stated, l.statedIn
	return e
}

// ahead judges a forecast.
func (r Rule) ahead(s *subject) verdict {
	out := verdict{class: s.forecast.Class}
	limits, code := r.limits(s, "", s.forecast.Datum)
	values := s.forecast.Values
	switch {
	case len(values) == 0 && code != "no-threshold":
		out.cannot(s.thing, "no-forecast", "")
	case code != "":
		out.cannot(s.thing, code, "")
	}
	if len(limits) == 0 || len(values) == 0 {
		return out
	}
	out.calm = true
	for _, l := range limits {
		if at := r.first(values, l.at); at >= 0 {
			p := values[at]
			peak := values[furthest(values, r.Kind)]
			out.reach(l.Step, l.evidence(Evidence{From: "forecast", Run: s.forecast.Run, Property: r.Property, Unit: s.forecast.Unit, Datum: s.forecast.Datum,
				Value: &p.Value, Time: &p.Time, Low: &p.Low, High: &p.High, Peak: &peak.Value, PeakTime: &peak.Time}))
		}
	}
	for _, p := range values {
		out.calm = out.calm && r.back(p.Value, limits)
	}
	return out
}

// first is the place of the first value that reaches a limit and stays there for as long as the rule asks; -1 for none.
func (r Rule) first(values []Predicted, at float64) int {
	start := -1
	for i, p := range values {
		switch {
		case !r.beyond(p.Value, at):
			start = -1
		case start < 0:
			start = i
		}
		if start >= 0 && p.Time.Sub(values[start].Time) >= time.Duration(r.HoldS)*time.Second {
			return start
		}
	}
	return -1
}

// furthest is the place of the greatest value, or of the least in rules of what is below.
func furthest(values []Predicted, kind string) int {
	best := 0
	for i, p := range values {
		if kind == Below && p.Value < values[best].Value || kind != Below && p.Value > values[best].Value {
			best = i
		}
	}
	return best
}
