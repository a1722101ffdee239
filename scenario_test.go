package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"basin/access"
	"basin/fault"
	"basin/hydro"
)

// rehearsal is the shipped region with a forecast and scenarios that run.
type rehearsal struct {
	*water
	s    *hydro.Scenarios
	base *hydro.Run
}

var planner = access.Principal{ID: "planner", Name: "planner", Role: access.Planner}

func newRehearsal(t *testing.T) *rehearsal {
	t.Helper()
	w := newWater(t)
	w.f = forecasting(w.db, 0)
	mm := make([]float64, 12)
	for i := range mm {
		mm[i] = 6
	}
	if err := w.runs.PutRainfall(t.Context(), []hydro.Rainfall{{Issued: w.now.Add(-time.Hour), Source: "trial", First: w.now, IntervalS: 3600, MM: mm}}); err != nil {
		t.Fatal(err)
	}
	return &rehearsal{w, hydro.NewScenarios(w.f), w.make(w.now)}
}

// start lets scenarios run until the test ends.
func (r *rehearsal) start() {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- r.s.Run(ctx) }()
	r.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			r.Error(err)
		}
	})
}

// ask asks for a scenario, which must be taken.
func (r *rehearsal) ask(changes string) hydro.Run {
	r.Helper()
	run, err := r.s.Ask(r.Context(), planner, r.asked(changes))
	if err != nil {
		r.Fatal(err)
	}
	return run
}

func (r *rehearsal) asked(changes string) hydro.ScenarioAsked {
	r.Helper()
	asked := hydro.ScenarioAsked{Title: "trial"}
	if err := json.Unmarshal([]byte(changes), &asked.Changes); err != nil {
		r.Fatal(err)
	}
	return asked
}

// ended waits until a scenario has ended.
func (r *rehearsal) ended(id int64) (run hydro.Run) {
	r.Helper()
	until(r.TB.(*testing.T), "a scenario to end", func() bool {
		var err error
		if run, err = r.runs.Find(r.Context(), "scenario", fmt.Sprint(id), access.Internal); err != nil {
			r.Fatal(err)
		}
		return run.State == "done" || run.State == "failed"
	})
	return run
}

// run asks for a scenario and waits until it is done.
func (r *rehearsal) run(changes string) hydro.Run {
	r.Helper()
	run := r.ended(r.ask(changes).ID)
	if run.State != "done" || run.Part != 1 || run.Balance == nil || !(run.Balance.Error <= 1e-8) || len(run.Assumed) == 0 || len(run.Hash) != 64 || run.Base != r.base.ID {
		r.Fatalf("%s: %+v", changes, run)
	}
	r.Logf("%s: %d steps in %v, mass error %.1e", changes, run.Inputs.Steps, run.Ended.Sub(run.Begun).Round(time.Millisecond), run.Balance.Error)
	return run
}

func (r *rehearsal) compare(run hydro.Run) hydro.Comparison {
	r.Helper()
	c, err := r.runs.Compare(r.Context(), run, *r.base, time.UTC, access.Internal)
	if err != nil {
		r.Fatal(err)
	}
	return c
}

func levelOf(c hydro.Comparison, thing string) hydro.LevelBeside {
	return c.Levels[slices.IndexFunc(c.Levels, func(l hydro.LevelBeside) bool { return l.Thing == thing })]
}

func workOf(c hydro.Comparison, thing string) hydro.WorkBeside {
	return c.Works[slices.IndexFunc(c.Works, func(w hydro.WorkBeside) bool { return w.Thing == thing })]
}

// A scenario that changes nothing is its base, to the last bit, and so is the same again after the forecasts have gone on.
func TestScenarioOfNothing(t *testing.T) {
	r := newRehearsal(t)
	r.start()
	r.start() // as a second server would
	r.exec(`CREATE TABLE public.part (run bigint, part real)`)
	r.exec(`CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.part VALUES (NEW.id, NEW.part); RETURN NULL; END $$`)
	r.exec(`CREATE TRIGGER note AFTER UPDATE OF part ON hydro.run FOR EACH ROW EXECUTE FUNCTION public.note()`)
	same := r.run(`[]`)
	if n := r.count(`SELECT count(*) FROM public.part WHERE run = $1 AND part > 0 AND part < 1`, same.ID); n == 0 {
		t.Error("it did not say how far it was")
	}
	if same.Hash != r.base.Hash || !same.Inputs.Warm {
		t.Errorf("hash %s, of its base %s: %+v", same.Hash, r.base.Hash, same.Inputs)
	}
	for _, l := range r.compare(same).Levels {
		if l.Rise != 0 || l.Difference.Value != 0 {
			t.Fatalf("%+v", l)
		}
	}
	const shut = `[{"work":"work:NT-W10","setting":0},{"rain":1.5}]`
	first := r.run(shut)
	cold := r.base
	r.base = r.make(r.now.Add(10 * time.Minute))
	if same := r.run(`[]`); same.Hash != r.base.Hash || !r.base.Inputs.Warm {
		t.Errorf("hash %s, of a base that went on from another %s", same.Hash, r.base.Hash)
	}
	r.base = cold
	asked := r.asked(shut)
	asked.Base = fmt.Sprint(r.base.ID)
	run, err := r.s.Ask(t.Context(), planner, asked)
	if err != nil {
		t.Fatal(err)
	}
	if again := r.ended(run.ID); again.Hash != first.Hash || first.Hash == same.Hash || !again.Inputs.Warm {
		t.Errorf("the same again: %s, %s; without: %s", again.Hash, first.Hash, same.Hash)
	}
	r.exec("UPDATE hydro.run SET snapshot = NULL")
	run, err = r.s.Ask(t.Context(), planner, asked)
	if err != nil {
		t.Fatal(err)
	}
	if cold := r.ended(run.ID); cold.State != "done" || cold.Inputs.Warm {
		t.Errorf("from a base without its state: %+v", cold)
	}
}

// A gate that fails shut raises the water inside and lets nothing out; who floods by that is told. One that fails open lets the flood in.
func TestScenarioOfGateThatFails(t *testing.T) {
	r := newRehearsal(t)
	r.start()
	const station = "station:NT-S15" // inside the gate, above a datum that nobody knows
	r.observe("NT-S15.level", 1, func(time.Time) float64 { return 2 })
	r.base = r.make(r.now)
	peak := 0.0
	for _, v := range r.series(r.base, station, "level").Values {
		peak = math.Max(peak, float64(v))
	}
	r.exec(`DELETE FROM twin.threshold WHERE datastream IN (SELECT id FROM twin.datastream WHERE thing = $1)`, station)
	r.exec(`INSERT INTO twin.threshold (datastream, type, value, datum, valid, source) SELECT d.id, 'warning', $2, coalesce(d.datum, 'unknown'), '[2020-01-01,)', 'trial'
		FROM twin.datastream d WHERE d.thing = $1 AND d.property = 'level'`, station, peak+0.02)

	shut := r.run(`[{"work":"work:NT-W10","fails":"shut"}]`)
	c := r.compare(shut)
	l, w := levelOf(c, station), workOf(c, "work:NT-W10")
	t.Logf("%+v; %+v", l, w)
	if l.Rise < 0.05 || l.Difference.Value < l.Rise-1e-6 {
		t.Errorf("inside: %+v", l)
	}
	if w.Run.Out > 0.2*w.With.Out || w.With.Out < 1e5 {
		t.Errorf("through the gate: %+v", w)
	}
	if len(c.Over) != 1 || c.Over[0].Thing != station || c.Over[0].Run.Status != hydro.LevelWarning || c.Over[0].Run.Since == nil || c.Over[0].With.Since != nil {
		t.Errorf("who floods: %+v", c.Over)
	}
	sum, with := 0.0, 0.0
	for i, tide := range w.Tides {
		sum, with = sum+tide.Run.Out-tide.Run.In, with+tide.With.Out-tide.With.In
		if hours := tide.Until.Sub(tide.From).Hours(); tide.Whole != (i > 0 && i+1 < len(w.Tides)) || tide.Whole && (hours < 10 || hours > 15) {
			t.Errorf("a tide of %v h: %+v", hours, tide)
		}
	}
	if n := len(w.Tides); n < 4 || n > 6 || math.Abs(sum-(w.Run.Out-w.Run.In)) > 1 || math.Abs(with-(w.With.Out-w.With.In)) > 1 {
		t.Errorf("%d tides let out %v and %v of %+v", n, sum, with, w)
	}
	open := r.run(`[{"work":"work:NT-W10","fails":"open"}]`)
	if w := workOf(r.compare(open), "work:NT-W10"); w.Run.In < 1e5 || w.With.In > 1 {
		t.Errorf("through a gate that fails open: %+v", w)
	}
}

// More rain raises the rivers, a surge the tides; pumps count their hours; a schedule holds from its times on; what flows in is in the balance.
func TestScenarioOfChanges(t *testing.T) {
	r := newRehearsal(t)
	r.start()
	const reach = "reach:NT-TY-003"
	twice := levelOf(r.compare(r.run(`[{"rain":2}]`)), reach)
	series := levelOf(r.compare(r.run(fmt.Sprintf(`[{"rain":{"first":%q,"interval_s":3600,"mm":[60,60,60]}}]`, r.now.Format(time.RFC3339)))), reach)
	none := levelOf(r.compare(r.run(`[{"rain":0}]`)), reach)
	t.Logf("twice the rain: %+.2f m, 180 mm in three hours: %+.2f m, none: %+.2f m", twice.Rise, series.Rise, none.Rise)
	if !(none.Difference.Value < 0 && twice.Rise > 0.05 && series.Rise > twice.Rise) {
		t.Errorf("rain: %+v %+v %+v", none, twice, series)
	}
	if bare := r.run(`[{"rain":1}]`); bare.Hash != r.base.Hash {
		t.Errorf("rain as it is forecast: %s, not %s", bare.Hash, r.base.Hash)
	}
	surge := levelOf(r.compare(r.run(`[{"surge_m":1}]`)), "station:60117200")
	if math.Abs(surge.Difference.Value-1) > 1e-3 || surge.Difference.At.Before(r.now.Add(6*time.Hour)) {
		t.Errorf("surge: %+v", surge)
	}
	at := func(h int) string { return r.now.Add(time.Duration(h) * time.Hour).Format(time.RFC3339) }
	run := r.run(fmt.Sprintf(`[{"pump":"work:NT-W02","units":2},{"work":"work:NT-W05","schedule":[[%q,0.25],[%q,1]]},{"surge_m":[[%q,0.5]]}]`, at(6), at(12), at(24)))
	hours := workOf(r.compare(run), "work:NT-W02")
	if hours.Run.Hours == nil || math.Abs(*hours.Run.Hours-96) > 1 || *hours.With.Hours != 0 {
		t.Errorf("two pumps of a forecast without: %+v", hours)
	}
	all, err := r.runs.Series(t.Context(), run.ID, []string{"work:NT-W05"}, "opening", access.Internal)
	if err != nil || len(all) != 1 || all[0].Values[8*4] != 0.25 || all[0].Values[16*4] != 1 {
		t.Errorf("a schedule: %v %+v", err, all)
	}
	var node string
	if err := r.db.QueryRow(t.Context(), `SELECT from_node FROM hydro.reach WHERE id = $1`, reach).Scan(&node); err != nil {
		t.Fatal(err)
	}
	poured := r.run(fmt.Sprintf(`[{"inflow":50,"at":%q}]`, node))
	if math.Abs(poured.Balance.Inflow-50*48*3600) > 1 {
		t.Errorf("inflow: %+v", poured.Balance)
	}
}

// badChanges are changes that cannot be, by the place of what is wrong.
func badChanges(now time.Time) map[string]string {
	before, late := now.Add(-time.Hour).Format(time.RFC3339), now.Add(24*time.Hour).Format(time.RFC3339)
	return map[string]string{
		`[{"work":"work:none","setting":0}]`: "changes[0].work", `[{"rain":1},{"work":"work:NT-W10","setting":1.5}]`: "changes[1].setting",
		`[{"work":"work:NT-W10"}]`: "changes[0]", `[{"work":"work:NT-W10","setting":0,"fails":"shut"}]`: "changes[0]", `[{"work":"work:NT-W10","fails":"ajar"}]`: "changes[0].fails",
		`[{"work":"work:NT-W10","schedule":[["` + before + `",1]]}]`: "changes[0].schedule[0]", `[{"work":"work:NT-W10","schedule":[["` + late + `",1],["` + late + `",0]]}]`: "changes[0].schedule[1]",
		`[{"work":"work:NT-W10","schedule":[["` + late + `","wide"]]}]`: "changes[0].schedule[0]", `[{"work":"work:NT-W10","schedule":[]}]`: "changes[0].schedule",
		`[{"pump":"work:NT-W10","units":1}]`: "changes[0].pump", `[{"pump":"work:NT-W02","units":9}]`: "changes[0].units", `[{"pump":"work:NT-W02","fails":"shut"}]`: "changes[0].fails",
		`[{"rain":-1}]`: "changes[0].rain", `[{"rain":2,"area":"nowhere"}]`: "changes[0].area", `[{"rain":"much"}]`: "changes[0].rain", `[{"rain":{"first":"` + late + `","interval_s":60,"mm":[1]}}]`: "changes[0].rain",
		`[{"surge_m":40}]`: "changes[0].surge_m", `[{"surge_m":null}]`: "changes[0].surge_m", `[{"inflow":5}]`: "changes[0].at", `[{"inflow":5,"at":"river:NT-YZ"}]`: "changes[0].at", `[{}]`: "changes[0]",
	}
}

// What cannot be is refused, with its place.
func TestBadScenario(t *testing.T) {
	r := newRehearsal(t)
	for changes, place := range badChanges(r.now) {
		_, err := r.s.Ask(t.Context(), planner, r.asked(changes))
		if fault.KindOf(err) != fault.Invalid || !strings.HasPrefix(fmt.Sprint(err), place+" ") {
			t.Errorf("%s: %v", changes, err)
		}
	}
	for want, asked := range map[string]hydro.ScenarioAsked{"title": {}, "hours": {Title: "trial", Hours: 500}, "no run 999": {Title: "trial", Base: "999"}} {
		if _, err := r.s.Ask(t.Context(), planner, asked); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if n := r.count("SELECT count(*) FROM hydro.run WHERE kind = 'scenario'"); n != 0 {
		t.Errorf("%d were stored", n)
	}
}

// Four wait for each who asks; a cancelled one leaves nothing, waiting or running; one whose server fell silent is lost, one that fails tells why; others' are not a planner's to remove.
func TestScenarioQueue(t *testing.T) {
	r := newRehearsal(t)
	var waiting []hydro.Run
	for range 4 {
		waiting = append(waiting, r.ask(`[]`))
	}
	if _, err := r.s.Ask(t.Context(), planner, r.asked(`[]`)); fault.KindOf(err) != fault.Conflict || fault.Of(err).Code != "scenarios-waiting" {
		t.Errorf("a fifth: %v", err)
	}
	other := access.Principal{ID: "other", Name: "other", Role: access.Planner}
	if _, err := r.s.Ask(t.Context(), other, r.asked(`[]`)); err != nil {
		t.Errorf("of another: %v", err)
	}
	if _, err := r.s.Remove(t.Context(), other, fmt.Sprint(waiting[0].ID)); fault.KindOf(err) != fault.Denied {
		t.Errorf("another's is removed: %v", err)
	}
	if _, err := r.s.Remove(t.Context(), planner, fmt.Sprint(waiting[0].ID)); err != nil {
		t.Error(err)
	}
	if _, err := r.runs.Find(t.Context(), "scenario", fmt.Sprint(waiting[1].ID), access.Public); fault.KindOf(err) != fault.NotFound {
		t.Errorf("the public finds it: %v", err)
	}
	r.exec(`UPDATE hydro.run SET state = 'running', beat = now() - interval '1 minute' WHERE id = $1`, waiting[1].ID)
	r.exec(`UPDATE hydro.run SET base = NULL WHERE asker = 'other'`)
	r.exec(`UPDATE hydro.run SET changes = '[{"work":"work:gone","setting":1}]' WHERE id = $1`, waiting[2].ID)
	r.start()
	if lost := r.ended(waiting[1].ID); lost.Error == nil || lost.Error.Code != "run-lost" {
		t.Errorf("lost: %+v", lost)
	}
	if failed := r.ended(waiting[2].ID); failed.Error == nil || failed.Error.Code != "bad-scenario" || r.count(`SELECT count(*) FROM hydro.run_series WHERE run = $1`, failed.ID) != 0 {
		t.Errorf("failed: %+v", failed)
	}
	until(t, "one without its base to fail", func() bool {
		return r.count(`SELECT count(*) FROM hydro.run WHERE asker = 'other' AND state = 'failed' AND error ->> 'code' = 'base-gone'`) == 1
	})
	if done := r.ended(waiting[3].ID); done.State != "done" {
		t.Errorf("%+v", done)
	}
	long := r.asked(`[{"rain":3}]`)
	long.Hours = 120
	running, err := r.s.Ask(t.Context(), planner, long)
	if err != nil {
		t.Fatal(err)
	}
	until(t, "it to run", func() bool {
		return r.count(`SELECT count(*) FROM hydro.run WHERE id = $1 AND state <> 'waiting'`, running.ID) == 1
	})
	if _, err := r.s.Remove(t.Context(), planner, fmt.Sprint(running.ID)); err != nil {
		t.Error(err)
	}
	r.ended(r.ask(`[]`).ID) // by then the other has ended too, where one core runs both
	if n := r.count(`SELECT (SELECT count(*) FROM hydro.run WHERE id = $1) + (SELECT count(*) FROM hydro.run_series WHERE run = $1)`, running.ID); n != 0 {
		t.Errorf("a cancelled scenario leaves %d rows", n)
	}
}

// A server that stops lets what runs wait for the next one.
func TestScenarioAcrossRestart(t *testing.T) {
	r := newRehearsal(t)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.s.Run(ctx) }()
	long := r.asked(`[{"rain":3}]`)
	long.Hours = 120
	run, err := r.s.Ask(t.Context(), planner, long)
	if err != nil {
		t.Fatal(err)
	}
	until(t, "it to run", func() bool {
		return r.count(`SELECT count(*) FROM hydro.run WHERE id = $1 AND state = 'running'`, run.ID) == 1
	})
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if n := r.count(`SELECT count(*) FROM hydro.run WHERE id = $1 AND state = 'waiting' AND part = 0`, run.ID); n != 1 {
		t.Error("it does not wait")
	}
	r.start()
	if run := r.ended(run.ID); run.State != "done" {
		t.Errorf("%+v", run)
	}
}

// A scenario over HTTP: asked for, followed, compared as JSON and CSV, removed; by who may.
func TestScenarioServed(t *testing.T) {
	b := newSite(t)
	if a := b.ask(t, access.Operator, http.MethodPost, "/hydro/forecasts", strings.NewReader(`{}`), nil); a.status != http.StatusCreated {
		t.Fatalf("%s", a.body)
	}
	a := b.ask(t, access.Planner, http.MethodPost, "/hydro/scenarios", strings.NewReader(`{"title":"外闸失灵","changes":[{"work":"work:NT-W10","fails":"shut"},{"rain":2}]}`), nil)
	var run hydro.Run
	if err := json.Unmarshal(a.body, &run); err != nil || a.status != http.StatusCreated || run.Part != 0 || len(run.Changes) != 2 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	path := fmt.Sprintf("/hydro/scenarios/%d", run.ID)
	until(t, "the scenario", func() bool {
		a := b.ask(t, access.Viewer, http.MethodGet, path, nil, nil)
		run = hydro.Run{}
		return json.Unmarshal(a.body, &run) == nil && run.State == "done"
	})
	var c hydro.Comparison
	if a := b.ask(t, access.Viewer, http.MethodGet, path+"/compare", nil, nil); json.Unmarshal(a.body, &c) != nil || c.With != run.Base || len(c.Levels) < 20 || len(c.Works) < 10 {
		t.Errorf("%d %.300s", a.status, a.body)
	}
	if a := b.ask(t, access.Viewer, http.MethodGet, path+"/compare?f=csv", nil, nil); a.media != "text/csv" || !strings.Contains(string(a.body), "\nwork:NT-W10,tide: volume out,") {
		t.Errorf("%s %.300s", a.media, a.body)
	}
	var series struct{ Series []hydro.Series }
	if a := b.ask(t, access.Viewer, http.MethodGet, path+"/series?thing=work:NT-W10&quantity=opening", nil, nil); json.Unmarshal(a.body, &series) != nil || len(series.Series) != 1 || len(series.Series[0].Values) != 193 {
		t.Errorf("%d %.300s", a.status, a.body)
	}
	for _, under := range []string{"", "/compare", "/series?thing=work:NT-W10"} {
		if a := b.ask(t, access.Anonymous, http.MethodGet, path+under, nil, nil); a.status != http.StatusUnauthorized {
			t.Errorf("the public gets %s: %d", under, a.status)
		}
	}
	if a := b.ask(t, access.Operator, http.MethodGet, path+"/compare?with=999", nil, nil); a.status != http.StatusNotFound {
		t.Errorf("with nothing: %d", a.status)
	}
	english := regexp.MustCompile(`[a-z]{2,} (to|of|and|no|be|the) [a-z]`)
	for changes, place := range badChanges(time.Now().UTC().Truncate(time.Hour)) {
		a := b.ask(t, access.Planner, http.MethodPost, "/hydro/scenarios", strings.NewReader(`{"title":"x","changes":`+changes+`}`), map[string]string{"Accept-Language": "zh"})
		var p struct{ Detail string }
		if err := json.Unmarshal(a.body, &p); err != nil || a.status != http.StatusBadRequest || !strings.Contains(p.Detail, place+" ") || english.MatchString(p.Detail) {
			t.Errorf("%s: %d %s", changes, a.status, p.Detail)
		}
	}
	if a := b.ask(t, access.Operator, http.MethodDelete, path, nil, nil); a.status != http.StatusNoContent {
		t.Errorf("removed: %d %s", a.status, a.body)
	}
	if a := b.ask(t, access.Planner, http.MethodGet, path, nil, nil); a.status != http.StatusNotFound {
		t.Errorf("afterwards: %d", a.status)
	}
}
