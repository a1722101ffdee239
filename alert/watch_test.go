package alert_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/alert"
	"basin/geo"
	"basin/postgis"
	"basin/postgis/postgistest"
	"basin/twin"
)

// bench is a database with a station S1 on the river R, whose level has a warning, a guaranteed and a record level, and with a running writer. Its clock is set by
// hand, in the past, so that a test waits for nothing.
type bench struct {
	*testing.T
	db  *postgis.DB
	w   *twin.Writer
	cfg alert.Config
	now time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	b := &bench{T: t, db: postgistest.New(t), now: time.Now().UTC().Truncate(time.Hour).Add(-20 * 24 * time.Hour)}
	b.cfg.Tidal = func(context.Context, []string) (map[string]bool, error) {
		return map[string]bool{"station:S2": true}, nil
	}
	b.do(func(tx pgx.Tx) error {
		place := geo.Point(geo.Place{120.8, 32})
		if _, err := twin.PutThings(ctx, tx, []twin.Thing{
			{Kind: "river", Code: "R", Name: twin.Name{Zh: "河"}, Geometry: place, Class: access.Public},
			{Kind: "station", Code: "S1", Name: twin.Name{Zh: "一号站", En: "First station"}, Geometry: place, Class: access.Public},
			{Kind: "station", Code: "S2", Name: twin.Name{Zh: "潮位站"}, Geometry: place, Class: access.Restricted},
		}); err != nil {
			return err
		}
		if err := twin.PutDatastreams(ctx, tx, []twin.Datastream{
			{Thing: "station:S1", Property: "level", Datum: "wusong", Class: access.Public, Longitude: 120.8, Latitude: 32, Stale: 2 * time.Hour},
			{Thing: "station:S2", Property: "level", Datum: "1985-national", Class: access.Restricted, Longitude: 120.8, Latitude: 32},
		}); err != nil {
			return err
		}
		return twin.PutThresholds(ctx, tx, []twin.Threshold{
			{Datastream: "S1.level", Type: "warning", Value: 3, Datum: "wusong"}, {Datastream: "S1.level", Type: "guaranteed", Value: 3.5, Datum: "wusong"},
			{Datastream: "S1.level", Type: "record", Value: 4, Datum: "1985-national"},
		})
	})
	b.w = twin.NewWriter(b.db, slog.New(slog.DiscardHandler))
	done := make(chan struct{})
	go func() { defer close(done); _ = b.w.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return b
}

func (b *bench) do(fn func(tx pgx.Tx) error) {
	b.Helper()
	if err := b.db.Do(b.Context(), fn); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) exec(sql string, args ...any) {
	b.Helper()
	if _, err := b.db.Exec(b.Context(), sql, args...); err != nil {
		b.Fatal(err)
	}
}

// send posts a reading of the present.
func (b *bench) send(code string, value float64) {
	b.Helper()
	by := access.Principal{ID: "g", Role: access.System}
	got, err := b.w.Append(b.Context(), by, []twin.Reading{{Datastream: code, Time: b.now, Value: twin.Decimal(fmt.Sprint(value))}})
	if err != nil || len(got.Rejected) > 0 {
		b.Fatal(got, err)
	}
}

func (b *bench) watch() *alert.Watch { return alert.New(b.db, slog.New(slog.DiscardHandler), b.cfg) }

// look judges everything at the present.
func (b *bench) look() {
	b.Helper()
	if err := b.watch().All(b.Context(), b.now); err != nil {
		b.Fatal(err)
	}
}

// play posts levels of S1, ten minutes apart, and looks after each; the present is then that of the last.
func (b *bench) play(levels ...float64) {
	b.Helper()
	for _, x := range levels {
		b.now = b.now.Add(10 * time.Minute)
		b.send("S1.level", x)
		b.look()
	}
}

// alerts are the warnings that a reader sees, each with its history.
func (b *bench) alerts(class access.Class, which alert.Which) []alert.Alert {
	b.Helper()
	found, _, err := alert.Find(b.Context(), b.db, which, time.UTC, class)
	if err != nil {
		b.Fatal(err)
	}
	for i := range found {
		if found[i], err = alert.Get(b.Context(), b.db, found[i].ID, time.UTC, class); err != nil {
			b.Fatal(err)
		}
	}
	return found
}

// told is what happened to the warnings of a rule.
func (b *bench) told(rule string) string {
	b.Helper()
	var out []string
	found := b.alerts(access.Restricted, alert.Which{})
	slices.Reverse(found)
	slices.SortFunc(found, func(a, b alert.Alert) int { return int(a.ID - b.ID) })
	for _, a := range found {
		if a.Rule != rule {
			continue
		}
		for _, e := range a.History {
			out = append(out, fmt.Sprintf("%d %s %s %s", a.ID, e.Kind, e.Severity, e.Note))
		}
	}
	for i, line := range out { // warnings are counted from 1
		_, rest, _ := strings.Cut(line, " ")
		out[i] = strings.TrimSpace(rest)
	}
	return strings.Join(out, ", ")
}

// unable is what a rule says it cannot judge.
func (b *bench) unable(rule string) string {
	b.Helper()
	rules, err := alert.Rules(b.Context(), b.db, access.Restricted)
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range rules {
		if r.ID == rule {
			var out []string
			for _, u := range r.Unable {
				out = append(out, strings.TrimSpace(u.Thing+" "+u.Code+" "+u.Datastream))
			}
			return strings.Join(out, ", ")
		}
	}
	b.Fatal("no rule " + rule)
	return ""
}

func (b *bench) want(rule, want string) {
	b.Helper()
	if diff := cmp.Diff(want, b.told(rule)); diff != "" {
		b.Error(rule, diff)
	}
}

// TestRiseAndFall replays a flood whose gauge jumps: one warning, that grows worse and never better until it is over.
func TestRiseAndFall(t *testing.T) {
	b := newBench(t)
	b.play(2, 2.5, 3.2)
	b.want("level-high", "") // not for five minutes yet
	b.play(2.9, 3.1, 2.8, 3.3)
	b.want("level-high", "") // it jumps
	b.play(3.1, 2.97, 3.02, 2.96)
	b.want("level-high", "raised yellow")
	b.play(3.4, 3.6, 3.55)
	b.want("level-high", "raised yellow, escalated orange")
	b.play(3.2, 2.97, 2.96, 2.9, 2.96, 2.9)
	b.want("level-high", "raised yellow, escalated orange") // within the hysteresis now and then
	b.play(2.9, 2.9)
	b.want("level-high", "raised yellow, escalated orange")
	b.play(2.9)
	b.want("level-high", "raised yellow, escalated orange, cleared orange")
	b.play(3.2, 3.2)
	b.want("level-high", "raised yellow, escalated orange, cleared orange, raised yellow")
	a := b.alerts(access.Public, alert.Which{})[0]
	if a.State != alert.Raised || *a.Evidence.Value != 3.2 || *a.Evidence.Limit != 3 || a.Evidence.Datum != "wusong" || a.Evidence.Threshold != "warning" || a.Lon == nil {
		t.Errorf("%+v", a)
	}
	at := a.Evidence.Time.Format("2006-01-02 15:04")
	if want := "Water level 3.20 m above Wusong datum at " + at + ", which reaches the warning level of 3.00 m"; a.Words.En != want {
		t.Errorf("%s; want %s", a.Words.En, want)
	}
	if want := at + " 水位 3.20 m（吴淞），达到警戒水位 3.00 m"; a.Words.Zh != want {
		t.Errorf("%s; want %s", a.Words.Zh, want)
	}
}

// TestAcknowledge: once, by name, and again after it has become worse.
func TestAcknowledge(t *testing.T) {
	b := newBench(t)
	b.play(3.2, 3.2)
	id := b.alerts(access.Public, alert.Which{})[0].ID
	officer := access.Principal{ID: "o", Name: "officer", Role: access.Operator}
	ack := func(by access.Principal, note string) error {
		return b.db.Do(t.Context(), func(tx pgx.Tx) error { return alert.Acknowledge(t.Context(), tx, id, by, note) })
	}
	if err := ack(officer, "gates open"); err != nil {
		t.Fatal(err)
	}
	if err := ack(officer, ""); err == nil {
		t.Error("acknowledged twice")
	}
	if a := b.alerts(access.Public, alert.Which{States: []string{"acknowledged"}})[0]; a.AcknowledgedBy != "officer" || a.Note != "gates open" || a.Acknowledged == nil {
		t.Errorf("%+v", a)
	}
	b.play(3.6, 3.6)
	if a := b.alerts(access.Public, alert.Which{States: []string{"raised"}})[0]; a.Acknowledged != nil || a.Note != "" || a.Escalated == nil || a.Severity != alert.Orange {
		t.Errorf("%+v", a)
	}
	b.want("level-high", "raised yellow, acknowledged yellow gates open, escalated orange")
	b.play(2, 2, 2, 2)
	if err := ack(officer, ""); err == nil {
		t.Error("acknowledged what is over")
	}
	if err := ack(officer, strings.Repeat("x", 2001)); err == nil {
		t.Error("a note without end")
	}
	if _, err := b.db.Exec(t.Context(), `UPDATE alert.event SET note = 'never happened'`); err == nil {
		t.Error("history was changed")
	}
	if _, err := b.db.Exec(t.Context(), `DELETE FROM alert.event`); err == nil {
		t.Error("history was deleted")
	}
	b.exec(`DELETE FROM twin.thing WHERE id = 'station:S1'`)
}

// TestTwoWatchers: two servers on one database raise one warning.
func TestTwoWatchers(t *testing.T) {
	b := newBench(t)
	for range 5 {
		b.now = b.now.Add(10 * time.Minute)
		b.send("S1.level", 3.2)
	}
	watchers := []*alert.Watch{b.watch(), b.watch(), b.watch(), b.watch()}
	var all sync.WaitGroup
	errs := make([]error, len(watchers))
	for i, w := range watchers {
		all.Go(func() { errs[i] = w.Changed(t.Context(), []string{"station:S1"}, b.now) })
	}
	all.Wait()
	if slices.ContainsFunc(errs, func(err error) bool { return err != nil }) {
		t.Fatal(errs)
	}
	b.want("level-high", "raised yellow")
}

// TestDatums: a threshold above another datum counts only with a stated offset; until then the rule says so.
func TestDatums(t *testing.T) {
	b := newBench(t)
	b.play(9, 9)
	b.want("level-high", "raised orange") // the record stands above another datum
	if got := b.unable("level-high"); got != "station:S1 datum-offset-missing S1.level, station:S2 no-threshold S2.level" && got != "station:S1 datum-offset-missing S1.level" {
		t.Error(got)
	}
	b.do(func(tx pgx.Tx) error {
		return twin.PutDatumOffsets(t.Context(), tx, []any{map[string]any{"thing": "station:S1", "from": "wusong", "to": "1985-national", "offset_m": -1.9, "source": "test"}})
	})
	b.look()
	b.want("level-high", "raised orange, escalated red")
	if got := b.unable("level-high"); strings.Contains(got, "S1") {
		t.Error(got)
	}
	a := b.alerts(access.Public, alert.Which{})[0]
	if e := a.Evidence; *e.Limit != 5.9 || *e.Stated != 4 || e.StatedIn != "1985-national" || !strings.Contains(a.Words.En, "stated as 4.00 m above 1985 national height datum") {
		t.Errorf("%+v %s", e, a.Words.En)
	}
}

// TestSilence: a stale or faulty series neither raises nor clears a warning of its level, but one of its data.
func TestSilence(t *testing.T) {
	b := newBench(t)
	b.play(3.2, 3.2)
	b.now = b.now.Add(3 * time.Hour)
	b.look()
	b.want("level-high", "raised yellow")
	b.want("data", "raised blue")
	if got := b.unable("level-high"); got != "station:S1 stale S1.level" {
		t.Error(got)
	}
	b.now = b.now.Add(22 * time.Hour)
	b.look()
	b.want("data", "raised blue, escalated yellow")
	b.exec(`UPDATE twin.datastream SET maximum = 8`)
	b.play(2, 2, 2, 2)
	b.want("level-high", "raised yellow, cleared yellow")
	b.want("data", "raised blue, escalated yellow, cleared yellow")
	if got := b.unable("level-high"); strings.Contains(got, "stale") {
		t.Error(got)
	}
	again := twin.NewWriter(b.db, slog.New(slog.DiscardHandler)) // the other knows the datastream as it was
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = again.Run(ctx) }()
	defer func() { cancel(); <-done }()
	b.w = again
	b.play(12, 12)
	b.want("level-high", "raised yellow, cleared yellow")
	b.want("data", "raised blue, escalated yellow, cleared yellow, raised blue")
	if a := b.alerts(access.Public, alert.Which{States: []string{"raised"}})[0]; a.Evidence.Data != "faulty" || !strings.Contains(a.Words.Zh, "质量存疑") {
		t.Errorf("%+v", a)
	}
	b.now = b.now.Add(time.Second)
	if _, err := b.db.Exec(t.Context(), `UPDATE twin.reading SET operator = true, flags = flags | 64 WHERE value = 120000`); err != nil { // somebody looked at the gauge
		t.Fatal(err)
	}
	b.exec(`UPDATE twin.latest SET operator = true, flags = flags | 64 WHERE value = 120000`)
	b.now = b.now.Add(time.Minute)
	b.look()
	b.want("level-high", "raised yellow, cleared yellow, raised orange")
}

// TestFollow: a watch that runs hears of readings by the feed.
func TestFollow(t *testing.T) {
	b := newBench(t)
	b.now = time.Now().Add(-20 * time.Minute)
	feed := postgis.NewFeed(b.db, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = feed.Run(ctx) })
	running.Go(func() { _ = b.watch().Run(ctx, feed) })
	defer func() { cancel(); running.Wait() }()
	b.send("S1.level", 3.2)
	b.now = time.Now()
	b.send("S1.level", 3.2)
	for deadline := time.Now().Add(time.Minute); b.told("level-high") != "raised yellow"; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never raised: " + b.told("level-high"))
		}
	}
}
