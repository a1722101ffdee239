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

// BenchmarkEncode makes tiles that nobody asked for before from memory and by ST_AsMVT on the stored web mercator, one at a time each: of 200,000 buildings, of
// 60,000 watercourses and of the waters of Hangzhou as they are mapped; only tiles that hold something. Both are held against each other as in TestParity before. What
// is compared is the time on processors, of this process and of those of the database together.
func BenchmarkEncode(b *testing.B) {
	for _, of := range []struct {
		name, sort string
		features   func() []json.RawMessage
		from       int        // zoom level, up to 16
		perZoom    int        // tiles in a round
		middle     [4]float64 // where there are many; the whole of the layer where it is empty
	}{
		{"buildings", "polygon", func() []json.RawMessage { return city(200_000) }, 13, 20, [4]float64{120.7, 31.9, 120.83, 32.02}},
		{"rivers", "line", func() []json.RawMessage { return waters(60_000) }, 8, 10, [4]float64{120.2, 31.6, 121.4, 32.4}},
		{"hangzhou", "polygon", func() []json.RawMessage { return features(b, "hydro/osm_hangzhou_water.geojson.gz") }, 8, 50, [4]float64{}},
	} {
		b.Run(of.name, func(b *testing.B) {
			ctx, db := context.Background(), postgistest.New(b)
			store := tiles.New(db, slog.New(slog.DiscardHandler), layer.New(db), 512<<20)
			l := own(b, db, of.name, of.sort, of.features())
			compare(b, db, store, l, 20, 15, 16).check(b, db)
			m, err := store.Read(ctx, l)
			if err != nil {
				b.Fatal(err)
			}
			box := of.middle
			if box == ([4]float64{}) {
				whole, err := layer.New(db).Extent(ctx, l.ID, access.Restricted)
				if err != nil {
					b.Fatal(err)
				}
				box = *whole
			}
			r := rand.New(rand.NewPCG(1, 2))
			var ours, theirs, held, asked time.Duration
			var n, size, reference int
			for b.Loop() {
				var places [][3]int
				for z := of.from; z <= 16; z++ {
					for found := 0; found < of.perZoom; {
						x, y := at(z, box[0]+r.Float64()*(box[2]-box[0]), box[1]+r.Float64()*(box[3]-box[1]))
						if len(m.Tile(z, x, y, access.Restricted)) > 0 {
							places, found = append(places, [3]int{z, x, y}), found+1
						}
					}
				}
				start, used := time.Now(), postgistest.Used(b, db)
				for _, p := range places {
					size += len(m.Tile(p[0], p[1], p[2], access.Restricted))
				}
				held, ours = held+time.Since(start), ours+postgistest.Used(b, db)-used
				start, used = time.Now(), postgistest.Used(b, db)
				for _, p := range places {
					raw, err := store.Reference(ctx, l, p[0], p[1], p[2], access.Restricted)
					if err != nil {
						b.Fatal(err)
					}
					reference += len(raw)
				}
				asked, theirs = asked+time.Since(start), theirs+postgistest.Used(b, db)-used
				n += len(places)
			}
			b.ReportMetric(ours.Seconds()*1000/float64(n), "cpu-ms")
			b.ReportMetric(theirs.Seconds()*1000/float64(n), "cpu-ms-ST_AsMVT")
			b.ReportMetric(theirs.Seconds()/ours.Seconds(), "times-less-cpu")
			b.ReportMetric(asked.Seconds()/held.Seconds(), "times-faster")
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
