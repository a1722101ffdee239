package twin_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/twin"
)

// TestStuck: a value that stays the same for longer than it may is flagged from then on, however the readings are split over requests; a late reading and
// one of another value are not.
func TestStuck(t *testing.T) {
	ctx := context.Background()
	at := time.Now().UTC().Truncate(time.Hour).Add(-48 * time.Hour)
	values := []string{"1", "2", "2", "2", "2", "2", "3", "3", "2", "2"}                // one every ten minutes
	stuck := []bool{false, false, false, false, true, true, false, false, false, false} // after more than 25 minutes
	for _, split := range []int{1, 3, len(values)} {
		db, w := bench(t)
		var before, after twin.Limits
		if err := db.Do(ctx, func(tx pgx.Tx) (err error) {
			before, after, err = twin.ChangeLimits(ctx, tx, "S1.level", func(l *twin.Limits) error { l.StuckAfterS = new(int); *l.StuckAfterS = 25 * 60; return nil })
			return err
		}); err != nil || before.StuckAfterS != nil || *after.StuckAfterS != 1500 || *after.Maximum != 8 {
			t.Fatalf("%+v %+v %v", before, after, err)
		}
		for part := range slices.Chunk(readings(at, values), split) {
			if _, err := w.Append(ctx, gateway(), part); err != nil {
				t.Fatal(err)
			}
		}
		late := twin.Reading{Datastream: "S1.level", Time: at.Add(5 * time.Minute), Value: "2"}
		if _, err := w.Append(ctx, gateway(), []twin.Reading{late}); err != nil {
			t.Fatal(err)
		}
		h, err := twin.ReadHistory(ctx, db, twin.HistoryOf{Datastream: "S1.level", From: at, To: at.Add(4 * time.Hour)}, access.Public)
		if err != nil {
			t.Fatal(err)
		}
		h.Points = slices.DeleteFunc(h.Points, func(p twin.Point) bool { return p.Time.Equal(late.Time) && !slices.Contains(p.Quality, "stuck") })
		if len(h.Points) != len(values) {
			t.Fatalf("%d points", len(h.Points))
		}
		for i, p := range h.Points {
			if got := slices.Contains(p.Quality, "stuck"); got != stuck[i] {
				t.Errorf("in requests of %d, reading %d: stuck %v, want %v", split, i, got, stuck[i])
			}
		}
	}
}

// readings are values of one datastream, ten minutes apart.
func readings(at time.Time, values []string) []twin.Reading {
	var out []twin.Reading
	for i, v := range values {
		out = append(out, twin.Reading{Datastream: "S1.level", Time: at.Add(time.Duration(i) * 10 * time.Minute), Value: twin.Decimal(v)})
	}
	return out
}

// TestLimits refuses limits that cannot be met, and datastreams that do not exist; the writer judges by what was changed before long.
func TestLimits(t *testing.T) {
	ctx := context.Background()
	db, w := bench(t)
	change := func(code string, f func(l *twin.Limits)) error {
		return db.Do(ctx, func(tx pgx.Tx) error {
			_, _, err := twin.ChangeLimits(ctx, tx, code, func(l *twin.Limits) error { f(l); return nil })
			return err
		})
	}
	low, zero := -3.0, 0
	for name, f := range map[string]func(l *twin.Limits){
		"a maximum below the minimum": func(l *twin.Limits) { l.Maximum = &low },
		"a negative rate":             func(l *twin.Limits) { l.MaxRate = &low },
		"stuck at once":               func(l *twin.Limits) { l.StuckAfterS = &zero },
		"never stale":                 func(l *twin.Limits) { l.StaleAfterS = 0 },
	} {
		if err := change("S1.level", f); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if err := change("S9.level", func(*twin.Limits) {}); err == nil {
		t.Error("a datastream that does not exist was changed")
	}
	at := time.Now().UTC().Add(-time.Hour)
	flagged := func() bool {
		at = at.Add(time.Second)
		if _, err := w.Append(ctx, gateway(), []twin.Reading{{Datastream: "S1.level", Time: at, Value: "7"}}); err != nil {
			t.Fatal(err)
		}
		v, err := twin.Values(ctx, db, []string{"station:S1"}, twin.Now(), access.Public)
		if err != nil || len(v) == 0 {
			t.Fatal(v, err)
		}
		return v[0].Flags&twin.FlagRange != 0
	}
	if flagged() {
		t.Error("7 is flagged while the maximum is 8")
	}
	six := 6.0
	if err := change("S1.level", func(l *twin.Limits) { l.Maximum = &six }); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); !flagged(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the writer never learnt of the new maximum")
		}
	}
}
