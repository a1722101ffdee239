package tiles_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"

	"basin/access"
	"basin/layer"
	"basin/postgis/postgistest"
	"basin/tiles"
)

// readFeature is a feature as Mapbox's reader finds it.
type readFeature struct {
	ID         uint64         `json:"id"`
	Kind       uint64         `json:"kind"`
	Attributes map[string]any `json:"attributes"`
	WKT        string         `json:"wkt"`
}

// readLayer is a layer as Mapbox's reader finds it.
type readLayer struct {
	Version  int           `json:"version"`
	Extent   int           `json:"extent"`
	Features []readFeature `json:"features"`
}

// readTiles reads tiles, compressed with gzip, with Mapbox's reader.
func readTiles(t *testing.T, packed [][]byte) []map[string]readLayer {
	t.Helper()
	var in bytes.Buffer
	for _, data := range packed {
		in.WriteString(base64.StdEncoding.EncodeToString(data) + "\n")
	}
	node := exec.CommandContext(t.Context(), "node", "../web/test/read-tiles.mjs")
	node.Stdin, node.Stderr = &in, os.Stderr
	out, err := node.Output()
	if err != nil {
		t.Fatalf("%v; make web/node_modules/.package-lock.json installs what it needs", err)
	}
	found := make([]map[string]readLayer, 0, len(packed))
	for line := range bytes.Lines(out) {
		var layers map[string]readLayer
		if err := json.Unmarshal(line, &layers); err != nil {
			t.Fatal(err)
		}
		found = append(found, layers)
	}
	if len(found) != len(packed) {
		t.Fatalf("%d tiles were read of %d", len(found), len(packed))
	}
	return found
}

// TestOtherReader holds what the reader of these tests finds in tiles against what Mapbox's finds, which MapLibre uses: layers, features in their order, ids,
// attributes and geometry.
func TestOtherReader(t *testing.T) {
	ctx, db := context.Background(), postgistest.New(t)
	own(t, db, "buildings", "polygon", features(t, "city3d/osm_north-bayreuth_buildings.geojson.gz"))
	own(t, db, "water", "mixed", features(t, "hydro/osm_north-bayreuth_water.geojson"))
	own(t, db, "roads", "line", features(t, "roads/osm_north-bayreuth_highways.geojson"))
	own(t, db, "places", "point", features(t, "hydro/yangtze_lower_places_zym.geojson"))
	store, err := tiles.Loaded(ctx, db, layer.New(db))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(7, 8))
	var packed [][]byte
	for _, some := range []struct {
		ids            []string
		n, first, last int // tiles, zoom levels
	}{{[]string{"buildings", "water", "roads"}, 150, 8, 16}, {[]string{"roads"}, 100, 8, 16}, {[]string{"places"}, 100, 5, 10}} {
		box, err := layer.New(db).Extent(ctx, some.ids[0], access.Restricted)
		if err != nil || box == nil {
			t.Fatal(box, err)
		}
		for full := 0; full < some.n; {
			z := some.first + r.IntN(some.last-some.first+1)
			x, y := at(z, box[0]+r.Float64()*(box[2]-box[0]), box[1]+r.Float64()*(box[3]-box[1]))
			data, _, err := store.Tile(ctx, some.ids, z, x, y, access.Classes()[r.IntN(3)])
			if err != nil {
				t.Fatal(err)
			}
			if len(data) > 0 {
				full++
				packed = append(packed, data)
			}
		}
	}
	kinds := map[uint64]int{}
	for i, found := range readTiles(t, packed) {
		raw, err := tiles.Unpack(packed[i])
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]readLayer{}
		for id, features := range decode(t, raw) {
			l := readLayer{Version: 2, Extent: 4096}
			for _, f := range features {
				kinds[f.kind]++
				l.Features = append(l.Features, readFeature{f.id, f.kind, plain(t, f.attributes), f.wkt})
			}
			want[id] = l
		}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Fatalf("tile %d: %s", i, diff)
		}
	}
	if kinds[1] < 100 || kinds[2] < 1000 || kinds[3] < 1000 {
		t.Errorf("features by kind: %v", kinds)
	}
}

// plain are attributes as JSON has them, without types of numbers.
func plain(t *testing.T, attributes map[string]any) (out map[string]any) {
	t.Helper()
	text, err := json.Marshal(attributes)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
