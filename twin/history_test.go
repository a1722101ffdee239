package twin_test

import (
	"context"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"basin/access"
	"basin/twin"
)

// TestBuckets holds the buckets of a series with gaps, which lies in the database out of order and over several partitions, against its readings.
func TestBuckets(t *testing.T) {
	ctx := context.Background()
	db, w := bench(t)
	r := rand.New(rand.NewPCG(3, 5))
	from := time.Date(2026, 1, 20, 0, 0, 0, 0, time.UTC)
	to := from.AddDate(0, 0, 40)
	if _, err := db.Exec(ctx, `UPDATE twin.datastream SET interval_s = 7200`); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		var some []twin.Reading
		for range 30 {
			some = append(some, twin.Reading{Datastream: "S1.level", Time: from.Add(time.Duration(r.IntN(45*24)-48) * time.Hour), Value: twin.Decimal(strconv.Itoa(r.IntN(8)))})
		}
		if _, err := w.Append(ctx, gateway(), some); err != nil {
			t.Fatal(err)
		}
	}
	ask := func(every time.Duration) twin.History {
		t.Helper()
		h, err := twin.ReadHistory(ctx, db, twin.HistoryOf{Datastream: "S1.level", From: from.Add(time.Minute), To: to, Every: every}, access.Public)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	raw := ask(0)
	for _, every := range []time.Duration{time.Hour, 7 * time.Hour, 24 * time.Hour, 90 * 24 * time.Hour} {
		h := ask(every)
		if d := diff.Diff(raw.Gaps, h.Gaps); d != "" || len(h.Gaps) < 20 {
			t.Errorf("%v: %d gaps (-of the readings +of the buckets):\n%s", every, len(h.Gaps), d)
		}
		var want []twin.Point
		for _, p := range raw.Points {
			at := from.Add(time.Minute).Add(p.Time.Sub(from.Add(time.Minute)).Truncate(every))
			if n := len(want); n == 0 || !want[n-1].Time.Equal(at) {
				low, high := *p.Value, *p.Value
				want = append(want, twin.Point{Time: at, Min: &low, Max: &high})
			}
			b := &want[len(want)-1]
			b.Count, *b.Min, *b.Max, b.Last = b.Count+1, min(*b.Min, *p.Value), max(*b.Max, *p.Value), p.Value
		}
		if d := diff.Diff(want, h.Points); d != "" {
			t.Errorf("%v (-want +got):\n%s", every, d)
		}
	}
}
