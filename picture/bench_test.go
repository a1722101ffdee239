package picture_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"basin/picture"
)

// BenchmarkDraw draws a picture of a town: 2,000 buildings, 200 roads in dashes, 60 rivers and 60 stations. It counts the bytes of the picture too.
func BenchmarkDraw(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	var buildings, roads, rivers, stations []shape
	for range 2000 {
		x, y := r.IntN(4096), r.IntN(4096)
		buildings = append(buildings, shape{3, [][][2]int{{{x, y}, {x + 60, y + 5}, {x + 55, y + 50}, {x - 5, y + 45}}}, nil})
	}
	walk := func() (out [][2]int) {
		x, y := r.IntN(4096), r.IntN(4096)
		for range 30 {
			out = append(out, [2]int{x, y})
			x, y = x+r.IntN(100)-20, y+r.IntN(100)-50
		}
		return out
	}
	for range 200 {
		roads = append(roads, shape{2, [][][2]int{walk()}, map[string]string{"geometry_status": "schematic"}})
	}
	for range 60 {
		rivers = append(rivers, shape{2, [][][2]int{walk()}, map[string]string{"status_level": "normal"}})
		stations = append(stations, shape{1, [][][2]int{{{r.IntN(4096), r.IntN(4096)}}}, map[string]string{"status_level": "warning"}})
	}
	within := picture.Tile{Z: 12, X: 2, Y: 2}
	sheets := []picture.Sheet{{within, tile(buildings...), picture.Of("building", false)}, {within, tile(roads...), picture.Of("road", false)},
		{within, tile(rivers...), picture.Of("river", true)}, {within, tile(stations...), picture.Of("station", true)}}
	frame := set(b, "WebMercatorQuad").Frame(13, 4, 4)
	size := 0
	for b.Loop() {
		png, err := frame.Draw(context.Background(), sheets)
		if err != nil {
			b.Fatal(err)
		}
		size = len(png)
	}
	b.ReportMetric(float64(size), "B/picture")
}
