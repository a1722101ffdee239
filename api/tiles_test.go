package api_test

import (
	"bytes"
	"net/http"
	"testing"

	"basin/access"
	"basin/api"
	"basin/tiles"
)

// TestTilesOverHTTP looks at encodings, validators and the style.
func TestTilesOverHTTP(t *testing.T) {
	b := newMapBench(t)
	const at = "/tiles/station,road/9/427/207.mvt"
	packed, body := b.get(t, at, access.Public, "Accept-Encoding", "br, gzip")
	plain, raw := b.get(t, at, access.Public)
	unpacked, err := tiles.Unpack(body)
	if err != nil || !bytes.Equal(unpacked, raw) || len(raw) == 0 {
		t.Fatalf("%v, %d and %d bytes", err, len(unpacked), len(raw))
	}
	if packed.Header.Get("Content-Encoding") != "gzip" || plain.Header.Get("Content-Encoding") != "" ||
		plain.Header.Get("Content-Type") != "application/vnd.mapbox-vector-tile" {
		t.Errorf("%v, %v", packed.Header, plain.Header)
	}
	etag := packed.Header.Get("ETag")
	if res, body := b.get(t, at, access.Public, "If-None-Match", `"x", `+etag); res.StatusCode != http.StatusNotModified || len(body) != 0 || etag == "" {
		t.Errorf("%d with %s", res.StatusCode, etag)
	}
	if res, _ := b.get(t, at, access.Restricted, "If-None-Match", etag); res.StatusCode != http.StatusOK {
		t.Errorf("the operator gets the public's tile: %d", res.StatusCode)
	}
	_, one := b.get(t, "/tiles/station/9/427/207.mvt", access.Public)
	if _, quad := b.get(t, "/ogc/collections/station/tiles/WebMercatorQuad/9/207/427", access.Public); !bytes.Equal(one, quad) || len(one) == 0 {
		t.Errorf("%d and %d bytes", len(one), len(quad))
	}
	style := read[api.Style](t, b, "/styles/basin.json", access.Internal)
	has := map[string]bool{}
	for name, source := range style.Sources {
		for _, l := range read[tiles.TileJSON](t, b, source.URL, access.Internal).VectorLayers {
			has[name+" "+l.ID] = true
		}
	}
	drawn := map[string]bool{}
	for _, l := range style.Layers[1:] {
		drawn[l.SourceLayer] = true
		if !has[l.Source+" "+l.SourceLayer] {
			t.Errorf("%s is not in %s", l.SourceLayer, l.Source)
		}
	}
	if len(drawn) != 18 || !drawn["area_label"] { // the labels of four layers among them
		t.Errorf("%d layers are drawn", len(drawn))
	}
}
