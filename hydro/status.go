package hydro

import (
	"cmp"
	"slices"
	"time"

	"basin/twin"
)

// Level is the first part of a status: where the water stands.
type Level string

// The levels, the least telling first; the worst of several is the last of them in this order.
const (
	LevelUnknown     Level = "unknown"      // no reading
	LevelNoThreshold Level = "no_threshold" // a reading, but nothing to judge it by
	LevelNormal      Level = "normal"
	LevelLow         Level = "low"        // at or below a limit on the low side
	LevelRising      Level = "rising"     // below warning, and rising fast
	LevelWarning     Level = "warning"    // at or above the warning level (警戒), or another upper limit
	LevelGuaranteed  Level = "guaranteed" // at or above the guaranteed level (保证)
	LevelRecord      Level = "record"     // at or above the highest on record
)

// levels is the order of severity.
var levels = []Level{LevelUnknown, LevelNoThreshold, LevelNormal, LevelLow, LevelRising, LevelWarning, LevelGuaranteed, LevelRecord}

// Severity is the place of l in the order of severity.
func (l Level) Severity() int { return slices.Index(levels, l) }

// Data is the second part of a status: how far the readings behind it may be trusted.
type Data string

// The states of data.
const (
	DataFresh  Data = "fresh"
	DataStale  Data = "stale"  // the last reading is older than it should be; the level stands as it was last seen
	DataFaulty Data = "faulty" // the last reading is flagged as implausible
)

// Status is the state of a station, work, reach or river, in two independent parts, with the reasons.
type Status struct {
	Level   Level      `json:"level"`
	Data    Data       `json:"data"`
	Since   *time.Time `json:"since,omitempty"` // when this level began, as far as readings tell; only in answers about one thing
	Because []Reason   `json:"because"`
}

// Reason is a piece of evidence behind a status. Code is stable: above, below, rising, within, no-threshold, no-reading, stale, faulty,
// datum-offset-missing.
type Reason struct {
	Code       string     `json:"code"`
	Thing      string     `json:"thing,omitempty"`
	Datastream string     `json:"datastream,omitempty"`
	Value      *float64   `json:"value,omitempty"`
	Unit       string     `json:"unit,omitempty"`
	Datum      string     `json:"datum,omitempty"`
	Time       *time.Time `json:"time,omitempty"`
	Threshold  string     `json:"threshold,omitempty"` // type of the threshold that was compared
	Limit      *float64   `json:"limit,omitempty"`     // its value, in the datum of the reading
	RatePerH   *float64   `json:"rate_per_h,omitempty"`
}

// risingPerHour is the rise from which an inland level counts as rising: 0.1 m per hour. It is a default of basin's own; a
// region may have a better one once rules are kept per station.
const risingPerHour = 0.1

// upper maps the types of upper thresholds to the level that reaching them means.
var upper = map[string]Level{
	"record": LevelRecord, "guaranteed": LevelGuaranteed, "warning": LevelWarning,
	"flood-season": LevelWarning, "control-high": LevelWarning, "chloride": LevelWarning,
}

// lower lists the types of lower thresholds; at or below one of them the level is low.
var lower = []string{"control-low", "drought", "navigable-low", "record-low"}

// judge derives the status of one value. Thresholds are those of its datastream that are in force; offsets those of its thing. At a tidal
// station an ordinary flood tide is never rising: its rate would have to be judged on the residual, which needs a predicted tide.
func judge(v twin.Value, thresholds []twin.ThresholdView, offsets []twin.DatumOffset, day time.Time, tidal bool) Status {
	base := Reason{Thing: v.Thing, Datastream: v.Datastream, Value: v.Value, Unit: v.Unit, Datum: v.Datum}
	if v.Value == nil {
		base.Code = "no-reading"
		return Status{Level: LevelUnknown, Data: DataStale, Because: []Reason{base}}
	}
	base.Time = &v.Time
	s := Status{Level: LevelNoThreshold, Data: DataFresh}
	known := false // whether the upper side can be judged at all
	for _, h := range thresholds {
		if !h.InForce(day) {
			continue
		}
		limit, ok := twin.InDatum(h.Value, h.Datum, v.Datum, offsets, day)
		if !ok {
			r := base
			r.Code, r.Threshold = "datum-offset-missing", h.Type
			s.Because = append(s.Because, r)
			continue
		}
		if level, isUpper := upper[h.Type]; isUpper {
			known = known || h.Type != "record"
			if *v.Value >= limit {
				s.raise(level, reached(base, "above", h.Type, limit))
			}
		} else if slices.Contains(lower, h.Type) && *v.Value <= limit {
			s.raise(LevelLow, reached(base, "below", h.Type, limit))
		}
	}
	if rate, ok := rise(v); ok && !tidal && v.Property == "level" && rate >= risingPerHour {
		r := base
		r.Code, r.RatePerH = "rising", &rate
		s.raise(LevelRising, r)
	}
	if s.Level == LevelNoThreshold {
		base.Code = "no-threshold"
		if known {
			s.Level, base.Code = LevelNormal, "within"
		}
		s.Because = append(s.Because, base)
	}
	s.Data = data(v)
	if s.Data != DataFresh {
		base.Code = string(s.Data)
		s.Because = append(s.Because, base)
	}
	return s
}

// raise lifts the level when the new one is worse, its reason then leading.
func (s *Status) raise(level Level, because Reason) {
	if level.Severity() > s.Level.Severity() {
		s.Level = level
		s.Because = slices.Insert(s.Because, 0, because)
		return
	}
	s.Because = append(s.Because, because)
}

// reached is the evidence that a limit was reached.
func reached(base Reason, code, threshold string, limit float64) Reason {
	base.Code, base.Threshold, base.Limit = code, threshold, &limit
	return base
}

// rise is the change per hour over the last hours, where there are two readings to tell it.
func rise(v twin.Value) (float64, bool) {
	if v.Earlier == nil || v.Value == nil {
		return 0, false
	}
	hours := v.Time.Sub(v.EarlierAt).Hours()
	return (*v.Value - *v.Earlier) / hours, hours > 0
}

// data judges the reading itself.
func data(v twin.Value) Data {
	switch {
	case v.Flags&(twin.FlagRange|twin.FlagRate|twin.FlagStuck) != 0:
		return DataFaulty
	case v.Stale:
		return DataStale
	}
	return DataFresh
}

// worst derives the status of a thing from those of its parts: the worst level, with the best data among the parts that stand at it. A thing
// without parts is unknown.
func worst(parts []Status) Status {
	if len(parts) == 0 {
		return Status{Level: LevelUnknown, Data: DataStale, Because: []Reason{{Code: "no-reading"}}}
	}
	top := slices.MaxFunc(parts, func(a, b Status) int { return cmp.Compare(a.Level.Severity(), b.Level.Severity()) }).Level
	out := Status{Level: top, Data: DataStale, Because: []Reason{}}
	rank := []Data{DataFaulty, DataStale, DataFresh}
	best := -1
	for _, p := range parts {
		if p.Level != top {
			continue
		}
		best = max(best, slices.Index(rank, p.Data))
		out.Because = append(out.Because, p.Because...)
	}
	out.Data = rank[best]
	return out
}
