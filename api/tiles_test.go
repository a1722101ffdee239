package api_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"basin/access"
	"basin/api"
	"basin/tiles"
)

// TestTileCodings asks for a tile with every kind of Accept-Encoding: it comes in the coding that is liked best, and is the same tile under the same tag in all of them.
func TestTileCodings(t *testing.T) {
	b := newMapBench(t)
	const at = "/tiles/station,road/9/427/207.mvt"
	plain, raw := b.get(t, at, access.Public)
	unzip, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer unzip.Close()
	for accept, want := range map[string]string{
		"gzip": "gzip", "zstd": "zstd", "gzip, deflate, br, zstd": "zstd", "br, GZIP": "gzip", "gzip;q=1.0, zstd;q=0.5": "gzip", "gzip; q=0.5, zstd;q=0.8": "zstd",
		"zstd;q=0, gzip": "gzip", "zstd;q=0, *": "gzip", "*;q=0.1": "zstd", "*;q=0": "", "gzip;q=0": "", "identity, gzip;q=0.5": "", "identity;q=0, gzip;q=0.001": "gzip",
		"br": "", "gzip;q=nonsense": "", "gzip;q=7, zstd;q=0.2": "zstd", "gzipped": "", ",,;": "", "identity;q=0.5, *;q=0.9": "zstd",
	} {
		for range 2 { // made, then held
			res, body := b.get(t, at, access.Public, "Accept-Encoding", accept)
			got := res.Header.Get("Content-Encoding")
			switch got {
			case "gzip":
				body, err = tiles.Unpack(body)
			case "zstd":
				body, err = unzip.DecodeAll(body, nil)
			}
			if got != want || err != nil || !bytes.Equal(body, raw) || len(raw) == 0 || res.ContentLength <= 0 {
				t.Errorf("%q: %q, want %q; %d bytes of %d, %v", accept, got, want, len(body), len(raw), err)
			}
			vary := strings.Join(res.Header.Values("Vary"), ", ")
			if res.Header.Get("ETag") != plain.Header.Get("ETag") || !strings.Contains(vary, "Accept-Encoding") || !strings.Contains(vary, "Authorization, Cookie") {
				t.Errorf("%q: %v", accept, res.Header)
			}
			if res, _ := b.get(t, at, access.Public, "Accept-Encoding", accept, "If-None-Match", plain.Header.Get("ETag")); res.StatusCode != http.StatusNotModified {
				t.Errorf("%q: %d with its tag", accept, res.StatusCode)
			}
		}
	}
	if res, _ := b.get(t, "/tiles/nothing/9/427/207.mvt", access.Public); res.StatusCode != http.StatusNotFound || res.Header.Get("X-Request-Id") == "" {
		t.Errorf("what fails has no identifier: %v", res.Header)
	}
}

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
