package tiles_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"basin/access"
	"basin/fault"
	"basin/layer"
	"basin/postgis/postgistest"
	"basin/tiles"
)

// archived reads an archive by the specification of PMTiles 3: the tiles by their numbers, and the metadata.
func archived(t *testing.T, b []byte) (found map[uint64][]byte, metadata map[string]any) {
	t.Helper()
	if string(b[:7]) != "PMTiles" || b[7] != 3 || b[96] != 1 || b[97] != 2 || b[98] != 2 || b[99] != 1 {
		t.Fatalf("header %x", b[:127])
	}
	at := func(i int) uint64 { return binary.LittleEndian.Uint64(b[8+8*i:]) }
	unzip := func(b []byte) []byte {
		r, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		out, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if at(0)+at(1) > 16<<10 {
		t.Errorf("the root ends at byte %d", at(0)+at(1))
	}
	if err := json.Unmarshal(unzip(b[at(2):at(2)+at(3)]), &metadata); err != nil {
		t.Fatal(err)
	}
	found = map[uint64][]byte{}
	entries := uint64(0)
	var read func(dir []byte)
	read = func(dir []byte) {
		next := func() (n uint64) { n, dir = varint(t, dir); return n }
		count := next()
		id, run, length, offset := make([]uint64, count), make([]uint64, count), make([]uint64, count), make([]uint64, count)
		last := uint64(0)
		for i := range id {
			last += next()
			id[i] = last
		}
		for i := range run {
			run[i] = next()
		}
		for i := range length {
			length[i] = next()
		}
		for i := range offset {
			if n := next(); n > 0 {
				offset[i] = n - 1
			} else {
				offset[i] = offset[i-1] + length[i-1]
			}
		}
		for i := range id {
			if run[i] == 0 {
				read(unzip(b[at(4)+offset[i] : at(4)+offset[i]+length[i]]))
				continue
			}
			entries++
			for k := range run[i] {
				found[id[i]+k] = b[at(6)+offset[i] : at(6)+offset[i]+length[i]]
			}
		}
	}
	read(unzip(b[at(0) : at(0)+at(1)]))
	if uint64(len(found)) != at(8) || entries != at(9) {
		t.Errorf("%d tiles in %d entries; the header says %d and %d", len(found), entries, at(8), at(9))
	}
	return found, metadata
}

// TestArchive writes an archive and reads it again: it holds every tile as the server would send it, and nothing that is not for its readers.
func TestArchive(t *testing.T) {
	ctx, db := context.Background(), postgistest.New(t)
	own(t, db, "buildings", "polygon", features(t, "city3d/osm_north-bayreuth_buildings.geojson.gz"))
	store, err := tiles.Loaded(ctx, db, layer.New(db))
	if err != nil {
		t.Fatal(err)
	}
	write := func(a tiles.Archive) (int, []byte, error) {
		f, err := os.Create(filepath.Join(t.TempDir(), "a.pmtiles"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		n, err := store.WriteArchive(ctx, f, a, func(int, int) {})
		b, _ := os.ReadFile(f.Name())
		return n, b, err
	}
	n, b, err := write(tiles.Archive{Layers: []string{"buildings"}, Clearance: access.Public, MinZoom: 5, MaxZoom: 16})
	if err != nil || n < 300 {
		t.Fatal(n, err)
	}
	found, metadata := archived(t, b)
	if len(found) != n || metadata["vector_layers"] == nil {
		t.Errorf("%d tiles of %d, %v", len(found), n, metadata)
	}
	checked := 0
	for z := 5; z <= 16; z++ {
		x, y := at(z, 11.55, 50.0)
		for dx := range 3 {
			data, _, err := store.Tile(ctx, []string{"buildings"}, z, x+dx, y, access.Public)
			if err != nil {
				t.Fatal(err)
			}
			if got := found[tiles.TileNumber(z, x+dx, y)]; !bytes.Equal(got, data) && (dx == 0 || got != nil) {
				t.Errorf("%d/%d/%d differs", z, x+dx, y)
			} else if len(data) > 0 {
				checked++
			}
		}
	}
	if checked < 12 {
		t.Errorf("only %d tiles were held against the server's", checked)
	}
	for want, id := range map[uint64][3]int{0: {0, 0, 0}, 1: {1, 0, 0}, 2: {1, 0, 1}, 3: {1, 1, 1}, 4: {1, 1, 0}, 5: {2, 0, 0}, 19078479: {12, 3423, 1763}} { // as the specification has them
		if got := tiles.TileNumber(id[0], id[1], id[2]); got != want {
			t.Errorf("%v has the number %d, not %d", id, got, want)
		}
	}
	if _, _, err := write(tiles.Archive{Layers: []string{"buildings"}, Clearance: access.Public, MaxZoom: 22, BBox: &[4]float64{-180, -85, 180, 85}}); err != nil {
		t.Errorf("what lies beyond the layers was asked for: %v", err)
	}
	if _, _, err := write(tiles.Archive{Layers: []string{"buildings"}, Clearance: access.Public, MaxZoom: 22, BBox: &[4]float64{0, 0, 1, 1}}); fault.Of(err) == nil || fault.Of(err).Code != "archive-empty" {
		t.Errorf("a box without anything: %v", err)
	}
	if _, err := db.Exec(ctx, "UPDATE own.buildings SET geom = ST_SetSRID(ST_MakePoint(-100, -50), 4326) WHERE gid = 1"); err != nil {
		t.Fatal(err)
	}
	store = tiles.New(db, slog.New(slog.DiscardHandler), layer.New(db), 0)
	if _, _, err := write(tiles.Archive{Layers: []string{"buildings"}, Clearance: access.Restricted, MaxZoom: 22}); fault.Of(err) == nil || fault.Of(err).Code != "archive-too-large" {
		t.Error(err)
	}
}
