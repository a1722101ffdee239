package twin_test

import (
	"context"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/geo"
	"basin/postgis/postgistest"
	"basin/twin"
)

// BenchmarkAppend stores requests of 1,000 readings each and compares every one with the least that PostgreSQL needs for as many rows: one INSERT from
// arrays into a table of the same key. The metric times-insert is the ratio of the two within this run.
func BenchmarkAppend(b *testing.B) {
	ctx, cancel := context.WithCancel(context.Background())
	db := postgistest.New(b)
	err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if _, err := twin.PutThings(ctx, tx, []twin.Thing{{Kind: "station", Code: "S1", Geometry: geo.Point(geo.Place{120.8, 32})}}); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "CREATE TABLE floor (stream bigint, time timestamptz, value bigint, PRIMARY KEY (stream, time))"); err != nil {
			return err
		}
		return twin.PutDatastreams(ctx, tx, []twin.Datastream{{Thing: "station:S1", Property: "level", Datum: "wusong", Longitude: 120.8, Latitude: 32}})
	})
	if err != nil {
		b.Fatal(err)
	}
	w := twin.NewWriter(db, slog.New(slog.DiscardHandler))
	done := make(chan struct{})
	go func() { defer close(done); _ = w.Run(ctx) }()
	defer func() { cancel(); <-done }()
	const n = 1000
	at := time.Now().Add(-365 * 24 * time.Hour).Truncate(time.Second)
	readings, streams, times, values := make([]twin.Reading, n), make([]int64, n), make([]time.Time, n), make([]int64, n)
	var ours, floor time.Duration
	for b.Loop() {
		for i := range n {
			at = at.Add(time.Second)
			readings[i] = twin.Reading{Datastream: "S1.level", Time: at, Value: twin.Decimal("3." + strconv.Itoa(1000+i))}
			streams[i], times[i], values[i] = 1, at, int64(i)
		}
		start := time.Now()
		if _, err := w.Append(ctx, access.Principal{Role: access.System}, readings); err != nil {
			b.Fatal(err)
		}
		ours += time.Since(start)
		start = time.Now()
		if _, err := db.Exec(ctx, "INSERT INTO floor SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::bigint[]) ON CONFLICT DO NOTHING", streams, times, values); err != nil {
			b.Fatal(err)
		}
		floor += time.Since(start)
	}
	b.ReportMetric(float64(n*b.N)/ours.Seconds(), "readings/s")
	b.ReportMetric(ours.Seconds()/floor.Seconds(), "times-insert")
}
