package tiles

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"basin/postgis/postgistest"
)

// text is rings as WKT.
func text(rings [][]spot, outer []bool) string {
	var b strings.Builder
	b.WriteString("MULTIPOLYGON(")
	for i, ring := range rings {
		switch {
		case outer[i] && i > 0:
			b.WriteString("),(")
		case outer[i]:
			b.WriteString("(")
		default:
			b.WriteString(",")
		}
		b.WriteString("(")
		for _, p := range ring {
			fmt.Fprintf(&b, "%d %d,", p.x, p.y)
		}
		fmt.Fprintf(&b, "%d %d)", ring[0].x, ring[0].y)
	}
	b.WriteString("))")
	return b.String()
}

// TestMend mends random rings, many of which cross themselves and each other. What comes out is valid and covers what the rings covered, but for what the grid
// moves.
func TestMend(t *testing.T) {
	var m mender
	db := postgistest.New(t)
	for trial := range uint64(400) {
		r := rand.New(rand.NewPCG(trial, 7))
		size := []int{4, 12, 60, 800}[trial%4]
		var rings [][]spot
		perimeter := 0.0
		for range 1 + r.IntN(3) {
			var ring []spot
			for range 3 + r.IntN([]int{4, 10, 40}[trial%3]) {
				ring = append(ring, spot{int64(r.IntN(size)), int64(r.IntN(size))})
			}
			if ring = tidy(ring); len(ring) == 0 {
				continue
			}
			for i, p := range ring {
				q := ring[(i+1)%len(ring)]
				perimeter += math.Hypot(float64(q.x-p.x), float64(q.y-p.y))
			}
			rings = append(rings, ring)
		}
		if len(rings) == 0 {
			continue
		}
		input := make([]string, len(rings))
		for i, ring := range rings {
			input[i] = text([][]spot{ring}, []bool{true})
		}
		got, outer := m.mend(rings)
		if len(got) == 0 {
			got, outer = [][]spot{{{0, 0}, {0, 0}, {0, 0}}}, []bool{true}
		} else if !outer[0] {
			t.Fatalf("trial %d: a hole comes first", trial)
		}
		for i, ring := range got {
			if outer[i] != (area(ring) > 0) && len(ring) > 0 && area(ring) != 0 {
				t.Fatalf("trial %d: ring %d goes the wrong way", trial, i)
			}
		}
		var valid bool
		var reason string
		var apart float64
		// ST_SymDifference of one ring after another is what an odd number of them covers.
		err := db.QueryRow(t.Context(), `WITH RECURSIVE given AS (SELECT n, ST_CollectionExtract(ST_MakeValid(g::geometry), 3) AS g FROM unnest($2::text[]) WITH ORDINALITY AS u (g, n)),
			upto AS (SELECT n, g FROM given WHERE n = 1
				UNION ALL SELECT v.n, ST_CollectionExtract(ST_SymDifference(u.g, v.g, 1e-6), 3) FROM upto u JOIN given v ON v.n = u.n + 1),
			want AS (SELECT g FROM upto ORDER BY n DESC LIMIT 1),
			got AS (SELECT $1::text::geometry AS g)
			SELECT ST_IsValid(got.g) OR ST_Area(got.g) = 0, ST_IsValidReason(got.g),
				ST_Area(ST_SymDifference(ST_CollectionExtract(ST_MakeValid(got.g), 3), want.g, 1e-6)) FROM got, want`,
			text(got, outer), input).Scan(&valid, &reason, &apart)
		if err != nil {
			t.Fatal(err)
		}
		if !valid {
			t.Fatalf("trial %d: %s\n%v\n%s", trial, reason, rings, text(got, outer))
		}
		if apart > perimeter {
			t.Fatalf("trial %d: %f is covered otherwise, of a perimeter of %f", trial, apart, perimeter)
		}
	}
}
