package hydro

import (
	"slices"
	"strings"
	"testing"
	"time"

	"basin/twin"
)

// shanghai is the zone whose days count.
var shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

// at is an instant of the tests' year, in that zone.
func at(month time.Month, day, hour int) time.Time {
	return time.Date(2026, month, day, hour, 0, 0, 0, shanghai)
}

func date(month time.Month, day int) *time.Time {
	t := time.Date(2026, month, day, 0, 0, 0, 0, time.UTC)
	return &t
}

// level is a fresh reading of a level.
func level(v float64, datum string) twin.Value {
	return twin.Value{Datastream: "S.level", Thing: "station:S", Property: "level", Unit: "m", Value: &v, Datum: datum, Time: at(7, 1, 12)}
}

func limit(kind string, v float64, datum string) twin.ThresholdView {
	return twin.ThresholdView{Datastream: "S.level", Thing: "station:S", Type: kind, Value: v, Datum: datum}
}

func season(h twin.ThresholdView, from, to int) twin.ThresholdView {
	h.SeasonFrom, h.SeasonTo = &from, &to
	return h
}

func valid(h twin.ThresholdView, from, to *time.Time) twin.ThresholdView {
	h.ValidFrom, h.ValidTo = from, to
	return h
}

// rose is a reading whose value an hour ago is known.
func rose(v, before float64) twin.Value {
	out := level(v, "wusong")
	out.Earlier, out.EarlierAt = &before, out.Time.Add(-time.Hour)
	return out
}

func flagged(v twin.Value, f twin.Flag, stale bool) twin.Value {
	v.Flags, v.Stale = f, stale
	return v
}

func TestJudge(t *testing.T) {
	warning, guaranteed, record := limit("warning", 3, "wusong"), limit("guaranteed", 4, "wusong"), limit("record", 5, "wusong")
	low, recordLow := limit("control-low", 1, "wusong"), limit("record-low", 0.5, "wusong")
	upper := []twin.ThresholdView{warning, guaranteed, record, low, recordLow}
	none := twin.Value{Datastream: "S.level", Thing: "station:S", Property: "level"}
	discharge := level(30, "")
	discharge.Property = "discharge"
	to1985 := twin.DatumOffset{From: "wusong", To: "1985-national", OffsetM: -1.9}
	fromWusong := []twin.ThresholdView{warning}
	for _, c := range []struct {
		name       string
		value      twin.Value
		thresholds []twin.ThresholdView
		offsets    []twin.DatumOffset
		day        time.Time
		tidal      bool
		level      Level
		data       Data
		because    string // codes, the leading one first
	}{
		{name: "nothing observed", value: none, thresholds: upper, level: LevelUnknown, data: DataStale, because: "no-reading"},
		{name: "no threshold", value: level(2, "wusong"), level: LevelNoThreshold, data: DataFresh, because: "no-threshold"},
		{name: "only a record", value: level(2, "wusong"), thresholds: []twin.ThresholdView{record}, level: LevelNoThreshold, data: DataFresh, because: "no-threshold"},
		{name: "only a lower limit, above it", value: level(2, "wusong"), thresholds: []twin.ThresholdView{low}, level: LevelNoThreshold, data: DataFresh, because: "no-threshold"},
		{name: "normal", value: level(2.9999, "wusong"), thresholds: upper, level: LevelNormal, data: DataFresh, because: "within"},
		{name: "at the warning level", value: level(3, "wusong"), thresholds: upper, level: LevelWarning, data: DataFresh, because: "above"},
		{name: "guaranteed", value: level(4.5, "wusong"), thresholds: upper, level: LevelGuaranteed, data: DataFresh, because: "above+above"},
		{name: "record, whatever the order", value: level(5, "wusong"), thresholds: []twin.ThresholdView{record, warning, guaranteed}, level: LevelRecord, data: DataFresh,
			because: "above+above+above"},
		{name: "low", value: level(1, "wusong"), thresholds: upper, level: LevelLow, data: DataFresh, because: "below"},
		{name: "lowest on record", value: level(0.5, "wusong"), thresholds: upper, level: LevelLow, data: DataFresh, because: "below+below"},
		{name: "rising", value: rose(2.2, 2.1), thresholds: upper, level: LevelRising, data: DataFresh, because: "rising"},
		{name: "rising slowly", value: rose(2.19, 2.1), thresholds: upper, level: LevelNormal, data: DataFresh, because: "within"},
		{name: "falling", value: rose(2, 2.9), thresholds: upper, level: LevelNormal, data: DataFresh, because: "within"},
		{name: "rising without a threshold", value: rose(2.5, 2.1), level: LevelRising, data: DataFresh, because: "rising"},
		{name: "rising above warning", value: rose(3.5, 3), thresholds: upper, level: LevelWarning, data: DataFresh, because: "above+rising"},
		{name: "a tide is never rising", value: rose(2.9, 1), thresholds: upper, tidal: true, level: LevelNormal, data: DataFresh, because: "within"},
		{name: "a tide warns", value: rose(3.1, 1), thresholds: upper, tidal: true, level: LevelWarning, data: DataFresh, because: "above"},
		{name: "a discharge is never rising", value: func() twin.Value { v := rose(9, 1); v.Property, v.Datum = "discharge", ""; return v }(),
			level: LevelNoThreshold, data: DataFresh, because: "no-threshold"},
		{name: "stale keeps its level", value: flagged(level(4.2, "wusong"), 0, true), thresholds: upper, level: LevelGuaranteed, data: DataStale, because: "above+above+stale"},
		{name: "stale and normal", value: flagged(level(2, "wusong"), 0, true), thresholds: upper, level: LevelNormal, data: DataStale, because: "within+stale"},
		{name: "faulty wins over stale", value: flagged(level(9, "wusong"), twin.FlagRange, true), thresholds: fromWusong, level: LevelWarning, data: DataFaulty, because: "above+faulty"},
		{name: "faulty by rate", value: flagged(level(2, "wusong"), twin.FlagRate, false), thresholds: fromWusong, level: LevelNormal, data: DataFaulty, because: "within+faulty"},
		{name: "faulty when stuck", value: flagged(level(2, "wusong"), twin.FlagStuck, false), thresholds: fromWusong, level: LevelNormal, data: DataFaulty, because: "within+faulty"},
		{name: "late, after a gap, by a person: trusted", value: flagged(level(2, "wusong"), twin.FlagLate|twin.FlagGap|twin.FlagOperator|twin.FlagFuture, false),
			thresholds: fromWusong, level: LevelNormal, data: DataFresh, because: "within"},

		{name: "another datum", value: level(9, "1985-national"), thresholds: fromWusong, level: LevelNoThreshold, data: DataFresh, because: "datum-offset-missing+no-threshold"},
		{name: "a datum that nobody knows", value: level(9, "unknown"), thresholds: fromWusong, level: LevelNoThreshold, data: DataFresh, because: "datum-offset-missing+no-threshold"},
		{name: "a threshold above nobody knows what", value: level(9, "wusong"), thresholds: []twin.ThresholdView{limit("warning", 3, "unknown")},
			level: LevelNoThreshold, data: DataFresh, because: "datum-offset-missing+no-threshold"},
		{name: "both of the station's own zero", value: level(3.1, "unknown"), thresholds: []twin.ThresholdView{limit("warning", 3, "unknown")},
			level: LevelWarning, data: DataFresh, because: "above"},
		{name: "one that can be judged, one that cannot", value: level(3.1, "wusong"), thresholds: []twin.ThresholdView{limit("guaranteed", 2, "1985-national"), warning},
			level: LevelWarning, data: DataFresh, because: "above+datum-offset-missing"},
		{name: "offset from the threshold's to the reading's", value: level(1.1, "1985-national"), thresholds: fromWusong, offsets: []twin.DatumOffset{to1985},
			level: LevelWarning, data: DataFresh, because: "above"}, // 3 - 1.9 = 1.1
		{name: "exactly at the limit", value: level(2.5, "1985-national"), thresholds: []twin.ThresholdView{limit("warning", 4.4, "wusong")},
			offsets: []twin.DatumOffset{to1985}, level: LevelWarning, data: DataFresh, because: "above"}, // 4.4 - 1.9 is a little above 2.5 in binary
		{name: "the same, below", value: level(1.0999, "1985-national"), thresholds: fromWusong, offsets: []twin.DatumOffset{to1985}, level: LevelNormal, data: DataFresh, because: "within"},
		{name: "offset from the reading's to the threshold's", value: level(3.1, "wusong"), thresholds: []twin.ThresholdView{limit("warning", 1.2, "1985-national")},
			offsets: []twin.DatumOffset{to1985}, level: LevelWarning, data: DataFresh, because: "above"}, // 1.2 + 1.9 = 3.1
		{name: "the same, below", value: level(3.0999, "wusong"), thresholds: []twin.ThresholdView{limit("warning", 1.2, "1985-national")},
			offsets: []twin.DatumOffset{to1985}, level: LevelNormal, data: DataFresh, because: "within"},
		{name: "an offset of other datums", value: level(9, "unknown"), thresholds: fromWusong, offsets: []twin.DatumOffset{to1985},
			level: LevelNoThreshold, data: DataFresh, because: "datum-offset-missing+no-threshold"},
		{name: "an offset that ended the day before", value: level(9, "1985-national"), thresholds: fromWusong, day: at(7, 2, 0),
			offsets: []twin.DatumOffset{{From: "wusong", To: "1985-national", OffsetM: -1.9, ValidTo: date(7, 2)}},
			level:   LevelNoThreshold, data: DataFresh, because: "datum-offset-missing+no-threshold"},
		{name: "an offset on its last evening", value: level(9, "1985-national"), thresholds: fromWusong, day: at(7, 1, 23),
			offsets: []twin.DatumOffset{{From: "wusong", To: "1985-national", OffsetM: -1.9, ValidTo: date(7, 2)}}, level: LevelWarning, data: DataFresh, because: "above"},
		{name: "an offset in its first hour", value: level(9, "1985-national"), thresholds: fromWusong, day: at(7, 1, 0),
			offsets: []twin.DatumOffset{{From: "wusong", To: "1985-national", OffsetM: -1.9, ValidFrom: date(7, 1)}}, level: LevelWarning, data: DataFresh, because: "above"},
		{name: "an offset the evening before it holds", value: level(9, "1985-national"), thresholds: fromWusong, day: at(6, 30, 23),
			offsets: []twin.DatumOffset{{From: "wusong", To: "1985-national", OffsetM: -1.9, ValidFrom: date(7, 1)}},
			level:   LevelNoThreshold, data: DataFresh, because: "datum-offset-missing+no-threshold"},
		{name: "the offset of the day among several", value: level(1.3, "1985-national"), thresholds: fromWusong, day: at(7, 1, 12), offsets: []twin.DatumOffset{
			{From: "wusong", To: "1985-national", OffsetM: -1.9, ValidTo: date(7, 1)}, {From: "wusong", To: "1985-national", OffsetM: -1.5, ValidFrom: date(7, 1)}},
			level: LevelNormal, data: DataFresh, because: "within"},

		{name: "season, on its first day", value: level(3.1, "wusong"), thresholds: []twin.ThresholdView{season(limit("flood-season", 2.8, "wusong"), 501, 930)},
			day: at(5, 1, 0), level: LevelWarning, data: DataFresh, because: "above"},
		{name: "season, on its last evening", value: level(3.1, "wusong"), thresholds: []twin.ThresholdView{season(limit("flood-season", 2.8, "wusong"), 501, 930)},
			day: at(9, 30, 23), level: LevelWarning, data: DataFresh, because: "above"},
		{name: "season, over", value: level(3.1, "wusong"), thresholds: []twin.ThresholdView{season(limit("flood-season", 2.8, "wusong"), 501, 930)},
			day: at(10, 1, 0), level: LevelNoThreshold, data: DataFresh, because: "no-threshold"},
		{name: "season, not yet", value: level(3.1, "wusong"), thresholds: []twin.ThresholdView{season(limit("flood-season", 2.8, "wusong"), 501, 930), limit("warning", 4, "wusong")},
			day: at(4, 30, 23), level: LevelNormal, data: DataFresh, because: "within"},
		{name: "season over new year", value: level(0.9, "wusong"), thresholds: []twin.ThresholdView{season(low, 1101, 331)}, day: at(1, 15, 8),
			level: LevelLow, data: DataFresh, because: "below"},
		{name: "season over new year, in summer", value: level(0.9, "wusong"), thresholds: []twin.ThresholdView{season(low, 1101, 331)}, day: at(7, 1, 8),
			level: LevelNoThreshold, data: DataFresh, because: "no-threshold"},
		{name: "validity, first hour", value: level(3.1, "wusong"), thresholds: []twin.ThresholdView{valid(warning, date(7, 1), nil)}, day: at(7, 1, 0),
			level: LevelWarning, data: DataFresh, because: "above"},
		{name: "validity, the day it ends", value: level(3.1, "wusong"), thresholds: []twin.ThresholdView{valid(warning, nil, date(7, 1))}, day: at(7, 1, 0),
			level: LevelNoThreshold, data: DataFresh, because: "no-threshold"},
		{name: "a quantity without a datum", value: discharge, thresholds: []twin.ThresholdView{limit("warning", 30, "")}, level: LevelWarning, data: DataFresh, because: "above"},
		{name: "a type that means no level", value: level(9, "wusong"), thresholds: []twin.ThresholdView{limit("pump-start", 3, "wusong")},
			level: LevelNoThreshold, data: DataFresh, because: "no-threshold"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.day.IsZero() {
				c.day = at(7, 1, 12)
			}
			s := judge(c.value, c.thresholds, c.offsets, c.day, c.tidal)
			if s.Level != c.level || s.Data != c.data || codes(s) != c.because {
				t.Errorf("%s, %s because %s; want %s, %s because %s", s.Level, s.Data, codes(s), c.level, c.data, c.because)
			}
		})
	}
}

// codes are the codes of the reasons, in order.
func codes(s Status) string {
	var out []string
	for _, r := range s.Because {
		out = append(out, r.Code)
	}
	return strings.Join(out, "+")
}

// The evidence names the threshold and its value above the zero of the reading.
func TestJudgeEvidence(t *testing.T) {
	s := judge(level(1.2, "1985-national"), []twin.ThresholdView{limit("warning", 3, "wusong"), limit("guaranteed", 3.05, "wusong")},
		[]twin.DatumOffset{{From: "wusong", To: "1985-national", OffsetM: -1.9}}, at(7, 1, 12), false)
	r := s.Because[0]
	if r.Threshold != "guaranteed" || r.Limit == nil || *r.Limit < 1.1499 || *r.Limit > 1.1501 || r.Datum != "1985-national" || *r.Value != 1.2 || r.Datastream != "S.level" {
		t.Errorf("%+v", r)
	}
	s = judge(rose(2.5, 2.2), nil, nil, at(7, 1, 12), false)
	if r := s.Because[0]; r.RatePerH == nil || *r.RatePerH < 0.2999 || *r.RatePerH > 0.3001 {
		t.Errorf("%+v", r)
	}
}

func TestWorst(t *testing.T) {
	part := func(l Level, d Data, code string) Status {
		return Status{Level: l, Data: d, Because: []Reason{{Code: code}}}
	}
	for _, c := range []struct {
		name    string
		parts   []Status
		level   Level
		data    Data
		because string
	}{
		{"no parts", nil, LevelUnknown, DataStale, "no-reading"},
		{"one", []Status{part(LevelNormal, DataFresh, "within")}, LevelNormal, DataFresh, "within"},
		{"the worst", []Status{part(LevelNormal, DataFresh, "a"), part(LevelGuaranteed, DataStale, "b"), part(LevelWarning, DataFresh, "c")}, LevelGuaranteed, DataStale, "b"},
		{"the best data at the worst level", []Status{part(LevelWarning, DataFaulty, "a"), part(LevelWarning, DataFresh, "b"), part(LevelWarning, DataStale, "c")},
			LevelWarning, DataFresh, "a b c"},
		{"a better level does not mend the data", []Status{part(LevelNormal, DataFresh, "a"), part(LevelWarning, DataFaulty, "b")}, LevelWarning, DataFaulty, "b"},
		{"unknown says least", []Status{part(LevelUnknown, DataStale, "a"), part(LevelNoThreshold, DataFresh, "b")}, LevelNoThreshold, DataFresh, "b"},
		{"low is worse than normal, rising worse than low", []Status{part(LevelRising, DataFresh, "a"), part(LevelLow, DataFresh, "b"), part(LevelNormal, DataFresh, "c")},
			LevelRising, DataFresh, "a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, parts := range [][]Status{c.parts, reversed(c.parts)} {
				s := worst(parts)
				got := strings.Split(codes(s), "+")
				slices.Sort(got)
				if s.Level != c.level || s.Data != c.data || strings.Join(got, " ") != c.because {
					t.Errorf("%s, %s because %v; want %s, %s because %s", s.Level, s.Data, got, c.level, c.data, c.because)
				}
			}
		})
	}
}

func reversed(parts []Status) []Status {
	out := slices.Clone(parts)
	slices.Reverse(out)
	return out
}
