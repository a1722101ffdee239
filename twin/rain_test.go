package twin_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/geo"
	"basin/postgis"
	"basin/postgis/postgistest"
	"basin/twin"
)

// raingauge is a database with a station that has series of rain, and a running writer.
func raingauge(t *testing.T, properties ...string) (*postgis.DB, *twin.Writer) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	db := postgistest.New(t)
	intervals := map[string]time.Duration{"rainfall_5min": 5 * time.Minute, "rainfall_hour": time.Hour, "rainfall_total": time.Hour, "rainfall_day": time.Hour}
	err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if _, err := twin.PutThings(ctx, tx, []twin.Thing{{Kind: "station", Code: "R", Geometry: geo.Point(geo.Place{120.8, 32}), Class: access.Public}}); err != nil {
			return err
		}
		var streams []twin.Datastream
		for _, p := range properties {
			streams = append(streams, twin.Datastream{Thing: "station:R", Property: p, Class: access.Public, Interval: intervals[p], Longitude: 120.8, Latitude: 32})
		}
		return twin.PutDatastreams(ctx, tx, streams)
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

// TestRain works out what fell from one series, whichever is the best, with resets, gaps and the start of the hydrological day. Hours are local, in July.
func TestRain(t *testing.T) {
	ctx := context.Background()
	shanghai := time.FixedZone("Asia/Shanghai", 8*3600)
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 7, day, hour, minute, 0, 0, shanghai) }
	// hours are values of a series at full hours; -1 for none.
	type hours map[string][]float64
	null := "-"
	for _, c := range []struct {
		name     string
		from, to time.Time
		every    time.Duration
		give     hours // from 05:00 of the 18th
		series   string
		total    float64
		amounts  []string
		gaps     int
	}{
		{"a counter", at(18, 5, 0), at(18, 8, 0), time.Hour, hours{"rainfall_total": {10, 10.5, 12, 12}}, "rainfall_total", 2, []string{"0.5", "1.5", "0"}, 0},
		{"a counter that begins anew", at(18, 5, 0), at(18, 8, 0), time.Hour, hours{"rainfall_total": {998, 999, 0.5, 2}}, "rainfall_total", 3,
			[]string{"1", "0.5", "1.5"}, 0},
		{"a counter with a gap", at(18, 5, 0), at(18, 9, 0), time.Hour, hours{"rainfall_total": {1, 2, -1, 7, 8}}, "rainfall_total", 7,
			[]string{"1", null, "5?", "1"}, 1},
		{"hours, twice as much beside a counter", at(18, 5, 0), at(18, 8, 0), time.Hour,
			hours{"rainfall_hour": {9, 1, 2, 3}, "rainfall_total": {0, 1, 3, 6}}, "rainfall_hour", 6, []string{"1", "2", "3"}, 0},
		{"hours with a gap lose against the counter", at(18, 5, 0), at(18, 8, 0), time.Hour,
			hours{"rainfall_hour": {9, 1, -1, 3}, "rainfall_total": {0, 1, 3, 6}}, "rainfall_total", 6, []string{"1", "2", "3"}, 0},
		{"hours with a gap alone", at(18, 5, 0), at(18, 8, 0), time.Hour, hours{"rainfall_hour": {9, 1, -1, 3}}, "rainfall_hour", 4, []string{"1", null, "3"}, 1},
		{"since the day start, kept at 8", at(18, 5, 0), at(18, 11, 0), time.Hour, hours{"rainfall_day": {2, 3, 4, 6, 1, 1.5, 1.5}}, "rainfall_day", 5.5,
			[]string{"1", "1", "2", "1", "0.5", "0"}, 0},
		{"since the day start, anew at 8", at(18, 5, 0), at(18, 11, 0), time.Hour, hours{"rainfall_day": {2, 3, 4, 0, 1, 1.5, 1.5}}, "rainfall_day", 3.5,
			[]string{"1", "1", "0", "1", "0.5", "0"}, 0},
		{"since the day start, nothing at 8", at(18, 5, 0), at(18, 11, 0), time.Hour, hours{"rainfall_day": {2, 3, 4, -1, 1, 1.5, 1.5}}, "rainfall_day", 3.5,
			[]string{"1", "1", null, "1", "0.5", "0"}, 1},
		{"since the day start, more than the day before", at(18, 6, 0), at(18, 10, 0), time.Hour, hours{"rainfall_day": {0, 0, 1, 1, 5, 6}}, "rainfall_day", 7,
			[]string{"1", "0", "5", "1"}, 0},
		{"a counter restarts within the day", at(18, 8, 0), at(18, 11, 0), time.Hour, hours{"rainfall_day": {0, 0, 0, 3, 4, 0.5, 0.5}}, "rainfall_day", 4.5,
			[]string{"4", "0.5", "0"}, 0},
		{"days are named by their end", at(18, 6, 0), at(18, 10, 0), 24 * time.Hour, hours{"rainfall_hour": {9, 9, 1, 2, 4, 8}}, "rainfall_hour", 15,
			[]string{"2026-07-18 3", "2026-07-19 12"}, 0},
		{"the same times follow each other", at(18, 5, 0), at(18, 7, 0), 0, hours{"rainfall_hour": {9, 1, 2, 4}}, "rainfall_hour", 3, []string{"1", "2"}, 0},
		{"before all readings", at(18, 1, 0), at(18, 3, 0), time.Hour, hours{"rainfall_hour": {9}}, "rainfall_hour", 0, []string{null, null}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var properties []string
			var readings []twin.Reading
			for p, values := range c.give {
				properties = append(properties, p)
				for i, v := range values {
					if v >= 0 {
						readings = append(readings, twin.Reading{Datastream: "R." + p, Time: at(18, 5+i, 0), Value: twin.Decimal(fmt.Sprint(v))})
					}
				}
			}
			db, w := raingauge(t, properties...)
			if got, err := w.Append(ctx, access.Principal{Role: access.System}, readings); err != nil || got.Accepted != len(readings) {
				t.Fatal(got, err)
			}
			r, err := twin.Rain(ctx, db, twin.RainOf{Thing: "station:R", From: c.from, To: c.to, Every: c.every, Day: twin.Day{Start: 8 * time.Hour, Zone: shanghai}},
				access.Public)
			if err != nil {
				t.Fatal(err)
			}
			if r.Property != c.series || r.Total != c.total || len(r.Gaps) != c.gaps || (r.Coverage == 1) != (c.gaps == 0) {
				t.Errorf("%s %v, %v known, gaps %v; want %s %v and %d gaps", r.Property, r.Total, r.Coverage, r.Gaps, c.series, c.total, c.gaps)
			}
			var amounts []string
			for _, a := range r.Amounts {
				text := null
				if a.MM != nil {
					text = fmt.Sprint(*a.MM)
				}
				if a.MM != nil && !a.Complete {
					text += "?"
				}
				if a.Day != "" {
					text = a.Day + " " + text
				}
				amounts = append(amounts, text)
			}
			if d := diff.Diff(c.amounts, amounts); d != "" {
				t.Errorf("amounts (-want +got):\n%s", d)
			}
		})
	}
}

// TestRainFine: five-minute values come first when nothing is missing; values of the last hour that come every ten minutes are not added up.
func TestRainFine(t *testing.T) {
	ctx := context.Background()
	db, w := raingauge(t, "rainfall_5min", "rainfall_hour")
	start := time.Date(2026, 7, 18, 0, 0, 0, 0, time.UTC)
	var readings []twin.Reading
	for i := range 36 {
		readings = append(readings, twin.Reading{Datastream: "R.rainfall_5min", Time: start.Add(time.Duration(i+1) * 5 * time.Minute), Value: "0.1"})
	}
	for i := range 18 {
		readings = append(readings, twin.Reading{Datastream: "R.rainfall_hour", Time: start.Add(time.Duration(i+1) * 10 * time.Minute), Value: "1.2"})
	}
	ask := func() twin.Rainfall {
		t.Helper()
		if _, err := w.Append(ctx, access.Principal{Role: access.System}, readings); err != nil {
			t.Fatal(err)
		}
		r, err := twin.Rain(ctx, db, twin.RainOf{Thing: "station:R", From: start, To: start.Add(3 * time.Hour), Day: twin.Day{Zone: time.UTC}}, access.Public)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := ask(); r.Datastream != "R.rainfall_5min" || r.Total != 3.6 || r.Coverage != 1 {
		t.Errorf("%+v", r)
	}
	if _, err := db.Exec(ctx, `DELETE FROM twin.reading r USING twin.datastream d WHERE d.id = r.datastream AND d.code = 'R.rainfall_5min'`); err != nil {
		t.Fatal(err)
	}
	readings = readings[36:]
	if r := ask(); r.Datastream != "R.rainfall_hour" || r.Total != 3.6 {
		t.Errorf("%+v", r)
	}
	if _, err := twin.Rain(ctx, db, twin.RainOf{Thing: "station:R", From: start, To: start, Day: twin.Day{Zone: time.UTC}}, access.Public); err == nil {
		t.Error("an empty time was answered")
	}
	if _, err := twin.Rain(ctx, db, twin.RainOf{Thing: "station:R", From: start, To: start.Add(time.Hour), Every: 7 * time.Hour, Day: twin.Day{Zone: time.UTC}},
		access.Public); err == nil {
		t.Error("seven hours divide no day")
	}
}
