package tiles_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/fault"
	"basin/geo"
	"basin/layer"
	"basin/postgis"
	"basin/postgis/postgistest"
	"basin/tiles"
	"basin/twin"
)

// bench is a database with a station of each class and a river in the same tile.
func bench(t *testing.T) (*postgis.DB, *tiles.Store) {
	t.Helper()
	db := postgistest.New(t)
	for i, class := range access.Classes() {
		put(t, db, "station", string(class), geo.Point(geo.Place{120.8 + 0.01*float64(i), 32}), class)
	}
	put(t, db, "river", "R", geo.Line([]geo.Place{{120.7, 32}, {120.9, 32.01}}), access.Public)
	return db, tiles.New(db, slog.New(slog.DiscardHandler), layer.New(db), 512<<20)
}

// put registers a station, river or area, which tells the feed.
func put(t *testing.T, db *postgis.DB, kind, code string, g geo.Geometry, class access.Class) {
	t.Helper()
	ctx := context.Background()
	noun := map[string]string{"station": `INSERT INTO hydro.station (id, type, chainage_m) VALUES ($1, 'level', 1.5)`,
		"river": `INSERT INTO hydro.river (id) VALUES ($1)`, "area": `INSERT INTO area.area (id, level) VALUES ($1, 'town')`}[kind]
	thing := twin.Thing{Kind: kind, Code: code, Name: twin.Name{Zh: strings.Repeat("名", 300), En: code}, Class: class, Geometry: g}
	err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if _, err := twin.PutThings(ctx, tx, []twin.Thing{thing}); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, noun, kind+":"+code)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// at is the tile of a zoom level that holds a place.
func at(z int, lon, lat float64) (x, y int) {
	n := math.Exp2(float64(z))
	rad := lat * math.Pi / 180
	return int(n * (lon + 180) / 360), int(n * (1 - math.Asinh(math.Tan(rad))/math.Pi) / 2)
}

// see is what a reader sees of layers in the tile at the middle of the bench.
func see(t *testing.T, s *tiles.Store, layers string, z int, clearance access.Class) map[string][]feature {
	t.Helper()
	x, y := at(z, 120.8, 32)
	data, etag, err := s.Tile(context.Background(), strings.Split(layers, ","), z, x, y, clearance)
	if err != nil || etag == "" {
		t.Fatalf("%q, %v", etag, err)
	}
	raw, err := tiles.Unpack(data)
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, raw)
}

func codes(features []feature) []string {
	out := []string{}
	for _, f := range features {
		out = append(out, fmt.Sprint(f.attributes["code"]))
	}
	slices.Sort(out)
	return out
}

// TestTile decodes tiles for each clearance: layers, ids, attributes, and nothing that is not for the reader.
func TestTile(t *testing.T) {
	ctx := context.Background()
	db, s := bench(t)
	visible := [][]string{{"public"}, {"internal", "public"}, {"internal", "public", "restricted"}}
	for i, clearance := range access.Classes() {
		for _, z := range []int{5, 9} { // all of the bench is in one tile
			got := see(t, s, "river,station", z, clearance)
			if len(got["river"]) != 1 || len(got) != 2 {
				t.Errorf("zoom %d, %s: %v", z, clearance, got)
			}
			if diff := cmp.Diff(visible[i], codes(got["station"])); diff != "" {
				t.Errorf("zoom %d, %s: %s", z, clearance, diff)
			}
		}
	}
	var gid int64
	if err := db.QueryRow(ctx, `SELECT gid FROM twin.thing WHERE id = 'station:public'`).Scan(&gid); err != nil {
		t.Fatal(err)
	}
	got := see(t, s, "station", 14, access.Public)["station"]
	if len(got) != 1 || got[0].id != uint64(gid) || got[0].kind != 1 {
		t.Fatalf("%+v, want gid %d", got, gid)
	}
	want := map[string]any{"id": "station:public", "code": "public", "kind": "station", "name_en": "public", "type": "level", "chainage_m": 1.5,
		"geometry_status": "unknown", "source": ""}
	if diff := cmp.Diff(want, got[0].attributes); diff != "" {
		t.Error(diff)
	}
}

// TestTileRange asks outside zoom levels, outside the world and for what there is not.
func TestTileRange(t *testing.T) {
	ctx := context.Background()
	_, s := bench(t)
	for _, z := range []int{4, 17} {
		x, y := at(z, 120.8, 32)
		if data, _, err := s.Tile(ctx, []string{"station"}, z, x, y, access.Restricted); data != nil || err != nil {
			t.Errorf("zoom %d: %d bytes, %v", z, len(data), err)
		}
	}
	if data, _, err := s.Tile(ctx, []string{"station", "river"}, 6, 0, 0, access.Restricted); data != nil || err != nil {
		t.Errorf("elsewhere: %d bytes, %v", len(data), err)
	}
	for _, bad := range [][3]int{{-1, 0, 0}, {23, 0, 0}, {1, 2, 0}, {1, 0, -1}} {
		if _, _, err := s.Tile(ctx, []string{"river"}, bad[0], bad[1], bad[2], access.Public); fault.Of(err) == nil || fault.Of(err).Code != "bad-tile" {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if _, _, err := s.Tile(ctx, []string{"river", "nope"}, 6, 0, 0, access.Public); fault.KindOf(err) != fault.NotFound {
		t.Error(err)
	}
}

// TestSmallIsDropped looks for an area of some metres at a low and a high zoom level.
func TestSmallIsDropped(t *testing.T) {
	db, s := bench(t)
	square := func(side float64) geo.Geometry {
		return geo.Polygon([]geo.Place{{120.8, 32}, {120.8 + side, 32}, {120.8 + side, 32 + side}, {120.8, 32 + side}})
	}
	put(t, db, "area", "small", square(0.0001), access.Public)
	put(t, db, "area", "great", square(0.1), access.Public)
	for z, want := range map[int][]string{7: {"great"}, 12: {"great", "small"}, 14: {"great", "small"}} {
		if diff := cmp.Diff(want, codes(see(t, s, "area", z, access.Public)["area"])); diff != "" {
			t.Errorf("zoom %d: %s", z, diff)
		}
	}
}

// TestShortIsDropped looks for a line of some metres at a low and a high zoom level, from memory and from the database. One of a thing with a status stays.
func TestShortIsDropped(t *testing.T) {
	ctx := context.Background()
	db, asked := bench(t)
	put(t, db, "river", "short", geo.Line([]geo.Place{{120.8, 32}, {120.8001, 32.0001}}), access.Public)
	loaded, err := tiles.Loaded(ctx, db, layer.New(db))
	if err != nil {
		t.Fatal(err)
	}
	watched, err := tiles.Loaded(ctx, db, layer.New(db), "river")
	if err != nil {
		t.Fatal(err)
	}
	askedWatched := tiles.New(db, slog.New(slog.DiscardHandler), layer.New(db), 0)
	askedWatched.Tell(tiles.Live{Kinds: []string{"river"}})
	for name, s := range map[string]*tiles.Store{"memory": loaded, "database": asked} {
		for z, want := range map[int][]string{7: {"R"}, 12: {"R", "short"}, 14: {"R", "short"}} {
			if diff := cmp.Diff(want, codes(see(t, s, "river", z, access.Public)["river"])); diff != "" {
				t.Errorf("%s, zoom %d: %s", name, z, diff)
			}
		}
	}
	// At the lowest zoom levels it is less than the grid: the rule leaves it, the grid does not.
	for name, s := range map[string]*tiles.Store{"memory": watched, "database": askedWatched} {
		if diff := cmp.Diff([]string{"R", "short"}, codes(see(t, s, "river", 11, access.Public)["river"])); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if diff := cmp.Diff([]string{"R"}, codes(see(t, loaded, "river", 11, access.Public)["river"])); diff != "" {
		t.Error(diff)
	}
}

// TestLabels looks at every tile of a zoom level: each polygon has one label, whatever tiles it is in, and who may not see the polygon does not see that either. A layer of
// the register goes before labels.
func TestLabels(t *testing.T) {
	ctx, db := context.Background(), postgistest.New(t)
	square := func(west, south, side float64) string {
		return fmt.Sprintf("[[%[1]f,%[2]f],[%[3]f,%[2]f],[%[3]f,%[4]f],[%[1]f,%[4]f],[%[1]f,%[2]f]]", west, south, west+side, south+side)
	}
	own(t, db, "plots", "polygon", []json.RawMessage{made("secret", "a", "Polygon", square(120.1, 31, 0.9)), made("open", "b", "Polygon", square(121.3, 31, 0.2)),
		made("open", "c", "Polygon", square(120.1, 31, 0.9))}) // internal, restricted, public
	loaded, err := tiles.Loaded(ctx, db, layer.New(db))
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*tiles.Store{"memory": loaded, "database": tiles.New(db, slog.New(slog.DiscardHandler), layer.New(db), 0)} {
		for i, clearance := range access.Classes() {
			for _, z := range []int{5, 8, 11} {
				labels := map[uint64]int{}
				west, north := at(z, 120, 32)
				east, south := at(z, 121.6, 30.9)
				for x := west; x <= east; x++ {
					for y := north; y <= south; y++ {
						data, _, err := s.Tile(ctx, []string{"plots", "plots_label"}, z, x, y, clearance)
						if err != nil {
							t.Fatal(err)
						}
						raw, err := tiles.Unpack(data)
						if err != nil {
							t.Fatal(err)
						}
						for _, f := range decode(t, raw)["plots_label"] {
							labels[f.id]++
						}
					}
				}
				want := []map[uint64]int{{3: 1}, {1: 1, 3: 1}, {1: 1, 2: 1, 3: 1}}[i]
				if diff := cmp.Diff(want, labels); diff != "" {
					t.Errorf("%s, zoom %d, %s: %s", name, z, clearance, diff)
				}
			}
		}
		d, err := s.Describe(ctx, []string{"plots_label"}, "", access.Public)
		if err != nil || d.VectorLayers[0].ID != "plots_label" || d.VectorLayers[0].Fields["name"] == "" {
			t.Errorf("%+v, %v", d, err)
		}
		if _, err := s.Describe(ctx, []string{"river_label"}, "", access.Public); fault.KindOf(err) != fault.NotFound {
			t.Errorf("labels of lines: %v", err)
		}
	}
	own(t, db, "plots_label", "line", []json.RawMessage{made("ours", "d", "LineString", "[120.1,31],[121,32]")})
	s := tiles.New(db, slog.New(slog.DiscardHandler), layer.New(db), 0)
	x, y := at(8, 120.5, 31.5)
	data, _, err := s.Tile(ctx, []string{"plots_label"}, 8, x, y, access.Restricted)
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := tiles.Unpack(data)
	if got := decode(t, raw)["plots_label"]; len(got) != 1 || got[0].kind != 2 {
		t.Errorf("labels hide a layer of the register: %+v", got)
	}
}

// TestTileAttributes states which columns of a layer tiles have, and from which zoom level on.
func TestTileAttributes(t *testing.T) {
	ctx, db := context.Background(), postgistest.New(t)
	own(t, db, "plots", "line", []json.RawMessage{made("one", "a", "LineString", "[120.7,32],[120.9,32.01]")})
	if _, err := db.Exec(ctx, "UPDATE layer.layer SET tile_attributes = '{name, storeys, gone}', min_zoom = 10 WHERE id = 'plots'"); err != nil {
		t.Fatal(err)
	}
	loaded, err := tiles.Loaded(ctx, db, layer.New(db))
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*tiles.Store{"memory": loaded, "database": tiles.New(db, slog.New(slog.DiscardHandler), layer.New(db), 0)} {
		x, y := at(9, 120.8, 32)
		if data, _, err := s.Tile(ctx, []string{"plots"}, 9, x, y, access.Restricted); data != nil || err != nil {
			t.Errorf("%s: %d bytes below the first zoom level, %v", name, len(data), err)
		}
		got := see(t, s, "plots", 10, access.Restricted)["plots"]
		if len(got) != 1 || fmt.Sprint(got[0].attributes) != "map[name:one storeys:-2]" {
			t.Errorf("%s: %+v", name, got)
		}
		d, err := s.Describe(ctx, []string{"plots"}, "", access.Restricted)
		if err != nil || len(d.VectorLayers[0].Fields) != 2 || d.VectorLayers[0].Fields["storeys"] == "" || d.MinZoom != 10 {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
}

// TestInvalidate changes a station: the tile follows when it is told, by hand and by the feed, and only its own layer is made again.
func TestInvalidate(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	db, s := bench(t)
	see(t, s, "station", 9, access.Public)
	see(t, s, "station,river", 9, access.Public)
	put(t, db, "station", "new", geo.Point(geo.Place{120.8, 32}), access.Public)
	if n := len(see(t, s, "station", 9, access.Public)["station"]); n != 1 {
		t.Errorf("not from the cache: %d", n)
	}
	s.Invalidate("river")
	if n := len(see(t, s, "station", 9, access.Public)["station"]); n != 1 {
		t.Errorf("another layer's invalidation drops it: %d", n)
	}
	s.Invalidate("station")
	for _, layers := range []string{"station", "station,river"} {
		if n := len(see(t, s, layers, 9, access.Public)["station"]); n != 2 {
			t.Errorf("%s: the change is not seen: %d", layers, n)
		}
	}

	feed := postgis.NewFeed(db, slog.New(slog.DiscardHandler))
	var done sync.WaitGroup
	done.Go(func() { _ = feed.Run(ctx) })
	done.Go(func() {
		if err := s.Run(ctx, feed); err != nil {
			t.Error(err)
		}
	})
	defer done.Wait()
	defer cancel()
	time.Sleep(200 * time.Millisecond)
	for i := range 3 {
		see(t, s, "station,river", 9, access.Public)
		put(t, db, "station", fmt.Sprint("more", i), geo.Point(geo.Place{120.8, 32}), access.Public)
		for deadline := time.Now().Add(5 * time.Second); len(see(t, s, "station,river", 9, access.Public)["station"]) != 3+i; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("the feed's change is not seen")
			}
		}
	}
}

// TestDescribe looks at the TileJSON of two layers.
func TestDescribe(t *testing.T) {
	_, s := bench(t)
	d, err := s.Describe(context.Background(), []string{"river", "station"}, "http://host", access.Public)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([4]float64{120.7, 32, 120.9, 32.01}, d.Bounds); diff != "" {
		t.Error(diff)
	}
	if d.MinZoom != 0 || d.MaxZoom != 16 || len(d.VectorLayers) != 2 || d.Tiles[0] != "http://host/tiles/river,station/{z}/{x}/{y}.mvt" {
		t.Errorf("%+v", d)
	}
	if f := d.VectorLayers[1].Fields; f["chainage_m"] == "" || f["class"] != "" || f["geom"] != "" {
		t.Errorf("%+v", f)
	}
}
