package twin_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/geo"
	"basin/postgis"
	"basin/postgis/postgistest"
	"basin/twin"
)

// bench is a database with one station of two datastreams and a running writer.
func bench(t *testing.T) (*postgis.DB, *twin.Writer) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	db := postgistest.New(t)
	low, high := -2.0, 8.0
	err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if _, err := twin.PutThings(ctx, tx, []twin.Thing{{Kind: "station", Code: "S1", Name: twin.Name{Zh: "站"}, Geometry: geo.Point(geo.Place{120.8, 32}), Class: access.Public}}); err != nil {
			return err
		}
		if err := twin.PutDatastreams(ctx, tx, []twin.Datastream{
			{Thing: "station:S1", Property: "level", Datum: "wusong", Class: access.Public, Minimum: &low, Maximum: &high, Longitude: 120.8, Latitude: 32},
			{Thing: "station:S1", Property: "rainfall", Class: access.Internal, Longitude: 120.8, Latitude: 32},
		}); err != nil {
			return err
		}
		return twin.PutThresholds(ctx, tx, []twin.Threshold{{Datastream: "S1.level", Type: "warning", Value: 5, Datum: "wusong"}})
	})
	if err != nil {
		t.Fatal(err)
	}
	w := twin.NewWriter(db, slog.New(slog.DiscardHandler))
	done := make(chan struct{})
	go func() { defer close(done); _ = w.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return db, w
}

// inShanghai is the day of a region in China.
func inShanghai(context.Context) (twin.Day, error) {
	return twin.Day{Start: 8 * time.Hour, Zone: time.FixedZone("Asia/Shanghai", 8*3600)}, nil
}

func rollups(db *postgis.DB) *twin.Rollups {
	return twin.NewRollups(db, slog.New(slog.DiscardHandler), inShanghai)
}

func gateway() access.Principal {
	return access.Principal{ID: "g", Role: access.Gateway, Stations: []string{"S1"}}
}

// TestAppendCountsAndRejects walks through what can become of a reading.
func TestAppendCountsAndRejects(t *testing.T) {
	ctx := context.Background()
	_, w := bench(t)
	at := time.Now().UTC().Truncate(time.Second).Add(-time.Hour)
	level := func(v string, d time.Duration) twin.Reading {
		return twin.Reading{Datastream: "S1.level", Time: at.Add(d), Value: twin.Decimal(v)}
	}
	steps := []struct {
		name string
		by   access.Principal
		give []twin.Reading
		want [4]int // accepted, duplicates, corrections, rejected
		code string // of the first rejection
	}{
		{"new", gateway(), []twin.Reading{level("3.21", 0), level("3.3", time.Minute)}, [4]int{2, 0, 0, 0}, ""},
		{"the same again", gateway(), []twin.Reading{level("3.21", 0), level("3.30", time.Minute)}, [4]int{0, 2, 0, 0}, ""},
		{"a correction", gateway(), []twin.Reading{level("3.25", 0)}, [4]int{0, 0, 1, 0}, ""},
		{"the corrected value again", gateway(), []twin.Reading{level("3.21", 0)}, [4]int{0, 1, 0, 0}, ""},
		{"twice in one request", gateway(), []twin.Reading{level("1", time.Second), level("1", time.Second)}, [4]int{1, 1, 0, 0}, ""},
		{"a bad one beside a good one", gateway(), []twin.Reading{level("x", 2*time.Second), level("2", 2*time.Second)}, [4]int{1, 0, 0, 1}, "not-a-number"},
		{"not a number", gateway(), []twin.Reading{level("NaN", 3*time.Second)}, [4]int{0, 0, 0, 1}, "not-a-number"},
		{"impossible", gateway(), []twin.Reading{level("99999", 3*time.Second)}, [4]int{0, 0, 0, 1}, "impossible-value"},
		{"future", gateway(), []twin.Reading{level("1", 3*time.Hour)}, [4]int{0, 0, 0, 1}, "time-in-future"},
		{"unknown", gateway(), []twin.Reading{{Datastream: "S9.level", Time: at, Value: "1"}}, [4]int{0, 0, 0, 1}, "unknown-datastream"},
		{"not his", access.Principal{Role: access.Gateway, Stations: []string{"S2"}}, []twin.Reading{level("1", 0)}, [4]int{0, 0, 0, 1}, "not-your-station"},
		{"an operator's correction", access.Principal{ID: "o", Role: access.Operator}, []twin.Reading{level("3.0", 0)}, [4]int{0, 0, 1, 0}, ""},
		{"the source against the operator", gateway(), []twin.Reading{{Datastream: "S1.level", Time: at, Value: "9", Issued: time.Now()}}, [4]int{0, 0, 1, 0}, ""},
	}
	for _, s := range steps {
		got, err := w.Append(ctx, s.by, s.give)
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		have := [4]int{got.Accepted, got.Duplicates, got.Corrections, len(got.Rejected)}
		if have != s.want {
			t.Errorf("%s: accepted, duplicates, corrections, rejected %v; want %v (%v)", s.name, have, s.want, got.Rejected)
		}
		if s.code != "" && (len(got.Rejected) == 0 || got.Rejected[0].Code != s.code) {
			t.Errorf("%s: rejected %v; want %s", s.name, got.Rejected, s.code)
		}
	}
}

// TestValuesNowAndThen: the present shows the corrected value, the past what was known then.
func TestValuesNowAndThen(t *testing.T) {
	ctx := context.Background()
	db, w := bench(t)
	at := time.Now().UTC().Truncate(time.Second).Add(-10 * time.Minute)
	post := func(v string) {
		t.Helper()
		if _, err := w.Append(ctx, gateway(), []twin.Reading{{Datastream: "S1.level", Time: at, Value: twin.Decimal(v)}}); err != nil {
			t.Fatal(err)
		}
	}
	post("3.21")
	between := time.Now()
	time.Sleep(5 * time.Millisecond)
	post("3.9")
	read := func(asked twin.Asked, clearance access.Class) []float64 {
		t.Helper()
		values, err := twin.Values(ctx, db, []string{"station:S1"}, asked, clearance)
		if err != nil {
			t.Fatal(err)
		}
		out := []float64{}
		for _, v := range values {
			if v.Value != nil {
				out = append(out, *v.Value)
			}
		}
		return out
	}
	for _, c := range []struct {
		name  string
		asked twin.Asked
		want  []float64
	}{
		{"now", twin.Now(), []float64{3.9}},
		{"as known before the correction", twin.Asked{At: time.Now(), KnownAt: between}, []float64{3.21}},
		{"before the reading", twin.Asked{At: at.Add(-time.Second)}, []float64{}},
	} {
		if diff := cmp.Diff(c.want, read(c.asked, access.Public)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	h, err := twin.ReadHistory(ctx, db, twin.HistoryOf{Datastream: "S1.level", From: at.Add(-time.Hour), To: at.Add(time.Hour)}, access.Public)
	if err != nil || len(h.Points) != 1 || !*h.Points[0].Corrected || *h.Points[0].Value != 3.9 {
		t.Errorf("history %+v, %v", h, err)
	}
	if _, err := twin.ReadHistory(ctx, db, twin.HistoryOf{Datastream: "S1.rainfall", From: at, To: at.Add(time.Hour)}, access.Public); err == nil {
		t.Error("an internal series was shown to the public")
	}
}

// TestRollupsFollowCorrections: a rollup is computed from the readings themselves, so a correction replaces what it counted.
func TestRollupsFollowCorrections(t *testing.T) {
	ctx := context.Background()
	db, w := bench(t)
	at := time.Now().UTC().Truncate(time.Hour).Add(-time.Hour)
	var readings []twin.Reading
	for i, v := range []string{"1", "2", "6"} {
		readings = append(readings, twin.Reading{Datastream: "S1.level", Time: at.Add(time.Duration(i) * time.Minute), Value: twin.Decimal(v)})
	}
	for _, batch := range [][]twin.Reading{readings, {{Datastream: "S1.level", Time: at.Add(2 * time.Minute), Value: "3"}}} {
		if _, err := w.Append(ctx, gateway(), batch); err != nil {
			t.Fatal(err)
		}
		for n := 1; n > 0; {
			var err error
			if n, err = rollups(db).Once(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, res := range []int{9, 8, 7} {
		cells, scale, err := twin.Cells(ctx, db, twin.CellsOf{Property: "level", Resolution: res, From: at, To: at.Add(time.Hour)}, access.Public)
		if err != nil || len(cells) != 1 {
			t.Fatalf("res %d: %v %v", res, cells, err)
		}
		c := cells[0]
		if c.Count != 3 || twin.Unscaled(c.Max, scale) != 3 || twin.Unscaled(c.Sum, scale) != 6 || c.Datum != "wusong" {
			t.Errorf("res %d: %+v", res, c)
		}
	}
}

func TestDecimalScaled(t *testing.T) {
	for _, c := range []struct {
		give  twin.Decimal
		scale int
		want  int64
		ok    bool
	}{
		{"4.62", 4, 46200, true}, {"-0.00005", 4, -1, true}, {"0.00004", 4, 0, true}, {"1e-3", 4, 10, true}, {"1E3", 0, 1000, true},
		{"007", 0, 7, true}, {"9.99995", 4, 100000, true}, {"", 4, 0, false}, {".5", 4, 0, false}, {"5.", 4, 0, false}, {"1e9999999", 4, 0, false},
		{"Inf", 4, 0, false}, {"0x10", 4, 0, false}, {"1_000", 4, 0, false}, {"99999999999999999999", 4, 0, false}, {"0e999", 4, 0, true},
	} {
		got, err := c.give.Scaled(c.scale)
		if got != c.want || (err == nil) != c.ok {
			t.Errorf("%q at scale %d: %d, %v; want %d, ok %v", c.give, c.scale, got, err, c.want, c.ok)
		}
	}
}
