package alert_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"basin/access"
	"basin/alert"
)

// TestRate: inland the rise of the level counts, at tidal stations that of its residual; without a prediction the rule says that it cannot judge.
func TestRate(t *testing.T) {
	b := newBench(t)
	b.play(1, 1, 1, 1, 1, 1, 1.2)
	b.want("level-rise", "")
	b.play(1.4)
	b.want("level-rise", "raised blue")
	b.play(1.6)
	b.want("level-rise", "raised blue, escalated yellow")
	b.play(1.6, 1.6, 1.6, 1.6, 1.6, 1.6)
	b.want("level-rise", "raised blue, escalated yellow, cleared yellow")

	flood := func() {
		b.send("S2.level", 0)
		b.now = b.now.Add(time.Hour)
		b.send("S2.level", 1)
		b.look()
	}
	flood()
	b.want("level-rise", "raised blue, escalated yellow, cleared yellow")
	if got := b.unable("level-rise"); !strings.Contains(got, "station:S2 no-prediction S2.level") {
		t.Error(got)
	}
	surge := 0.0
	b.cfg.Tide = func(_ context.Context, thing, datum string, at ...time.Time) ([]float64, bool, error) {
		if thing != "station:S2" || datum != "1985-national" {
			t.Error(thing, datum)
		}
		return []float64{0, at[1].Sub(at[0]).Hours() - surge}, true, nil
	}
	b.look()
	b.want("level-rise", "raised blue, escalated yellow, cleared yellow") // an ordinary flood tide
	if got := b.unable("level-rise"); strings.Contains(got, "S2") {
		t.Error(got)
	}
	surge = 0.4
	b.look()
	b.want("level-rise", "raised blue, escalated yellow, cleared yellow, raised blue")
	a := b.alerts(access.Restricted, alert.Which{Thing: "station:S2"})[0]
	if !a.Evidence.Residual || !strings.Contains(a.Words.En, "its residual rising 0.40 m per hour") || a.Class != "restricted" {
		t.Errorf("%+v", a)
	}
	if seen := b.alerts(access.Internal, alert.Which{Thing: "station:S2"}); len(seen) > 0 {
		t.Errorf("told to who may not know: %+v", seen)
	}
	if _, err := alert.Get(t.Context(), b.db, a.ID, time.UTC, access.Internal); err == nil {
		t.Error("told to who may not know")
	}
}

// forecast is a forecast as the test sets it.
type forecast alert.Forecast

func (f *forecast) Ahead(_ context.Context, thing, property string, until time.Time) (alert.Forecast, error) {
	if thing != "station:S1" || property != "level" {
		return alert.Forecast{}, nil
	}
	if f.Run == "" {
		return alert.Forecast{}, errors.New("the run was lost")
	}
	out := alert.Forecast(*f)
	out.Values = slices.DeleteFunc(slices.Clone(out.Values), func(p alert.Predicted) bool { return p.Time.After(until) })
	return out, nil
}

// TestAhead: a forecast warns before the water comes, within the hours of the rule, and says by which run.
func TestAhead(t *testing.T) {
	b := newBench(t)
	b.play(2)
	if got := b.unable("level-ahead"); !strings.Contains(got, "station:S1 no-forecast") {
		t.Error(got)
	}
	f := &forecast{Run: "7", Datum: "wusong", Unit: "m", Class: access.Internal}
	b.cfg.Forecasts = f
	predict := func(hours ...float64) {
		f.Values = nil
		for i, x := range hours {
			f.Values = append(f.Values, alert.Predicted{Time: b.now.Add(time.Duration(i+1) * 6 * time.Hour), Value: x, Low: x - 0.1, High: x + 0.2})
		}
	}
	predict(2, 2, 2, 2, 9)
	b.look()
	b.want("level-ahead", "") // too far ahead
	predict(2, 3.1, 3.2, 2)
	b.look()
	b.want("level-ahead", "raised blue")
	a := b.alerts(access.Internal, alert.Which{})[0]
	if e := a.Evidence; e.From != "forecast" || e.Run != "7" || *e.Value != 3.1 || *e.Peak != 3.2 || !e.Time.Equal(b.now.Add(12*time.Hour)) || *e.High != 3.3000000000000003 {
		t.Errorf("%+v", e)
	}
	if !strings.Contains(a.Words.En, "Water level 3.10 m above Wusong datum forecast for") || !strings.Contains(a.Words.En, "at most 3.20 m") {
		t.Error(a.Words.En)
	}
	if seen := b.alerts(access.Public, alert.Which{}); len(seen) > 0 {
		t.Errorf("what internal gauges foretell is told to the public: %+v", seen)
	}
	f.Values = nil
	b.look()
	b.want("level-ahead", "raised blue") // what is not known clears nothing
	predict(2, 3.6, 2, 2)
	b.look()
	b.want("level-ahead", "raised blue, escalated yellow")
	predict(2, 2.97, 2, 2)
	b.look()
	b.want("level-ahead", "raised blue, escalated yellow") // within the hysteresis
	predict(2, 2, 2, 2)
	b.look()
	b.want("level-ahead", "raised blue, escalated yellow, cleared yellow")
	f.Run = "" // it cannot be read
	b.play(3.2, 3.2)
	b.want("level-high", "raised yellow")
	if got := b.unable("level-ahead"); !strings.Contains(got, "station:S1 no-forecast") {
		t.Error(got)
	}
}
