package twin_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/postgis"
	"basin/twin"
)

// operator is a person who corrects.
func operator() access.Principal {
	return access.Principal{ID: "o", Name: "duty officer", Role: access.Operator}
}

func correct(t *testing.T, db *postgis.DB, c twin.Correction) (out twin.Corrected, err error) {
	t.Helper()
	err = db.Do(context.Background(), func(tx pgx.Tx) (err error) {
		out, err = twin.Correct(context.Background(), tx, c, operator())
		return err
	})
	return out, err
}

func undo(t *testing.T, db *postgis.DB, id string) (out twin.Corrected, err error) {
	t.Helper()
	err = db.Do(context.Background(), func(tx pgx.Tx) (err error) {
		out, err = twin.UndoCorrection(context.Background(), tx, id, operator())
		return err
	})
	return out, err
}

// TestCorrection corrects a period, corrects within it again, and undoes both; rollups and the present follow, and what was known before stays known.
func TestCorrection(t *testing.T) {
	ctx := context.Background()
	db, w := bench(t)
	at := time.Now().UTC().Truncate(24 * time.Hour).Add(-24 * time.Hour)
	if _, err := w.Append(ctx, gateway(), readings(at, []string{"1", "2", "3", "4", "5", "6"})); err != nil {
		t.Fatal(err)
	}
	between := time.Now()
	worker := rollups(db)
	shows := func(when string, want ...string) {
		t.Helper()
		h, err := twin.ReadHistory(ctx, db, twin.HistoryOf{Datastream: "S1.level", From: at, To: at.Add(time.Hour)}, access.Public)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range h.Points {
			got = append(got, fmt.Sprint(*p.Value))
		}
		if d := diff.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", when, d)
		}
		v, err := twin.Values(ctx, db, []string{"station:S1"}, twin.Now(), access.Public)
		if err != nil || fmt.Sprint(*v[0].Value) != want[len(want)-1] {
			t.Errorf("%s: the present is %v, %v", when, *v[0].Value, err)
		}
		v, err = twin.Values(ctx, db, []string{"station:S1"}, twin.Asked{At: time.Now(), KnownAt: between}, access.Public)
		if err != nil || *v[0].Value != 6 {
			t.Errorf("%s: known before was %v, %v", when, *v[0].Value, err)
		}
		computeAll(t, worker)
		checkRollups(t, db, "(%s AT TIME ZONE 'Asia/Shanghai' - interval '8 hours')::date + 1")
	}
	first := twin.Correction{Datastream: "S1.level", From: at.Add(10 * time.Minute), To: at.Add(time.Hour), Shift: -0.5, Reason: "the zero had moved", Preview: true}
	want := twin.Corrected{Readings: 5, Unit: "m", Before: &twin.Summary{First: 2, Last: 6, Min: 2, Max: 6}, After: &twin.Summary{First: 1.5, Last: 5.5, Min: 1.5, Max: 5.5}}
	got, err := correct(t, db, first)
	if d := diff.Diff(want, got); d != "" || err != nil {
		t.Errorf("preview: %v (-want +got):\n%s", err, d)
	}
	shows("after the preview", "1", "2", "3", "4", "5", "6")
	first.Preview = false
	if got, err = correct(t, db, first); err != nil || got.Readings != 5 || got.ID == "" {
		t.Fatalf("%+v, %v", got, err)
	}
	shows("corrected", "1", "1.5", "2.5", "3.5", "4.5", "5.5")
	second, err := correct(t, db, twin.Correction{Datastream: "S1.level", From: at, To: at.Add(20 * time.Minute), Shift: 1, Reason: "again"})
	if err != nil {
		t.Fatal(err)
	}
	shows("corrected twice", "2", "2.5", "2.5", "3.5", "4.5", "5.5")
	if sent, err := w.Append(ctx, gateway(), readings(at, []string{"1", "2", "3"})); err != nil || sent.Duplicates != 3 {
		t.Errorf("sent again: %+v, %v", sent, err)
	}
	shows("sent again", "2", "2.5", "2.5", "3.5", "4.5", "5.5")
	if u, err := undo(t, db, second.ID); err != nil || u.Readings != 2 || u.Left != 0 {
		t.Errorf("%+v, %v", u, err)
	}
	shows("the second undone", "1", "1.5", "2.5", "3.5", "4.5", "5.5")
	if _, err := w.Append(ctx, operator(), []twin.Reading{{Datastream: "S1.level", Time: at.Add(20 * time.Minute), Value: "7"}}); err != nil {
		t.Fatal(err)
	}
	if u, err := undo(t, db, got.ID); err != nil || u.Readings != 4 || u.Left != 1 {
		t.Errorf("%+v, %v", u, err)
	}
	shows("the first undone", "1", "2", "7", "4", "5", "6")
	if _, err := undo(t, db, got.ID); err == nil {
		t.Error("undone twice")
	}
	for name, c := range map[string]twin.Correction{
		"no reason":        {Datastream: "S1.level", From: at, To: at.Add(time.Hour), Shift: 1},
		"no shift":         {Datastream: "S1.level", From: at, To: at.Add(time.Hour), Shift: 0.00001, Reason: "x"},
		"no time":          {Datastream: "S1.level", From: at, To: at, Shift: 1, Reason: "x"},
		"nothing there":    {Datastream: "S1.level", From: at.Add(-time.Hour), To: at, Shift: 1, Reason: "x"},
		"impossible after": {Datastream: "S1.level", From: at, To: at.Add(time.Hour), Shift: 10000, Reason: "x"},
		"unknown":          {Datastream: "S9.level", From: at, To: at.Add(time.Hour), Shift: 1, Reason: "x"},
	} {
		if _, err := correct(t, db, c); err == nil {
			t.Errorf("%s: it was corrected", name)
		}
	}
	if _, err := undo(t, db, "none"); err == nil {
		t.Error("a correction that is none was undone")
	}
	shows("after what was refused", "1", "2", "7", "4", "5", "6")
}

// TestThePastIsNotThePresent: readings that come late, backfills and corrections of the past leave the present state as it is.
func TestThePastIsNotThePresent(t *testing.T) {
	ctx := context.Background()
	db, w := bench(t)
	at := time.Now().UTC().Truncate(time.Hour).Add(-48 * time.Hour)
	present := twin.Reading{Datastream: "S1.level", Time: time.Now().UTC().Add(-time.Minute), Value: "3.5"}
	if _, err := w.Append(ctx, gateway(), []twin.Reading{present}); err != nil {
		t.Fatal(err)
	}
	picture := func() string {
		var text string
		if err := db.QueryRow(ctx, `SELECT jsonb_agg(l ORDER BY datastream)::text FROM twin.latest l`).Scan(&text); err != nil {
			t.Fatal(err)
		}
		return text
	}
	before := picture()
	if _, err := w.Append(ctx, gateway(), readings(at, []string{"1", "2", "3"})); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Append(ctx, operator(), readings(at, []string{"2", "2", "2"})); err != nil {
		t.Fatal(err)
	}
	done, err := correct(t, db, twin.Correction{Datastream: "S1.level", From: at, To: at.Add(time.Hour), Shift: 0.25, Reason: "x"})
	if err != nil || done.Readings != 3 {
		t.Fatalf("%+v, %v", done, err)
	}
	if _, err := undo(t, db, done.ID); err != nil {
		t.Fatal(err)
	}
	if after := picture(); after != before {
		t.Errorf("the present was %s and is %s", before, after)
	}
}

// TestCorrectionList lists what was made, undone ones too, page by page, and only what the reader may know of.
func TestCorrectionList(t *testing.T) {
	ctx := context.Background()
	db, w := bench(t)
	at := time.Now().UTC().Truncate(24 * time.Hour).Add(-24 * time.Hour)
	if _, err := w.Append(ctx, gateway(), readings(at, []string{"1", "2", "3", "4", "5", "6"})); err != nil {
		t.Fatal(err)
	}
	var made []string
	for i := range 5 {
		from := at.Add(time.Duration(i) * 10 * time.Minute)
		done, err := correct(t, db, twin.Correction{Datastream: "S1.level", From: from, To: from.Add(10 * time.Minute), Shift: -0.25, Reason: fmt.Sprint("reason ", i)})
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, done.ID)
	}
	if _, err := undo(t, db, made[1]); err != nil {
		t.Fatal(err)
	}
	var seen []twin.CorrectionMade
	for after, pages := "", 0; ; pages++ {
		page, next, err := twin.Corrections(ctx, db, twin.CorrectionsOf{Limit: 2, After: after}, access.Restricted)
		if err != nil || pages > 2 {
			t.Fatal(err, pages)
		}
		seen = append(seen, page...)
		if after = next; next == "" {
			break
		}
	}
	if len(seen) != 5 {
		t.Fatalf("%d are listed", len(seen))
	}
	for i, c := range seen {
		n := 4 - i
		if c.ID != made[n] || c.Reason != fmt.Sprint("reason ", n) || c.ByName != operator().Name || c.By != operator().ID || c.Shift != -0.25 || c.Unit != "m" ||
			c.Datastream != "S1.level" || c.Readings != 1 || (c.Undone != nil) != (n == 1) || (c.UndoneName == operator().Name) != (n == 1) || !c.From.Equal(at.Add(time.Duration(n)*10*time.Minute)) {
			t.Errorf("%d: %+v", n, c)
		}
	}
	for name, c := range map[string]struct {
		of        twin.CorrectionsOf
		clearance access.Class
		want      int
	}{
		"of another":     {twin.CorrectionsOf{Datastream: "S2.level"}, access.Restricted, 0},
		"of this one":    {twin.CorrectionsOf{Datastream: "S1.level"}, access.Restricted, 5},
		"from":           {twin.CorrectionsOf{From: at.Add(20 * time.Minute)}, access.Restricted, 3},
		"to":             {twin.CorrectionsOf{To: at.Add(20 * time.Minute)}, access.Restricted, 2},
		"within a time":  {twin.CorrectionsOf{From: at.Add(15 * time.Minute), To: at.Add(25 * time.Minute)}, access.Restricted, 2},
		"to the public":  {twin.CorrectionsOf{}, access.Public, 5},
		"all in one":     {twin.CorrectionsOf{Limit: 5}, access.Restricted, 5},
		"after the last": {twin.CorrectionsOf{After: seen[4].Applied.Format(time.RFC3339Nano) + "_" + seen[4].ID}, access.Restricted, 0},
	} {
		if page, _, err := twin.Corrections(ctx, db, c.of, c.clearance); err != nil || len(page) != c.want {
			t.Errorf("%s: %d, %v; want %d", name, len(page), err, c.want)
		}
	}
	if _, err := db.Exec(ctx, `UPDATE twin.datastream SET class = 'restricted'`); err != nil {
		t.Fatal(err)
	}
	if page, _, err := twin.Corrections(ctx, db, twin.CorrectionsOf{}, access.Internal); err != nil || len(page) != 0 {
		t.Errorf("what is restricted shows: %d, %v", len(page), err)
	}
	for _, bad := range []string{"x", "2026-01-01T00:00:00Z", "yesterday_" + made[0], "2026-01-01T00:00:00Z_'; --"} {
		if _, _, err := twin.Corrections(ctx, db, twin.CorrectionsOf{After: bad}, access.Restricted); err == nil {
			t.Errorf("%s is a page", bad)
		}
	}
}
