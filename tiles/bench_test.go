package tiles_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/geo"
	"basin/layer"
	"basin/postgis/postgistest"
	"basin/tiles"
	"basin/twin"
)

// BenchmarkTile makes a tile of 10,000 rivers that nobody asked for before, and takes one that is held. The metric times-held is how much longer the first
// takes within this run.
func BenchmarkTile(b *testing.B) {
	ctx, db := context.Background(), postgistest.New(b)
	if err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		for i := range 100 {
			things := make([]twin.Thing, 100)
			for k := range things {
				at := geo.Place{120 + float64(i)/100, 31.5 + float64(k)/100}
				things[k] = twin.Thing{Kind: "river", Code: string(rune('A'+i%26)) + time.Duration(i*100+k).String(), Class: access.Public,
					Geometry: geo.Line([]geo.Place{at, geo.Offset(at, 40, 800), geo.Offset(at, 70, 1700)})}
			}
			if _, err := twin.PutThings(ctx, tx, things); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, "INSERT INTO hydro.river (id) SELECT id FROM twin.thing WHERE kind = 'river'")
		return err
	}); err != nil {
		b.Fatal(err)
	}
	store := tiles.New(db, slog.New(slog.DiscardHandler), layer.New(db), 512<<20)
	var fresh, held time.Duration
	get := func() time.Duration {
		start := time.Now()
		if data, _, err := store.Tile(ctx, []string{"river"}, 9, 427, 207, access.Public); err != nil || len(data) == 0 {
			b.Fatal(len(data), err)
		}
		return time.Since(start)
	}
	for b.Loop() {
		store.InvalidateAll()
		fresh += get()
		held += get()
	}
	b.ReportMetric(fresh.Seconds()/held.Seconds(), "times-held")
}
