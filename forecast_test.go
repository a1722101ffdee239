package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"basin/access"
	"basin/fault"
	"basin/hydro"
	"basin/postgis"
	"basin/postgis/postgistest"
	"basin/twin"
)

// water is the shipped region with a maker of forecasts, of few members for speed.
type water struct {
	testing.TB
	db   *postgis.DB
	f    *hydro.Forecasts
	runs *hydro.Runs
	now  time.Time
}

func newWater(t testing.TB) *water {
	t.Helper()
	db := postgistest.New(t)
	env := &Env{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard}
	if _, err := loadRegion(context.Background(), db, "regions/nantong", newReporter(env, true)); err != nil {
		t.Fatal(err)
	}
	return &water{TB: t, db: db, f: forecasting(db, 2), runs: hydro.NewRuns(db), now: time.Now().UTC().Truncate(time.Hour)}
}

func forecasting(db *postgis.DB, members int) *hydro.Forecasts {
	o := hydro.DefaultForecast()
	o.Members = members
	return hydro.NewForecasts(db, slog.New(slog.DiscardHandler), o, func(context.Context) (twin.Day, error) {
		return twin.Day{Start: 8 * time.Hour, Zone: time.FixedZone("", 8*3600)}, nil
	})
}

// make makes a forecast that must come to its end.
func (w *water) make(at time.Time) *hydro.Run {
	w.Helper()
	run, err := w.f.Make(w.Context(), at, "", "")
	if err != nil {
		w.Fatal(err)
	}
	if run.State != "done" {
		w.Fatalf("the forecast %s: %+v", run.State, run.Error)
	}
	return run
}

// series is that of a thing in a run.
func (w *water) series(run *hydro.Run, thing, quantity string) hydro.Series {
	w.Helper()
	all, err := w.runs.Series(w.Context(), run.ID, []string{thing}, quantity, access.Public)
	if err != nil || len(all) != 1 {
		w.Fatalf("%d series of %s: %v", len(all), thing, err)
	}
	return all[0]
}

// observe stores the hourly levels of a datastream until now.
func (w *water) observe(code string, days int, level func(at time.Time) float64) {
	w.Helper()
	ctx, stop := context.WithCancel(context.Background())
	writer, done := twin.NewWriter(w.db, slog.New(slog.DiscardHandler)), make(chan error)
	go func() { done <- writer.Run(ctx) }()
	var all []twin.Reading
	for at := w.now.AddDate(0, 0, -days); !at.After(w.now); at = at.Add(time.Hour) {
		all = append(all, twin.Reading{Datastream: code, Time: at, Value: twin.Decimal(strconv.FormatFloat(level(at), 'f', 4, 64))})
	}
	result, err := writer.Append(ctx, access.Principal{ID: "test", Name: "test", Role: access.Operator}, all)
	if err != nil || result.Accepted != len(all) {
		w.Fatalf("%d of %d readings: %v", result.Accepted, len(all), err)
	}
	stop()
	if err := <-done; err != nil {
		w.Fatal(err)
	}
}

func (w *water) exec(sql string, args ...any) {
	w.Helper()
	if _, err := w.db.Exec(w.Context(), sql, args...); err != nil {
		w.Fatal(err)
	}
}

func (w *water) count(sql string, args ...any) (n int) {
	w.Helper()
	if err := w.db.QueryRow(w.Context(), sql, args...).Scan(&n); err != nil {
		w.Fatal(err)
	}
	return n
}

// tideAt is a tide with its spring and neap, and a surge that comes within the last twelve hours.
func (w *water) tideAt(surge float64) func(time.Time) float64 {
	return func(at time.Time) float64 {
		h := at.Sub(w.now).Hours()
		wave := func(amplitude, speed, lag float64) float64 { return amplitude * math.Cos((speed*h-lag)*math.Pi/180) }
		return 3 + wave(1.2, 28.9841042, 40) + wave(0.4, 30, 60) + wave(0.2, 15.0410686, 10) + surge*math.Max(0, math.Min(1, (h+12)/12))
	}
}

func assumes(run *hydro.Run, code string) bool {
	for _, a := range run.Assumed {
		if a.Code == code && a.Text.Zh != "" && a.Text.En != "" {
			return true
		}
	}
	return false
}

// The region as it is shipped runs, tells what it assumes, and goes on from its own state.
func TestForecastOfShippedRegion(t *testing.T) {
	w := newWater(t)
	run := w.make(w.now)
	in := run.Inputs
	t.Logf("%+v; %+v", in, run.Balance)
	if in.Rejected > 10 || in.Iterations > 6*in.Steps || in.Members != 2 || in.Warm || len(run.Hash) != 64 {
		t.Errorf("%+v, hash %s", in, run.Hash)
	}
	if !(run.Balance.Error <= 1e-8) || run.Balance.Start <= 0 {
		t.Errorf("balance %+v", run.Balance)
	}
	for _, code := range []string{"synthetic", "tide-default", "tidal-gates", "rain-none", "rain-dry", "sills", "widths", "land"} {
		if !assumes(run, code) {
			t.Errorf("it does not tell of %s", code)
		}
	}
	for what, sql := range map[string]string{
		"stations with a level": `SELECT count(*) FROM twin.datastream d JOIN hydro.station s ON s.id = d.thing LEFT JOIN hydro.river r ON r.id = s.river
			WHERE d.property = 'level' AND NOT EXISTS (SELECT FROM hydro.run_series x WHERE x.thing = s.id)`,
		"reaches": `SELECT count(*) FROM hydro.reach e JOIN hydro.river r ON r.id = e.river WHERE r.boundary IS NULL
			AND NOT EXISTS (SELECT FROM hydro.run_series x WHERE x.thing = e.id)`,
		"works on a river": `SELECT count(*) FROM hydro.work k WHERE k.inner_node IS NOT NULL
			AND (SELECT count(*) FROM hydro.run_series x WHERE x.thing = k.id AND quantity IN ('discharge', 'opening')) <> 2`,
		"series of another length":    `SELECT count(*) FROM hydro.run_series WHERE cardinality("values") <> 193 OR cardinality(low) <> 193 OR cardinality(high) <> 193`,
		"values that are no numbers":  `SELECT count(*) FROM hydro.run_series, unnest("values") v WHERE v IN ('NaN', 'Infinity', '-Infinity')`,
		"spreads turned round":        `SELECT count(*) FROM hydro.run_series, unnest(low, high) AS x (l, h) WHERE l > h`,
		"levels without a datum":      `SELECT count(*) FROM hydro.run_series WHERE quantity = 'level' AND datum IS NULL`,
		"levels no river ever stands": `SELECT count(*) FROM hydro.run_series, unnest("values") v WHERE quantity = 'level' AND abs(v) > 6`,
	} {
		if n := w.count(sql); n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
	again := w.make(w.now)
	if again.Hash != run.Hash || !again.Inputs.Warm {
		t.Errorf("made again from its own state it ends otherwise: %s %s, %+v", run.Hash, again.Hash, again.Inputs)
	}
	if next := w.make(w.now.Add(10 * time.Minute)); !next.Inputs.Warm || !(next.Balance.Error <= 1e-8) {
		t.Errorf("ten minutes later: %+v %+v", next.Inputs, next.Balance)
	}
	if n := w.count("SELECT count(*) FROM hydro.run WHERE snapshot IS NOT NULL"); n != 1 {
		t.Errorf("%d states are kept", n)
	}
}

// A day of storm and tide: the forecast at the tidal station sees the next high waters, its warning comes before them, and the rain to come raises the rivers.
func TestForecastOfStorm(t *testing.T) {
	w := newWater(t)
	truth := w.tideAt(1.2)
	w.observe("60117200.level", 40, truth)
	calm := w.make(w.now)
	if !assumes(calm, "tide-analysed") || !assumes(calm, "surge") {
		t.Errorf("%+v", calm.Assumed)
	}
	s := w.series(calm, "station:60117200", "level")
	if s.Datum != "wusong" || s.Unit != "m" || !s.First.Equal(w.now) || s.IntervalS != 900 {
		t.Fatalf("%+v", s)
	}
	worst := 0.0
	for i, v := range s.Values[:6*4] { // the surge stays in truth, and fades in the forecast
		worst = math.Max(worst, math.Abs(float64(v)-truth(w.now.Add(time.Duration(i)*15*time.Minute))))
	}
	t.Logf("six hours ahead of the tide: off by %.3f m at most", worst)
	if worst > 0.6 {
		t.Errorf("the tide is off by %.2f m within six hours", worst)
	}
	high := time.Time{}
	for i, v := range s.Values {
		if v >= 5.2 {
			high = w.now.Add(time.Duration(i) * 15 * time.Minute)
			break
		}
	}
	if high.IsZero() || truth(high) < 5.0 {
		t.Fatalf("first above warning at %v", high)
	}
	states, err := w.runs.At(w.Context(), calm.ID, high, time.UTC, access.Public)
	if err != nil {
		t.Fatal(err)
	}
	for _, thing := range []string{"station:60117200", "river:NT-YZ"} {
		if states[thing].Status != hydro.LevelWarning || states[thing].GID == 0 {
			t.Errorf("%s at %v: %+v", thing, high, states[thing])
		}
	}
	ahead, err := w.runs.Ahead(w.Context(), "station:60117200", "level", w.now.Add(6*time.Hour))
	if n := len(ahead.Times); err != nil || n < 20 || n > 24 || len(ahead.Values) != n || len(ahead.Low) != n || len(ahead.High) != n || ahead.Times[0].Before(w.now) ||
		ahead.Datum != "wusong" || ahead.Unit != "m" || ahead.Class != access.Public || ahead.Run != strconv.FormatInt(calm.ID, 10) {
		t.Errorf("ahead: %+v %v", ahead, err)
	}

	mm := make([]float64, 12)
	for i := range mm {
		mm[i] = 12
	}
	if err := w.runs.PutRainfall(w.Context(), []hydro.Rainfall{{Issued: w.now.Add(-time.Hour), Source: "trial", First: w.now, IntervalS: 3600, MM: mm},
		{Issued: w.now.Add(-2 * time.Hour), Source: "trial", First: w.now, IntervalS: 3600, MM: make([]float64, 12)}}); err != nil {
		t.Fatal(err)
	}
	wet := w.make(w.now)
	if wet.Balance.Lateral < 1e8 || len(wet.Inputs.Rainfall) != 1 || !(wet.Balance.Error <= 1e-8) {
		t.Errorf("%+v %+v", wet.Balance, wet.Inputs)
	}
	peak := func(run *hydro.Run) (level, spread float64) {
		s := w.series(run, "reach:NT-TY-003", "level")
		for i, v := range s.Values {
			level, spread = math.Max(level, float64(v)), math.Max(spread, float64(s.High[i]-s.Low[i]))
		}
		return level, spread
	}
	dry, _ := peak(calm)
	rain, spread := peak(wet)
	t.Logf("an inland reach: %.2f m without rain, %.2f m with 144 mm, spread %.2f m", dry, rain, spread)
	if rain < dry+0.3 || spread < 0.05 {
		t.Errorf("an inland reach: %.2f m without rain, %.2f m with, spread %.2f m", dry, rain, spread)
	}
}

// A tide of which there is one day is predicted from that day, and told to be.
func TestForecastOfShortTide(t *testing.T) {
	w := newWater(t)
	truth := w.tideAt(0)
	w.observe("60117200.level", 2, truth)
	run := w.make(w.now)
	s, worst := w.series(run, "station:60117200", "level"), 0.0
	for i, v := range s.Values[:12*4] {
		worst = math.Max(worst, math.Abs(float64(v)-truth(w.now.Add(time.Duration(i)*15*time.Minute))))
	}
	t.Logf("twelve hours ahead: off by %.2f m at most", worst)
	if s.Datum != "wusong" || worst > 0.5 || !assumes(run, "tide-short") || assumes(run, "tide-default") {
		t.Errorf("above %s, off by %.2f m: %+v", s.Datum, worst, run.Assumed)
	}
}

// A gauge pulls the model towards what it sees, and that has a line of its own in the balance. One whose datum has no offset does not, but its forecast begins at its own level.
func TestForecastNudged(t *testing.T) {
	w := newWater(t)
	free := w.series(w.make(w.now), "station:NT-S07", "level")
	w.exec("UPDATE hydro.run SET snapshot = NULL")
	stood := func(time.Time) float64 { return float64(free.Values[0]) + 0.8 }
	w.observe("NT-S07.level", 2, stood)
	w.observe("NT-S10.level", 2, func(time.Time) float64 { return 9.5 })
	refused := w.make(w.now)
	if s := w.series(refused, "station:NT-S10", "level"); s.Datum != "unknown" || math.Abs(float64(s.Values[0])-9.5) > 1e-5 || !assumes(refused, "station-refused") || !assumes(refused, "anchored") {
		t.Errorf("a station of an unknown datum begins at %v above %s", s.Values[0], s.Datum)
	}
	if refused.Balance.Nudged != 0 || len(refused.Inputs.Gauges) != 0 {
		t.Errorf("levels above an unknown datum nudge: %+v", refused.Inputs)
	}
	w.exec(`INSERT INTO twin.datum_offset (thing, from_datum, to_datum, offset_m, source) VALUES ('station:NT-S07', 'unknown', '1985-national', -0.1, 'trial')`)
	w.exec("UPDATE hydro.run SET snapshot = NULL")
	run := w.make(w.now)
	pulled := w.series(run, "station:NT-S07", "level")
	if got := float64(pulled.Values[0]); math.Abs(got-stood(w.now)) > 0.25 || pulled.Datum != "unknown" {
		t.Errorf("the station stands at %.2f m above %s, observed %.2f, alone %.2f", got, pulled.Datum, stood(w.now), free.Values[0])
	}
	next := w.make(w.now.Add(10 * time.Minute)) // no gauge has reported since
	if s := w.series(next, "station:NT-S10", "level"); !next.Inputs.Warm || len(next.Inputs.Gauges) != 1 || s.Datum != "unknown" {
		t.Errorf("ten minutes later: %+v, the other station above %s", next.Inputs, s.Datum)
	}
	if run.Balance.Nudged <= 0 || len(run.Inputs.Gauges) != 1 || !(run.Balance.Error <= 1e-8) {
		t.Errorf("%+v %+v", run.Balance, run.Inputs)
	}
}

// Gates and pumps stay as they report, and what a river beyond the network brings flows in.
func TestForecastOfSettings(t *testing.T) {
	w := newWater(t)
	w.exec(`UPDATE hydro.river SET boundary = 'inflow' WHERE id = 'river:NT-XTY'`)
	w.exec(`UPDATE hydro.station SET river = 'river:NT-XTY', reach = NULL WHERE id = 'station:NT-S06'`)
	if err := w.db.Do(w.Context(), func(tx postgis.Tx) error {
		return twin.PutDatastreams(w.Context(), tx, []twin.Datastream{{Thing: "station:NT-S06", Property: "discharge", Class: access.Public, Longitude: 120.5, Latitude: 32.6}})
	}); err != nil {
		t.Fatal(err)
	}
	constant := func(x float64) func(time.Time) float64 { return func(time.Time) float64 { return x } }
	w.observe("NT-S06.discharge", 1, constant(90))
	for gate := 1; gate <= 7; gate++ {
		w.observe(fmt.Sprintf("NT-W05.gate_opening.%d", gate), 1, constant(2))
	}
	w.observe("NT-W02.pump_running", 1, constant(3))
	run := w.make(w.now)
	if in := run.Balance.Inflow; math.Abs(in-90*72*3600) > 1e-3*in || !assumes(run, "inflow-held") || !assumes(run, "gates-held") || !assumes(run, "pumps-held") {
		t.Errorf("%+v %+v", run.Balance, run.Assumed)
	}
	if s := w.series(run, "work:NT-W05", "opening"); s.Values[0] != 0.5 || s.Values[192] != 0.5 {
		t.Errorf("gates open to 2 of 4 m stand at %v, then %v", s.Values[0], s.Values[192])
	}
	if s := w.series(run, "work:NT-W02", "discharge"); s.Values[100] < 47.9 {
		t.Errorf("three pumps of 16 m³/s drain %v", s.Values[100])
	}
}

// A network of another country: no tide, weirs and culverts by the hundred, ditches that slope and run dry.
func TestForecastOfHyDAMO(t *testing.T) {
	b := newBench(t)
	b.load(shared(t, "hydro/hydamo_Example_model.gpkg"))
	w := &water{TB: t, db: b.db, f: forecasting(b.db, 2), runs: hydro.NewRuns(b.db), now: time.Now().UTC().Truncate(time.Hour)}
	run := w.make(w.now)
	t.Logf("%+v %+v", run.Inputs, run.Balance)
	if run.Datum != "nap" || run.Inputs.Members != 2 || !(run.Balance.Error <= 1e-8) || !assumes(run, "closed") || assumes(run, "tide-default") {
		t.Errorf("%s %+v %+v", run.Datum, run.Inputs, run.Assumed)
	}
}

// What a hidden gauge tells has made the forecast: only who may see the gauge sees it.
func TestForecastOfHiddenGauge(t *testing.T) {
	w := newWater(t)
	w.exec(`UPDATE twin.datastream SET class = 'internal', datum = '1985-national' WHERE code = 'NT-S07.level'`)
	w.observe("NT-S07.level", 1, func(time.Time) float64 { return 2.5 })
	run := w.make(w.now)
	_, err := w.runs.Find(w.Context(), "forecast", "latest", access.Public)
	if fault.KindOf(err) != fault.NotFound {
		t.Errorf("the public finds it: %v", err)
	}
	if found, err := w.runs.Find(w.Context(), "forecast", "latest", access.Internal); err != nil || found.ID != run.ID || found.Balance == nil || found.Inputs == nil {
		t.Errorf("%+v %v", found, err)
	}
	all, err := w.runs.Series(w.Context(), run.ID, nil, "", access.Public)
	if err != nil || len(all) != 0 {
		t.Errorf("the public sees %d series: %v", len(all), err)
	}
}

// Two servers make one forecast; a cancelled one leaves nothing; one that fails leaves its error.
func TestForecastTogether(t *testing.T) {
	w := newWater(t)
	made := make(chan *hydro.Run)
	for range 2 {
		go func() {
			run, err := forecasting(w.db, 2).Due(w.Context(), w.now, 10*time.Minute)
			if err != nil {
				t.Error(err)
			}
			made <- run
		}()
	}
	if a, b := <-made, <-made; (a == nil) == (b == nil) {
		t.Errorf("two servers made %v and %v", a, b)
	}
	if run, err := w.f.Due(w.Context(), w.now.Add(9*time.Minute), 10*time.Minute); run != nil || err != nil {
		t.Errorf("nine minutes later there is another: %v %v", run, err)
	}
	if run, err := w.f.Due(w.Context(), w.now.Add(10*time.Minute), 10*time.Minute); run == nil || err != nil {
		t.Errorf("ten minutes later there is none: %v", err)
	}
	w.exec("DELETE FROM hydro.run")

	ctx, cancel := context.WithCancel(w.Context())
	ended := make(chan error)
	go func() {
		_, err := w.f.Make(ctx, w.now, "", "")
		ended <- err
	}()
	locks := func() int {
		return w.count(`SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
	}
	until(t, "the lock of a forecast", func() bool { return locks() > 0 })
	if _, err := w.f.Make(w.Context(), w.now, "", ""); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a second one at the same time: %v", err)
	}
	cancel()
	if err := <-ended; err == nil {
		t.Error("a cancelled forecast says that it was made")
	}
	until(t, "its lock to go", func() bool { return locks() == 0 })
	if n := w.count("SELECT (SELECT count(*) FROM hydro.run) + (SELECT count(*) FROM hydro.run_series)"); n != 0 {
		t.Errorf("a cancelled forecast leaves %d rows", n)
	}

	w.exec(`UPDATE hydro.node SET elevation_m = 'NaN', datum = '1985-national' WHERE id = (SELECT from_node FROM hydro.reach WHERE id = 'reach:NT-TY-003')`)
	run, err := w.f.Make(w.Context(), w.now, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if run.State != "failed" || run.Error == nil || run.Error.Code != "bad-network" || !strings.Contains(run.Error.Text, "node:") || w.count("SELECT count(*) FROM hydro.run_series") != 0 {
		t.Errorf("a bed that is no number: %s %+v", run.State, run.Error)
	}
	if _, err := w.runs.Find(w.Context(), "forecast", "latest", access.Restricted); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a forecast that failed is the latest: %v", err)
	}
	w.exec(`UPDATE hydro.node SET elevation_m = NULL, datum = NULL WHERE elevation_m = 'NaN'`)
	if next := w.make(w.now); next.Inputs.Warm {
		t.Error("after a failure it goes on from an old state")
	}
}

// Forecasts are scored against what came, and old ones lose their series.
func TestForecastSkill(t *testing.T) {
	w := newWater(t)
	w.observe("60117200.level", 40, w.tideAt(0))
	past := w.make(w.now.Add(-7 * time.Hour))
	if err := w.f.Keep(w.Context(), w.now); err != nil {
		t.Fatal(err)
	}
	if err := w.f.Keep(w.Context(), w.now); err != nil { // again changes nothing
		t.Fatal(err)
	}
	skill, err := w.runs.Skill(w.Context(), "station:60117200", w.now.AddDate(0, 0, -1), access.Public)
	if err != nil || len(skill) != 3 {
		t.Fatalf("%+v %v", skill, err)
	}
	for i, k := range skill {
		t.Logf("%d h: bias %.4f m, RMSE %.4f m", k.LeadH, k.Bias, k.RMSE)
		if k.LeadH != hydro.Leads()[i] || k.Count != 1 || k.RMSE > 0.05 || k.Hits+k.Misses+k.FalseAlarms != 0 {
			t.Errorf("%+v", k)
		}
	}
	w.exec(`UPDATE hydro.skill SET observed = 5.3, forecast = 5.1 WHERE lead_h = 1`)
	w.exec(`UPDATE hydro.skill SET observed = 5.3, forecast = 5.4 WHERE lead_h = 3`)
	w.exec(`UPDATE hydro.skill SET observed = 5.1, forecast = 5.4 WHERE lead_h = 6`)
	skill, err = w.runs.Skill(w.Context(), "", w.now.AddDate(0, 0, -1), access.Public)
	if err != nil || len(skill) != 3 || skill[0].Misses != 1 || skill[1].Hits != 1 || skill[2].FalseAlarms != 1 {
		t.Errorf("%+v %v", skill, err)
	}
	if ahead, err := w.runs.Ahead(w.Context(), "station:60117200", "level", w.now.Add(6*time.Hour)); err != nil || len(ahead.Values) != 0 {
		t.Errorf("a forecast of seven hours ago is trusted: %d values, %v", len(ahead.Values), err)
	}
	if err := w.f.Keep(w.Context(), past.From.AddDate(0, 0, 31)); err != nil {
		t.Fatal(err)
	}
	if runs, series := w.count("SELECT count(*) FROM hydro.run"), w.count("SELECT count(*) FROM hydro.run_series"); runs != 1 || series != 0 {
		t.Errorf("after a month there are %d runs with %d series", runs, series)
	}
}

// Forecasts of rain that cannot be are refused by name.
func TestBadRainfall(t *testing.T) {
	w := newWater(t)
	good := hydro.Rainfall{Issued: w.now, Source: "trial", First: w.now, IntervalS: 3600, MM: []float64{1}}
	for name, spoil := range map[string]func(r *hydro.Rainfall){
		"issued": func(r *hydro.Rainfall) { r.Issued = w.now.Add(2 * time.Hour) }, "source": func(r *hydro.Rainfall) { r.Source = "" },
		"interval_s": func(r *hydro.Rainfall) { r.IntervalS = 60 }, "mm": func(r *hydro.Rainfall) { r.MM = []float64{-1} },
		"first": func(r *hydro.Rainfall) { r.First = time.Time{} }, "area": func(r *hydro.Rainfall) { r.Area = "999999" },
		"class": func(r *hydro.Rainfall) { r.Class = "secret" },
	} {
		bad := good
		spoil(&bad)
		err := w.runs.PutRainfall(w.Context(), []hydro.Rainfall{good, bad})
		if fault.KindOf(err) != fault.Invalid || !strings.Contains(fmt.Sprint(err), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := w.count("SELECT count(*) FROM hydro.rainfall"); n != 0 {
		t.Errorf("%d were stored beside those refused", n)
	}
}

// BenchmarkForecast computes the shipped region two days ahead from its own state, alone and with its ensemble, and stores it.
func BenchmarkForecast(b *testing.B) {
	w := newWater(b)
	for _, members := range []int{0, 8} {
		w.f = forecasting(w.db, members)
		w.make(w.now)
		b.Run(fmt.Sprintf("members=%d", members), func(b *testing.B) {
			for b.Loop() {
				w.make(w.now)
			}
		})
	}
}
