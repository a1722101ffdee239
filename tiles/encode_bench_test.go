package tiles_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"basin/access"
	"basin/layer"
	"basin/postgis/postgistest"
	"basin/tiles"
)

// city is a made-up city of so many buildings, each with four to ten corners, on streets thirty metres apart.
func city(n int) (features []json.RawMessage) {
	r := rand.New(rand.NewPCG(5, 6))
	side := int(math.Sqrt(float64(n)))
	for i := range n {
		lon, lat := 120.7+float64(i%side)*0.0003, 31.9+float64(i/side)*0.00027
		corners, ring := 4+2*r.IntN(4), ""
		for k := range corners {
			a := 2 * math.Pi * (float64(k) + 0.5*r.Float64()) / float64(corners)
			ring += fmt.Sprintf("[%.7f,%.7f],", lon+0.00011*math.Cos(a), lat+0.0001*math.Sin(a))
			if k == corners-1 {
				first := ring[:len(ring)-1]
				for j := range first {
					if first[j] == ']' {
						ring += first[:j+1]
						break
					}
				}
			}
		}
		features = append(features, json.RawMessage(fmt.Sprintf(`{"type":"Feature","properties":{"name":"Building %d","building":"%s"},"geometry":{"type":"Polygon","coordinates":[[%s]]}}`,
			i, []string{"house", "shop", "school", "office"}[i%4], ring)))
	}
	return features
}

// BenchmarkEncode makes tiles of 200,000 buildings that nobody asked for before from memory and by ST_AsMVT on the stored web mercator, one at a time each.
func BenchmarkEncode(b *testing.B) {
	ctx, db := context.Background(), postgistest.New(b)
	store := tiles.New(db, slog.New(slog.DiscardHandler), layer.New(db), 512<<20)
	l := own(b, db, "buildings", "polygon", city(200_000))
	begun := time.Now()
	m, err := store.Read(ctx, l)
	if err != nil {
		b.Fatal(err)
	}
	loaded := time.Since(begun)
	r := rand.New(rand.NewPCG(1, 2))
	var ours, theirs time.Duration
	var n, size, reference int
	for b.Loop() {
		z := 13 + r.IntN(4)
		x, y := at(z, 120.7+r.Float64()*0.13, 31.9+r.Float64()*0.12)
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
	b.ReportMetric(loaded.Seconds(), "s-load")
	b.ReportMetric(float64(m.Bytes())/(1<<20), "MiB")
}
