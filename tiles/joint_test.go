package tiles

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"basin/postgis/postgistest"
)

// quilt is a ragged patchwork of cells that share their borders, each of some hundred places.
func quilt(n int) (shapes []*shape) {
	r := rand.New(rand.NewPCG(1, 1))
	const size, steps = 1 << 22, 40
	jitter := map[[4]int][]place{} // the border between two corners
	border := func(a, b [2]int) []place {
		k := [4]int{a[0], a[1], b[0], b[1]}
		if slices.Compare(b[:], a[:]) < 0 {
			k = [4]int{b[0], b[1], a[0], a[1]}
		}
		if jitter[k] == nil {
			for i := range steps {
				f := float64(i) / steps
				p := place{int32(float64(k[0])*size + f*float64(k[2]-k[0])*size), int32(float64(k[1])*size + f*float64(k[3]-k[1])*size)}
				if ragged := int32((r.Float64() - 0.5) * f * (1 - f) * size / 3); k[1] == k[3] {
					p.y += ragged
				} else {
					p.x += ragged
				}
				jitter[k] = append(jitter[k], p)
			}
			jitter[k] = append(jitter[k], place{int32(k[2] * size), int32(k[3] * size)})
		}
		line := append([]place{}, jitter[k]...)
		if k[0] != a[0] || k[1] != a[1] {
			for i, j := 0, len(line)-1; i < j; i, j = i+1, j-1 {
				line[i], line[j] = line[j], line[i]
			}
		}
		return line[:len(line)-1]
	}
	for x := range n {
		for y := range n {
			s := &shape{sort: polygons, box: nowhere, outer: []bool{true}}
			corners := [][2]int{{x, y}, {x + 1, y}, {x + 1, y + 1}, {x, y + 1}}
			if (x+y)%2 == 1 { // every other begins elsewhere
				corners = append(corners[2:], corners[:2]...)
			}
			for i, c := range corners {
				for _, p := range border(c, corners[(i+1)%4]) {
					s.coords = append(s.coords, p.x, p.y)
					s.box = s.box.around(bounds{p.x, p.y, p.x, p.y})
				}
			}
			s.ends = []int32{int32(len(s.coords))}
			shapes = append(shapes, s)
		}
	}
	return shapes
}

// TestSharedBorders simplifies a patchwork: at every zoom level its pieces still lie side by side, without a gap and without an overlap, and each is within a pixel
// of what it was. After pieces were taken out and put in again one by one it is the same as when it was read at once.
func TestSharedBorders(t *testing.T) {
	db := postgistest.New(t)
	table := newTable("quilt", nil)
	table.low = true
	for i, s := range quilt(5) {
		table.put(&entity{gid: int64(i), shape: *s})
	}
	table.simplifyAll()
	counted := 0 // of places that are left out
	for _, z := range []int{4, 6, 8, 10, 12} {
		var wkt []string
		for gid := range int64(25) {
			s, text := table.entities[gid].shape, ""
			for i, l := range s.levels {
				if int(l) <= z {
					text += fmt.Sprintf("%d %d,", s.coords[2*i], s.coords[2*i+1])
				} else {
					counted++
				}
			}
			wkt = append(wkt, "POLYGON(("+closed(text)+"))")
		}
		var hull, whole, sum float64
		if err := db.QueryRow(context.Background(), `WITH p AS (SELECT ST_MakeValid(g::geometry) AS g FROM unnest($1::text[]) AS g)
			SELECT ST_Area(ST_Union(g)), sum(ST_Area(g)), ST_Area(ST_ConvexHull(ST_Collect(g))) FROM p`, wkt).Scan(&whole, &sum, &hull); err != nil {
			t.Fatal(err)
		}
		if math.Abs(whole-sum) > sum*1e-9 || math.Abs(hull-whole) > hull/20 {
			t.Errorf("zoom %d: the pieces cover %g together and %g one by one, of %g", z, whole, sum, hull)
		}
	}
	if counted == 0 {
		t.Error("nothing was simplified")
	}
	want := map[int64][]uint8{}
	for gid, e := range table.entities {
		want[gid] = append([]uint8{}, e.shape.levels...)
	}
	r := &resident{t: table}
	for gid := range int64(25) {
		e := *table.entities[gid]
		e.shape.levels = nil
		r.put(nil, []int64{gid})
		r.put([]*entity{&e}, []int64{gid})
	}
	for gid, e := range table.entities {
		if !slices.Equal(want[gid], e.shape.levels) {
			t.Errorf("piece %d is simplified otherwise after changes", gid)
		}
	}
}

// closed is a ring of WKT with its first place at its end.
func closed(ring string) string {
	for i := range ring {
		if ring[i] == ',' {
			return ring + ring[:i]
		}
	}
	return ring
}
