package twin_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"basin/access"
	"basin/twin"
)

// TestResend: a station that sends the same again and again, each time issued later, leaves one row, received when it first came; one that goes back and
// forth leaves what was known in turn.
func TestResend(t *testing.T) {
	ctx := context.Background()
	db, writers, codes := crowd(t)
	w := writers[0]
	at := time.Now().UTC().Truncate(time.Hour).Add(-6 * time.Hour)
	send := func(value string, issued int) twin.Result {
		t.Helper()
		got, err := w.Append(ctx, access.Principal{Role: access.System}, []twin.Reading{{Datastream: codes[0], Time: at, Value: twin.Decimal(value), Issued: at.Add(time.Duration(issued) * time.Second)}})
		if err != nil || len(got.Rejected) > 0 {
			t.Fatal(got, err)
		}
		return got
	}
	received := func() (r time.Time, issued int) {
		t.Helper()
		var i time.Time
		if err := db.QueryRow(ctx, `SELECT received, issued FROM twin.reading`).Scan(&r, &i); err != nil {
			t.Fatal(err)
		}
		return r, int(i.Sub(at).Seconds())
	}
	send("1", 1)
	first, _ := received()
	for issued := 2; issued <= 50; issued++ {
		if got := send("1", issued); got.Duplicates != 1 {
			t.Fatalf("sent again: %+v", got)
		}
	}
	send("1", 7)
	if r, issued := received(); !r.Equal(first) || issued != 50 {
		t.Errorf("received %s instead of %s, issued %d", r, first, issued)
	}
	for _, step := range []struct {
		value        string
		issued, lost int
		wins         string
	}{
		{"2", 40, 1, "1"}, {"2", 45, 1, "1"}, {"2", 60, 2, "2"}, {"2", 70, 2, "2"}, {"1", 65, 2, "2"}, {"1", 80, 3, "1"}, {"1", 90, 3, "1"}, {"3", 10, 4, "1"},
	} {
		send(step.value, step.issued)
		var lost int
		var wins string
		if err := db.QueryRow(ctx, `SELECT (SELECT count(*) FROM twin.superseded), (value / 10000)::text FROM twin.reading`).Scan(&lost, &wins); err != nil {
			t.Fatal(err)
		}
		if lost != step.lost || wins != step.wins {
			t.Errorf("%s issued at %d: %s wins over %d; want %s over %d", step.value, step.issued, wins, lost, step.wins, step.lost)
		}
	}
	// Where the time of issue is the moment of the first receipt, it would seem as if none had been stated: kept apart.
	if _, err := w.Append(ctx, access.Principal{Role: access.System}, []twin.Reading{{Datastream: codes[1], Time: at, Value: "1", Issued: at}}); err != nil {
		t.Fatal(err)
	}
	var r time.Time
	if err := db.QueryRow(ctx, `SELECT r.received FROM twin.reading r JOIN twin.datastream d ON d.id = r.datastream WHERE d.code = $1`, codes[1]).Scan(&r); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Append(ctx, access.Principal{Role: access.System}, []twin.Reading{{Datastream: codes[1], Time: at, Value: "1", Issued: r}}); err != nil {
		t.Fatal(err)
	}
	var unstated int
	if err := db.QueryRow(ctx, `SELECT count(*) FROM twin.reading WHERE issued = received`).Scan(&unstated); err != nil || unstated != 0 {
		t.Errorf("%d seem not to have been stated, %v", unstated, err)
	}
}

// TestWhatWasKnown sends random versions one after another: at every moment in between, what is shown as known by then is what won then, whatever came later;
// and of the source no more rows are held than there were contents and changes of what won.
func TestWhatWasKnown(t *testing.T) {
	ctx := context.Background()
	db, writers, codes := crowd(t)
	w := writers[0]
	at := time.Now().UTC().Truncate(time.Hour).Add(-6 * time.Hour)
	for trial := range uint64(6) {
		r := rand.New(rand.NewPCG(5, trial))
		if _, err := db.Exec(ctx, `TRUNCATE twin.reading, twin.superseded, twin.latest`); err != nil {
			t.Fatal(err)
		}
		type moment struct {
			when time.Time
			wins string
		}
		var moments []moment
		best, told := [2]sent{}, ""
		bound, contents := 0, map[string]bool{}
		for n := range 40 {
			s := sent{twin.Reading{Datastream: codes[0], Time: at, Value: twin.Decimal(fmt.Sprint(1 + r.IntN(3))), Issued: at.Add(time.Duration(r.IntN(30)) * time.Second)}, n > 20 && r.IntN(10) == 0}
			role, side := access.System, 0
			if s.operator {
				role, side = access.Operator, 1
			}
			if got, err := w.Append(ctx, access.Principal{ID: "x", Role: role}, []twin.Reading{s.Reading}); err != nil || len(got.Rejected) > 0 {
				t.Fatal(got, err)
			}
			b := best[side]
			if b.Value == "" || s.Issued.After(b.Issued) || (s.Issued.Equal(b.Issued) && s.Value > b.Value) {
				if b.Value != s.Value && side == 0 {
					bound++
				}
				best[side] = s
			}
			if side == 0 {
				contents[string(s.Value)] = true
			}
			wins := string(best[0].Value)
			if best[1].Value != "" {
				wins = string(best[1].Value)
			}
			moments = append(moments, moment{time.Now(), wins})
			told += fmt.Sprintf("%s issued %s, person %t: %s\n", s.Value, s.Issued.Format("05"), s.operator, wins)
			time.Sleep(time.Millisecond)
		}
		for n, m := range moments {
			got, err := twin.Values(ctx, db, []string{"station:" + strings.TrimSuffix(codes[0], ".level")}, twin.Asked{At: time.Now(), KnownAt: m.when}, access.Restricted)
			if err != nil || len(got) != 1 || got[0].Value == nil || fmt.Sprint(*got[0].Value) != m.wins {
				t.Fatalf("trial %d: after %d what was known is %+v, %v; want %s\n%s", trial, n+1, got, err, m.wins, told)
			}
		}
		var rows int
		if err := db.QueryRow(ctx, `SELECT (SELECT count(*) FROM twin.reading WHERE NOT operator) + (SELECT count(*) FROM twin.superseded WHERE NOT operator)`).Scan(&rows); err != nil {
			t.Fatal(err)
		}
		if rows > bound+len(contents) {
			t.Errorf("trial %d: %d rows of the source for %d contents and %d changes\n%s", trial, rows, len(contents), bound, told)
		}
	}
}
