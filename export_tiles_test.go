package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"basin/tiles"
)

// readArchive reads an archive with PMTiles' own reader: header, metadata, and the tiles at some places, nil for those that it does not have.
func readArchive(t *testing.T, file string, places []string) (header map[string]any, metadata struct {
	Layers []tiles.VectorLayer `json:"vector_layers"`
}, found [][]byte) {
	t.Helper()
	node := exec.CommandContext(t.Context(), "node", "web/test/read-archive.mjs", file)
	node.Stdin, node.Stderr = strings.NewReader(strings.Join(places, "\n")), os.Stderr
	out, err := node.Output()
	if err != nil {
		t.Fatalf("%v; make web/node_modules/.package-lock.json installs what it needs", err)
	}
	answers := json.NewDecoder(bytes.NewReader(out))
	if err := answers.Decode(&header); err != nil {
		t.Fatal(err)
	}
	if err := answers.Decode(&metadata); err != nil {
		t.Fatal(err)
	}
	for answers.More() {
		var tile []byte // JSON has bytes in Base64
		if err := answers.Decode(&tile); err != nil {
			t.Fatal(err)
		}
		found = append(found, tile)
	}
	if len(found) != len(places) {
		t.Fatalf("%d tiles were read of %d", len(found), len(places))
	}
	return header, metadata, found
}

// tileAt is the tile of a zoom level that holds a place.
func tileAt(z int, lon, lat float64) (x, y int) {
	n, rad := math.Exp2(float64(z)), lat*math.Pi/180
	return int(n * (lon + 180) / 360), int(n * (1 - math.Asinh(math.Tan(rad))/math.Pi) / 2)
}

// TestExportedTiles exports tiles, and reads them with PMTiles' own reader: each is byte for byte what the server sends, to the public and to others.
func TestExportedTiles(t *testing.T) {
	r := serveRegion(t)
	until(t, "the layers to be in memory", func() bool { return r.server.tiles.Ready() == nil })
	if _, err := r.db.Exec(t.Context(), "UPDATE twin.thing SET class = 'restricted' WHERE id = 'station:NT-S05'"); err != nil {
		t.Fatal(err)
	}
	until(t, "the station to be out of the public's tiles", func() bool {
		raw, _ := r.tileOf("/tiles/station/9/427/207.mvt", "")
		return !bytes.Contains(raw, []byte("NT-S05"))
	})
	for class, token := range map[string]string{"public": "", "restricted": r.token} {
		file := filepath.Join(t.TempDir(), class+".pmtiles")
		o := r.basin("export", "--pmtiles", file, "--layer", "river,station", "--min-zoom", "7", "--max-zoom", "12", "--bbox", "120.7,31.9,121.2,32.2", "--class", class)
		var did Archived
		lines := strings.Split(strings.TrimSpace(o.out), "\n")
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &did); err != nil || o.code != 0 || did.Tiles < 30 || did.File != file {
			t.Fatalf("%d %s %s", o.code, o.out, o.err)
		}
		var places []string
		for z := 7; z <= 12; z++ {
			left, top := tileAt(z, 120.7, 32.2)
			right, bottom := tileAt(z, 121.2, 31.9)
			for x := left; x <= right; x++ {
				for y := top; y <= bottom; y++ {
					places = append(places, fmt.Sprintf("%d/%d/%d", z, x, y))
				}
			}
		}
		header, metadata, found := readArchive(t, file, places)
		if header["minZoom"] != 7.0 || header["maxZoom"] != 12.0 || header["tileType"] != 1.0 || header["numAddressedTiles"] != float64(did.Tiles) || header["clustered"] != true ||
			header["minLon"] != 120.7 || header["maxLat"] != 32.2 {
			t.Errorf("%v", header)
		}
		if len(metadata.Layers) != 2 || metadata.Layers[0].ID != "river" || metadata.Layers[1].Fields["code"] == "" {
			t.Errorf("%+v", metadata)
		}
		same, secret := 0, false
		for i, place := range places {
			raw, _ := r.tileOf("/tiles/river,station/"+place+".mvt", token)
			if !bytes.Equal(raw, found[i]) {
				t.Errorf("%s: %s differs from what the server sends", class, place)
			}
			if len(raw) > 0 {
				same++
			}
			secret = secret || bytes.Contains(raw, []byte("NT-S05"))
		}
		if same != did.Tiles || secret != (class == "restricted") {
			t.Errorf("%s: %d tiles were compared; the station is in them: %v", class, same, secret)
		}
	}
}
