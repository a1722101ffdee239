package api_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"

	"basin/access"
	"basin/api"
)

// post asks in a body as a reader of that clearance.
func (b mapBench) post(t *testing.T, at, body string, clearance access.Class) (*http.Response, []byte) {
	t.Helper()
	return b.ask(t, http.MethodPost, at, strings.NewReader(body), clearance, "Content-Type", "application/json")
}

// circle is a polygon of so many corners around the stations, as GeoJSON.
func circle(corners int) string {
	var ring strings.Builder
	for i := range corners {
		a := 2 * math.Pi * float64(i) / float64(corners)
		fmt.Fprintf(&ring, "[%.9f,%.9f],", 120.5+0.055*math.Cos(a), 32+0.05*math.Sin(a))
	}
	return `{"type":"Polygon","coordinates":[[` + ring.String() + "[120.555000000,32.000000000]]]}"
}

// TestSearch asks by a body for what is asked for by an address, and by polygons that no address holds; pages go on with the same body.
func TestSearch(t *testing.T) {
	b := newMapBench(t)
	within := func(polygon string) string {
		return `{"op":"s_intersects","args":[{"property":"geometry"},` + polygon + `]}`
	}
	for body, want := range map[string]string{
		`{"filter":"code LIKE 'public-1%'","sortby":["-code"],"limit":2,"properties":["code"]}`: asked("station", "filter", "code LIKE 'public-1%'", "sortby", "-code", "limit", "2", "properties", "code"),
		`{"filter":` + within(circle(4)) + `,"bbox":[120,31.9,120.525,33]}`:                     asked("station", "filter", within(circle(4)), "filter-lang", "cql2-json", "bbox", "120,31.9,120.525,33"),
		`{"type":"level","skipGeometry":true,"crs":"EPSG:4549","nearest":[120.5,32],"k":3}`:     asked("station", "type", "level", "skipGeometry", "true", "crs", "EPSG:4549", "nearest", "120.5,32", "k", "3"),
		`{"filter":true}`: asked("station", "filter", "true"), `{}`: asked("station"),
	} {
		res, text := b.post(t, "/ogc/collections/station/search", body, access.Internal)
		var got api.FeaturePage
		if err := json.Unmarshal(text, &got); err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %s", body, res.StatusCode, text)
		}
		page := read[api.FeaturePage](t, b, want, access.Internal)
		if fmt.Sprintf("%s", got.Features) != fmt.Sprintf("%s", page.Features) || len(got.Features) == 0 {
			t.Errorf("%s: %s, want %s", body, got.Features, page.Features)
		}
	}
	body, seen := `{"filter":`+within(circle(30_000))+`,"limit":4,"sortby":"code"}`, map[string]bool{}
	for at, n := "/ogc/collections/station/search", 0; at != ""; n++ {
		res, text := b.post(t, at, body, access.Public)
		var page api.FeaturePage
		if err := json.Unmarshal(text, &page); err != nil || res.StatusCode != http.StatusOK || n > 5 {
			t.Fatalf("%d %.300s", res.StatusCode, text)
		}
		for _, raw := range page.Features {
			seen[string(raw)] = true
		}
		at = ""
		for _, l := range page.Links {
			if l.Rel == "next" && l.Method == http.MethodPost {
				at = strings.TrimPrefix(l.Href, b.url)
			}
		}
	}
	if len(seen) != 6 {
		t.Errorf("%d stations in the circle", len(seen))
	}
	var stats api.Stats
	if _, text := b.post(t, "/ogc/collections/station/stats", `{"filter":`+within(circle(30_000))+`,"property":"chainage_m"}`, access.Public); json.Unmarshal(text, &stats) != nil ||
		len(stats.Groups) != 1 || stats.Groups[0].Count != 6 || stats.Groups[0].Sum == nil {
		t.Errorf("%s", text)
	}
	if res, text := b.post(t, "/ogc/collections/station/search", `{"f":"csv","filter":"code = 'public-3'"}`, access.Public); !strings.HasPrefix(res.Header.Get("Content-Type"), "text/csv") ||
		!strings.Contains(string(text), "public-3") {
		t.Errorf("%s", text)
	}
	if res, _ := b.post(t, "/ogc/collections/parks/search", `{}`, access.Public); res.StatusCode != http.StatusNotFound {
		t.Errorf("a hidden layer: %d", res.StatusCode)
	}
}

// TestHostile asks what nobody means: each is refused with what is wrong.
func TestHostile(t *testing.T) {
	b := newMapBench(t)
	deep := 100_000
	for body, want := range map[string]string{
		`{"filter":"` + strings.Repeat("(", deep) + `"}`:                                                              "nested more than 100",
		`{"filter":"` + strings.Repeat("NOT ", deep) + `true"}`:                                                       "nested more than 100",
		`{"filter":` + strings.Repeat(`{"op":"not","args":[`, deep/10) + `true` + strings.Repeat(`]}`, deep/10) + `}`: "not the JSON",
		`{"filter":` + strings.Repeat(`{"op":"not","args":[`, 200) + `true` + strings.Repeat(`]}`, 200) + `}`:         "nested more than 100",
		`{"filter":` + strings.Repeat("[", deep) + `}`:                                                                "not the JSON",
		`{"filter":` + `{"op":"s_intersects","args":[{"property":"geometry"},` + circle(1_000_000) + `]}}`:            "too-large",
		`{"filter":"s_intersects(geom, LINESTRING(` + strings.Repeat("1 1,", 150_000) + `1 1))"}`:                     "more than 100000 vertices",
		`{"filter":"\"code\"\"; DROP TABLE twin.thing; --\" = 'x'"}`:                                                  "unknown-queryable",
		`{"filter":{"op":"=","args":[{"property":"code\"; DROP TABLE twin.thing; --"},"x"]}}`:                         "unknown-queryable",
		`{"code\"; DROP TABLE twin.thing; --":"x"}`:                                                                   "unknown-parameter",
		`{"sortby":"code; DROP TABLE twin.thing"}`:                                                                    "sortables",
		`{"filter":"` + strings.Repeat("code = 'x' OR ", 20_000) + `true"}`:                                           "parts",
		`{"filter":null}`: "must be a text", `{"bbox":[[1]]}`: "must be a text", `[]`: "bad-json", `{"limit":{}}`: "must be a text", `{} x`: "bad-json", `{"sortby":["a,b"]}`: "must be a text", ``: "bad-json",
	} {
		for _, at := range []string{"/ogc/collections/station/search", "/ogc/collections/station/stats"} {
			if strings.Contains(body, "sortby") && strings.HasSuffix(at, "stats") {
				continue
			}
			res, text := b.post(t, at, body, access.Public)
			if (res.StatusCode != http.StatusBadRequest && res.StatusCode != http.StatusRequestEntityTooLarge) || !strings.Contains(string(text), want) {
				t.Errorf("%s, %.80s: %d %.300s, want %s", at, body, res.StatusCode, text, want)
			}
		}
	}
}

// TestTooLargeIsHeard: whoever sends more than is taken is told so, instead of finding the connection broken while he is still sending.
func TestTooLargeIsHeard(t *testing.T) {
	b := newMapBench(t)
	body := `{"filter":"` + strings.Repeat("x", 20<<20) + `"}`
	for range 5 {
		if res, text := b.post(t, "/ogc/collections/station/search", body, access.Public); res.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%d %.200s", res.StatusCode, text)
		}
	}
}
