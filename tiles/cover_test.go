package tiles_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"

	"basin/access"
	"basin/layer"
	"basin/postgis"
	"basin/postgis/postgistest"
	"basin/tiles"
)

// TestCoverOfNeighbours takes away a small area beside a long one, whose border is simplified otherwise for that all along. Whoever is told of the change is told of each
// tile that it made another.
func TestCoverOfNeighbours(t *testing.T) {
	ctx, db := context.Background(), postgistest.New(t)
	r := rand.New(rand.NewPCG(9, 9))
	var top [][2]float64
	for i := range 400 {
		top = append(top, [2]float64{121 - float64(i)/400, 32 + 0.002*r.Float64()})
	}
	ring := "[120,31.99],[121,31.99],"
	for _, p := range top {
		ring += fmt.Sprintf("[%f,%f],", p[0], p[1])
	}
	a, b := top[200], top[203]
	own(t, db, "cells", "polygon", []json.RawMessage{made("long", "yes", "Polygon", "["+ring+"[120,31.99]]"),
		made("small", "yes", "Polygon", fmt.Sprintf("[[%[1]f,%[2]f],[%[3]f,%[4]f],[%[1]f,32.02],[%[1]f,%[2]f]]", a[0], a[1], b[0], b[1]))})
	if _, err := db.Exec(ctx, "SELECT own.tell_of('cells')"); err != nil {
		t.Fatal(err)
	}
	warm, feed := following(t, db, 64<<20), postgis.NewFeed(db, slog.New(slog.DiscardHandler))
	resident(t, warm, "cells", true)
	before := map[place]string{}
	for _, z := range []int{8, 10, 12} {
		left, top := at(z, 120, 32.03)
		right, bottom := at(z, 121, 31.98)
		for x := left; x <= right; x++ {
			for y := top; y <= bottom; y++ {
				p := place{"cells", z, x, y, access.Restricted}
				before[p] = etag(t, warm, p)
			}
		}
	}
	head, err := feed.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(ctx, "DELETE FROM own.cells WHERE name = 'small'"); err != nil {
		t.Fatal(err)
	}
	cover := dropped(t, warm, feed, head)["cells"].Cover(access.Restricted)
	events, _, err := feed.Since(ctx, head, 10)
	if err != nil {
		t.Fatal(err)
	}
	alone := tiles.Changes(events)["cells"].Cover(access.Restricted)
	beside := 0
	for p, tag := range before {
		if !warm.Holds(p.layer, p.z, p.x, p.y, p.clearance) && !slices.ContainsFunc(cover, func(c string) bool { return related(c, p) }) {
			t.Errorf("%v was dropped, and nobody was told: %v", p, cover)
		}
		if etag(t, warm, p) != tag && !slices.ContainsFunc(alone, func(c string) bool { return related(c, p) }) {
			beside++
		}
	}
	if beside == 0 || len(cover) > 256 {
		t.Errorf("%d tiles changed beside what the feed tells of; a cover of %d", beside, len(cover))
	}
	// What was dropped too long ago to be known was everything.
	if got := warm.Dropped(ctx, events, postgis.Position{}, head)["cells"].Cover(access.Public); !slices.Equal(got, []string{"0/0/0"}) {
		t.Error(got)
	}
}

// TestComesBack lets a layer outgrow the memory: it goes to the database, and comes back when it is small again.
func TestComesBack(t *testing.T) {
	ctx, db := context.Background(), postgistest.New(t)
	l := own(t, db, "buildings", "polygon", city(2_000))
	if _, err := db.Exec(ctx, "SELECT own.tell_of('buildings')"); err != nil {
		t.Fatal(err)
	}
	m, err := tiles.New(db, slog.New(slog.DiscardHandler), layer.New(db), 0).Read(ctx, l)
	if err != nil {
		t.Fatal(err)
	}
	s := following(t, db, m.Bytes()*3/2)
	resident(t, s, "buildings", true)
	if _, err := db.Exec(ctx, "INSERT INTO own.buildings (gid, id, class, name, geom) SELECT gid + 10000, id || 'b', class, name, geom FROM own.buildings"); err != nil {
		t.Fatal(err)
	}
	resident(t, s, "buildings", false)
	if _, err := db.Exec(ctx, "DELETE FROM own.buildings WHERE gid > 10000"); err != nil {
		t.Fatal(err)
	}
	resident(t, s, "buildings", true)
}
