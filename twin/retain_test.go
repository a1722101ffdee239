package twin_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"basin/postgis"
	"basin/twin"
)

// TestDropReadings: a month wholly before the limit goes with what it superseded, its rollups and the latest reading stay, and a late reading makes its
// partition anew without changing them.
func TestDropReadings(t *testing.T) {
	ctx := context.Background()
	db, w := bench(t)
	worker := rollups(db)
	count := func(sql string) (n int) {
		t.Helper()
		if err := db.QueryRow(ctx, sql).Scan(&n); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		return n
	}
	equal := func(what, sql string, want int) {
		t.Helper()
		if got := count(sql); got != want {
			t.Errorf("%s: %d, want %d", what, got, want)
		}
	}
	month := func(m time.Month) time.Time { return time.Date(2025, m, 1, 0, 0, 0, 0, time.UTC) }
	add := func(at time.Time, value string, issued time.Time) {
		t.Helper()
		r, err := w.Append(ctx, gateway(), []twin.Reading{{Datastream: "S1.level", Time: at, Value: twin.Decimal(value), Issued: issued}})
		if err != nil || len(r.Rejected) > 0 {
			t.Fatalf("%v %+v", err, r)
		}
	}
	var audited []time.Time
	drop := func(before time.Time) (dropped, left []time.Time) {
		t.Helper()
		audited = nil
		dropped, left, err := twin.DropReadings(ctx, db, before, func(_ postgis.Tx, m time.Time) error {
			audited = append(audited, m)
			return nil
		})
		if err != nil || len(audited) != len(dropped) {
			t.Fatalf("dropped %v, audited %v, %v", dropped, audited, err)
		}
		return dropped, left
	}
	if _, err := db.Exec(ctx, `INSERT INTO twin.reading (datastream, time, value, issued)
		SELECT id, '2024-11-05 00:00Z', 10000, now() FROM twin.datastream WHERE code = 'S1.level'`); err != nil { // into the default partition
		t.Fatal(err)
	}
	for i, m := range []time.Month{3, 4, 5} {
		for n := range 3 {
			add(month(m).Add(time.Duration(n)*13*time.Hour), []string{"1.5", "2.5", "3.5"}[n], month(m).AddDate(0, 1, 0))
		}
		add(month(m), []string{"1.1", "1.2", "1.3"}[i], month(m).AddDate(0, 1, 1)) // replaces the first
	}
	add(month(4).Add(-time.Microsecond), "2", month(4))

	dropped, left := drop(month(5).Add(-time.Microsecond))
	if len(dropped) != 1 || !dropped[0].Equal(time.Date(2024, 11, 1, 0, 0, 0, 0, time.UTC)) || len(left) != 1 {
		t.Errorf("with rollups to compute: dropped %v, left %v", dropped, left)
	}
	equal("in the default partition", `SELECT count(*) FROM twin.reading_default`, 0)
	computeAll(t, worker)
	picture := func() string {
		t.Helper()
		var s string
		if err := db.QueryRow(ctx, `SELECT (SELECT string_agg(h::text, ';' ORDER BY h::text) FROM twin.cell_hour h) ||
			(SELECT string_agg(d::text, ';' ORDER BY d::text) FROM twin.cell_day d) || (SELECT string_agg(l::text, ';') FROM twin.latest l)`).Scan(&s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	before := picture()
	if _, _, err := twin.DropReadings(ctx, db, month(5), func(postgis.Tx, time.Time) error { return errors.New("no") }); err == nil {
		t.Error("a drop that cannot be audited succeeds")
	}
	equal("readings after a drop that failed", `SELECT count(*) FROM twin.reading`, 10)
	if dropped, left := drop(month(5).Add(-time.Microsecond)); len(dropped) != 1 || !dropped[0].Equal(month(3)) || len(left) != 0 {
		t.Errorf("dropped %v, left %v; April ends after the limit", dropped, left)
	}
	equal("readings of March", `SELECT count(*) FROM twin.reading WHERE time < '2025-04-01Z'`, 0)
	equal("partitions of March", `SELECT count(*) FROM pg_class WHERE relname = 'reading_202503'`, 0)
	equal("readings of April and May", `SELECT count(*) FROM twin.reading`, 6)
	equal("superseded", `SELECT count(*) FROM twin.superseded`, 2)
	if picture() != before {
		t.Error("rollups or the latest reading changed")
	}
	if dropped, left := drop(month(5).Add(-time.Microsecond)); len(dropped)+len(left) != 0 {
		t.Errorf("again: dropped %v, left %v", dropped, left)
	}

	add(month(3).Add(time.Minute), "4.5", month(4))
	computeAll(t, worker)
	equal("partitions of March, made anew", `SELECT count(*) FROM pg_class WHERE relname = 'reading_202503'`, 1)
	equal("readings in it", `SELECT count(*) FROM twin.reading_202503`, 1)
	equal("marks", `SELECT count(*) FROM twin.cell_dirty`, 0)
	if picture() != before {
		t.Error("a late reading changed the rollups of a month that was dropped")
	}
	if dropped, _ := drop(month(5)); len(dropped) != 2 {
		t.Errorf("dropped %v, want March again and April", dropped)
	}
	equal("readings of May", `SELECT count(*) FROM twin.reading`, 3)
	equal("superseded of May", `SELECT count(*) FROM twin.superseded`, 1)
}
