package tiles_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"basin/access"
	"basin/layer"
	"basin/postgis"
	"basin/postgis/postgistest"
	"basin/tiles"
)

// following is a Store that follows the feed until the test ends.
func following(t *testing.T, db *postgis.DB, budget int) *tiles.Store {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := tiles.New(db, slog.New(slog.DiscardHandler), layer.New(db), budget)
	s.Impatient()
	feed := postgis.NewFeed(db, slog.New(slog.DiscardHandler))
	done := make(chan struct{}, 2)
	go func() { _ = feed.Run(ctx); done <- struct{}{} }()
	go func() { _ = s.Run(ctx, feed); done <- struct{}{} }()
	t.Cleanup(func() { cancel(); <-done; <-done })
	return s
}

// place is a tile of a layer for a clearance.
type place struct {
	layer     string
	z, x, y   int
	clearance access.Class
}

// places are tiles of the buildings and of their labels around them, of all zoom levels.

func places(r *rand.Rand, box [4]float64, n int) (out []place) {
	for range n {
		z := 6 + r.IntN(11)
		x, y := at(z, box[0]+r.Float64()*(box[2]-box[0]), box[1]+r.Float64()*(box[3]-box[1]))
		out = append(out, place{[]string{"buildings", "buildings_label"}[r.IntN(2)], z, x, y, access.Classes()[r.IntN(3)]})
	}
	return out
}

// edit changes some features of a layer at random: it moves, reclasses, renames, removes and adds, or changes what tiles do not show.
func edit(t *testing.T, db *postgis.DB, r *rand.Rand, id string) {
	t.Helper()
	pick := fmt.Sprintf("gid IN (SELECT gid FROM own.%s ORDER BY gid OFFSET %d LIMIT %d)", id, r.IntN(4000), 1+r.IntN(3))
	for _, sql := range []string{
		fmt.Sprintf("UPDATE own.%s SET geom = ST_Translate(geom, %f, %f) WHERE %s", id, (r.Float64()-0.5)*0.01, (r.Float64()-0.5)*0.01, pick),
		fmt.Sprintf("UPDATE own.%s SET class = '%s' WHERE %s", id, access.Classes()[r.IntN(3)], pick),
		fmt.Sprintf("UPDATE own.%s SET name = 'N%d', storeys = NULL WHERE %s", id, r.IntN(5), pick),
		fmt.Sprintf("DELETE FROM own.%s WHERE %s", id, pick),
		fmt.Sprintf("INSERT INTO own.%[1]s (gid, id, class, name, geom) SELECT max(gid) + 1, 'x' || max(gid), 'public', 'new', ST_Buffer(ST_Centroid(ST_Extent(geom)), %[2]f) FROM own.%[1]s", id, r.Float64()*0.002),
		fmt.Sprintf("UPDATE own.%s SET changed = now() WHERE %s", id, pick),
	}[r.IntN(6):][:1] {
		if _, err := db.Exec(context.Background(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// TestFresh edits features at random while tiles are held. Soon after, every tile is the one that a server would make that has just started, and the clients of the
// event stream were told of each that changed. Those that hold nothing that changed are still held.
func TestFresh(t *testing.T) {
	ctx, db := context.Background(), postgistest.New(t)
	own(t, db, "buildings", "polygon", features(t, "city3d/osm_north-bayreuth_buildings.geojson.gz"))
	if _, err := db.Exec(ctx, "SELECT own.tell_of('buildings')"); err != nil {
		t.Fatal(err)
	}
	box, err := layer.New(db).Extent(ctx, "buildings", access.Restricted)
	if err != nil {
		t.Fatal(err)
	}
	tag := func(s *tiles.Store, p place) string {
		t.Helper()
		return etag(t, s, p)
	}
	for name, budget := range map[string]int{"from memory": 512 << 20, "from the database": 0} {
		t.Run(name, func(t *testing.T) {
			warm, r := following(t, db, budget), rand.New(rand.NewPCG(3, 4))
			feed := postgis.NewFeed(db, slog.New(slog.DiscardHandler))
			all := places(r, *box, 150)
			resident(t, warm, "buildings", budget > 0)
			before := map[place]string{}
			for _, p := range all {
				before[p] = tag(warm, p)
			}
			kept := 0
			for round := range 12 {
				head, err := feed.Head(ctx)
				if err != nil {
					t.Fatal(err)
				}
				edit(t, db, r, "buildings")
				cold := tiles.New(db, slog.New(slog.DiscardHandler), layer.New(db), 0)
				if budget > 0 {
					if cold, err = tiles.Loaded(ctx, db, layer.New(db)); err != nil {
						t.Fatal(err)
					}
				}
				want := map[place]string{}
				for _, p := range all {
					want[p] = tag(cold, p)
				}
				deadline := time.Now().Add(10 * time.Second)
				for _, p := range all {
					for tag(warm, p) != want[p] {
						if time.Now().After(deadline) {
							t.Fatalf("round %d: %v is not fresh", round, p)
						}
						time.Sleep(5 * time.Millisecond)
					}
				}
				changed := dropped(t, warm, feed, head)["buildings"]
				for _, p := range all {
					told := slices.ContainsFunc(changed.Cover(p.clearance), func(c string) bool { return related(c, p) })
					if before[p] != want[p] && !told {
						t.Errorf("round %d: %v changed, and nobody was told: %v", round, p, changed.Cover(p.clearance))
					}
					if warm.Holds(p.layer, p.z, p.x, p.y, p.clearance) {
						kept++
					}
				}
				before = want
			}
			if kept < 12*len(all)*9/10 {
				t.Errorf("of %d looks %d found a tile still held", 12*len(all), kept)
			}
		})
	}
}

// etag is the tag of a tile.
func etag(t *testing.T, s *tiles.Store, p place) string {
	t.Helper()
	_, etag, err := s.Tile(context.Background(), []string{p.layer}, p.z, p.x, p.y, p.clearance)
	if err != nil {
		t.Fatal(err)
	}
	return etag
}

// resident waits until a layer is in memory, or is not.
func resident(t *testing.T, s *tiles.Store, id string, want bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); s.Ready() != nil || s.Resident(id) != want; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s in memory: %v, want %v", id, !want, want)
		}
	}
}

// dropped is what a Store dropped for the events since a position.
func dropped(t *testing.T, s *tiles.Store, feed *postgis.Feed, since postgis.Position) map[string]tiles.Dropped {
	t.Helper()
	events, upto, err := feed.Since(context.Background(), since, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return s.Dropped(context.Background(), events, since, upto)
}

// related says whether a tile of a cover holds a tile or is held by it, margins included.
func related(cover string, p place) bool {
	var z, x, y int
	if _, err := fmt.Sscanf(cover, "%d/%d/%d", &z, &x, &y); err != nil {
		return false
	}
	const margin = 64.0 / 4096
	scale := float64(int64(1)<<20) / float64(int64(1)<<z)
	left, top, right, bottom := float64(x)*scale, float64(y)*scale, float64(x+1)*scale, float64(y+1)*scale
	own := float64(int64(1)<<20) / float64(int64(1)<<p.z)
	return left < (float64(p.x)+1+margin)*own && right > (float64(p.x)-margin)*own && top < (float64(p.y)+1+margin)*own && bottom > (float64(p.y)-margin)*own
}

// TestChanges reads what triggers tell of things: what was and what is, by class, and of more than can be named only that something changed.
func TestChanges(t *testing.T) {
	ctx, db := context.Background(), postgistest.New(t)
	feed := postgis.NewFeed(db, slog.New(slog.DiscardHandler))
	head, err := feed.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	put(t, db, "station", "A", nil, access.Public)
	if _, err := db.Exec(ctx, "UPDATE twin.thing SET geom = ST_SetSRID(ST_MakePoint(120, 32), 4326) WHERE id = 'station:A'"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(ctx, "UPDATE twin.thing SET class = 'restricted' WHERE id = 'station:A'"); err != nil {
		t.Fatal(err)
	}
	events, next, err := feed.Since(ctx, head, 100)
	if err != nil || len(events) != 4 { // of the thing and of its noun, of two changes
		t.Fatal(events, err)
	}
	m := tiles.Changes(events)["station"]
	classes := []string{}
	for _, b := range m.Boxes {
		classes = append(classes, string(b.Class))
		if b.MinX > b.MaxX || b.MinX < 13358338 || b.MaxX > 13358339 {
			t.Errorf("%+v", b)
		}
	}
	slices.Sort(classes)
	if m.All || len(m.GIDs) != 1 || fmt.Sprint(classes) != "[public public restricted]" {
		t.Errorf("%+v %v", m, classes)
	}
	if len(m.Cover(access.Public)) == 0 || len(tiles.Changes(events[3:])["station"].Cover(access.Public)) == 0 {
		t.Error("the public is not told that a station went out of its sight")
	}
	if _, err := db.Exec(ctx, "UPDATE twin.thing SET geom = ST_SetSRID(ST_MakePoint(121, 32), 4326) WHERE id = 'station:A'"); err != nil {
		t.Fatal(err)
	}
	events, next, err = feed.Since(ctx, next, 100)
	if err != nil || len(events) != 1 || len(tiles.Changes(events)["station"].Cover(access.Internal)) != 0 {
		t.Errorf("where a restricted station moves is told to others: %v, %v", events, err)
	}
	if _, err := db.Exec(ctx, "UPDATE hydro.station SET chainage_m = 7 WHERE id = 'station:A'"); err != nil {
		t.Fatal(err)
	}
	events, next, err = feed.Since(ctx, next, 100)
	if m := tiles.Changes(events)["station"]; err != nil || len(m.GIDs) != 1 || len(m.Boxes) != 1 {
		t.Errorf("a column of a noun that is changed by hand is not told: %+v, %v", m, err)
	}
	if _, err := db.Exec(ctx, `INSERT INTO twin.thing (id, kind, code, geom) SELECT 'river:' || n, 'river', n::text, ST_SetSRID(ST_MakePoint(120, 30), 4326) FROM generate_series(1, 5001) AS n`); err != nil {
		t.Fatal(err)
	}
	events, _, err = feed.Since(ctx, next, 100)
	if err != nil || len(events) != 1 || !tiles.Changes(events)["river"].All || !bytes.Equal(events[0].Detail, nil) {
		t.Errorf("%v %v", events, err)
	}
	var b tiles.Box
	if json.Unmarshal([]byte(`["public", 1, 2, 3]`), &b) == nil || json.Unmarshal([]byte(`[1]`), &b) == nil {
		t.Error("half a box was read")
	}
}
