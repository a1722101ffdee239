package main

import (
	"bytes"
	"net/http"
	"testing"

	"basin/tiles"
)

// tileOf is a tile as the server sends it, with its tag.
func (r *running) tileOf(path, token string) (raw []byte, etag string) {
	r.Helper()
	req, _ := http.NewRequest(http.MethodGet, "http://"+r.address+path, nil)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	req.Header.Set("Accept-Encoding", "gzip")
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer answer.Body.Close()
	var b bytes.Buffer
	_, _ = b.ReadFrom(answer.Body)
	if answer.StatusCode == http.StatusNoContent {
		return nil, answer.Header.Get("ETag")
	}
	if answer.StatusCode != http.StatusOK {
		r.Fatalf("%s: %d %s", path, answer.StatusCode, b.String())
	}
	if raw, err = tiles.Unpack(b.Bytes()); err != nil {
		r.Fatal(err)
	}
	return raw, answer.Header.Get("ETag")
}

// TestStatusInTiles: a client that knows nothing but tiles sees a river change its status, while the tile without status stays, and so does one that holds no such
// river.
func TestStatusInTiles(t *testing.T) {
	r := serveRegion(t)
	until(t, "the layers to be in memory", func() bool { return r.server.tiles.Ready() == nil })
	const at, elsewhere = "/9/427/207.mvt", "/9/428/208.mvt"
	plain, plainTag := r.tileOf("/tiles/river"+at, "")
	marked, tag := r.tileOf("/tiles/river_status"+at, "")
	_, otherTag := r.tileOf("/tiles/river_status"+elsewhere, "")
	if bytes.Contains(plain, []byte("status_level")) || !bytes.Contains(marked, []byte("status_level")) || bytes.Contains(marked, []byte("warning")) {
		t.Errorf("plain %q, marked %q", plain, marked)
	}
	r.send("NT-S05.level", 3.21) // its warning level is 3.0
	until(t, "the river to be at warning in its tile", func() bool {
		raw, now := r.tileOf("/tiles/river_status"+at, "")
		return now != tag && bytes.Contains(raw, []byte("warning"))
	})
	if _, now := r.tileOf("/tiles/river"+at, ""); now != plainTag {
		t.Error("the tile without status changed")
	}
	if _, now := r.tileOf("/tiles/river_status"+elsewhere, ""); now != otherTag {
		t.Error("a tile without that river changed")
	}
	var described tiles.TileJSON
	r.get("/tiles/river_status,station_status.json", &described)
	if len(described.VectorLayers) != 2 || described.VectorLayers[0].Fields["status_level"] == "" || described.VectorLayers[1].ID != "station_status" {
		t.Errorf("%+v", described)
	}
	both, _ := r.tileOf("/tiles/river_status,station"+at, "")
	if !bytes.Contains(both, []byte("river_status")) || !bytes.Contains(both, []byte("station")) {
		t.Error("a layer with status and one without are not in one tile")
	}
}
