package tiles_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"basin/access"
	"basin/layer"
	"basin/postgis/postgistest"
	"basin/tiles"
)

// BenchmarkEncode makes tiles that nobody asked for before from memory and by ST_AsMVT on the stored web mercator, one at a time each: of 200,000 buildings and of
// 60,000 watercourses. Both are held against each other as in TestParity before.
func BenchmarkEncode(b *testing.B) {
	for name, of := range map[string]struct {
		sort       string
		features   func() []json.RawMessage
		from       int // zoom level, up to 16
		minX, minY float64
		maxX, maxY float64
	}{
		"buildings": {"polygon", func() []json.RawMessage { return city(200_000) }, 13, 120.7, 31.9, 120.83, 32.02},
		"rivers":    {"line", func() []json.RawMessage { return waters(60_000) }, 8, 120.2, 31.6, 121.4, 32.4},
	} {
		b.Run(name, func(b *testing.B) {
			ctx, db := context.Background(), postgistest.New(b)
			store := tiles.New(db, slog.New(slog.DiscardHandler), layer.New(db), 512<<20)
			l := own(b, db, name, of.sort, of.features())
			compare(b, db, store, l, 20, 15, 16).check(b, db)
			m, err := store.Read(ctx, l)
			if err != nil {
				b.Fatal(err)
			}
			r := rand.New(rand.NewPCG(1, 2))
			var ours, theirs time.Duration
			var n, size, reference int
			for b.Loop() {
				z := of.from + n%(17-of.from)
				x, y := at(z, of.minX+r.Float64()*(of.maxX-of.minX), of.minY+r.Float64()*(of.maxY-of.minY))
				start := time.Now()
				size += len(m.Tile(z, x, y, access.Restricted))
				ours += time.Since(start)
				start = time.Now()
				raw, err := store.Reference(ctx, l, z, x, y, access.Restricted)
				if err != nil {
					b.Fatal(err)
				}
				theirs += time.Since(start)
				reference += len(raw)
				n++
			}
			b.ReportMetric(ours.Seconds()*1000/float64(n), "ms")
			b.ReportMetric(theirs.Seconds()*1000/float64(n), "ms-ST_AsMVT")
			b.ReportMetric(theirs.Seconds()/ours.Seconds(), "times-faster")
			b.ReportMetric(float64(size)/float64(reference), "times-bytes")
		})
	}
}

// BenchmarkLoad reads 200,000 buildings and 60,000 watercourses into memory.
func BenchmarkLoad(b *testing.B) {
	ctx, db := context.Background(), postgistest.New(b)
	store := tiles.New(db, slog.New(slog.DiscardHandler), layer.New(db), 512<<20)
	layers := []layer.Layer{own(b, db, "buildings", "polygon", city(200_000)), own(b, db, "rivers", "line", waters(60_000))}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var held []*tiles.Memory
	var took time.Duration
	var grown, counted float64
	for b.Loop() {
		held = nil
		before, start := heap(), time.Now()
		for _, l := range layers {
			m, err := store.Read(ctx, l)
			if err != nil {
				b.Fatal(err)
			}
			held = append(held, m)
		}
		took += time.Since(start)
		grown, counted = float64(heap()-before)/(1<<20), 0
		for _, m := range held {
			counted += float64(m.Bytes()) / (1 << 20)
		}
	}
	b.ReportMetric(took.Seconds()/float64(b.N), "s")
	b.ReportMetric(grown, "MiB-heap")
	b.ReportMetric(counted, "MiB-counted")
}
