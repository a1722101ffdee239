package source

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"basin/fault"
	"basin/geo"
)

const sharedDir = "../../shared/data"

// shared is a file of the shared data; without them the test is skipped, but not where CI promises them.
func shared(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(sharedDir, name)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("../shared is absent")
	}
	return path
}

// put writes a file for a test.
func put(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// all reads a file to its end.
func all(t *testing.T, path string, o Options) (features []Feature, findings []Finding, err error) {
	t.Helper()
	o.Finding = func(f Finding) { findings = append(findings, f) }
	err = Read(context.Background(), path, o, func(f Feature) error {
		features = append(features, f)
		return nil
	})
	return features, findings, err
}

// good reads a file that must have neither fault nor finding.
func good(t *testing.T, path string, o Options) []Feature {
	t.Helper()
	features, findings, err := all(t, path, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(findings) > 0 {
		t.Errorf("%s: %d findings, the first: %+v", path, len(findings), findings[0])
	}
	return features
}

func code(err error) string {
	if f := fault.Of(err); f != nil {
		return f.Code
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// perLayer counts features.
func perLayer(features []Feature) map[string]int {
	out := map[string]int{}
	for _, f := range features {
		out[f.Layer]++
	}
	return out
}

func layers(t *testing.T, path string) map[string]int {
	t.Helper()
	list, err := Layers(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, l := range list {
		out[l.Name] = l.Count
	}
	return out
}

func within(t *testing.T, features []Feature, west, south, east, north float64) {
	t.Helper()
	for _, f := range features {
		each(f, func(p geo.Place) geo.Place {
			if p[0] < west || p[0] > east || p[1] < south || p[1] > north {
				t.Fatalf("%s %d %s: %v lies outside", f.Layer, f.Index, f.ID, p)
			}
			return p
		})
	}
}

func TestGeoPackage(t *testing.T) {
	path := shared(t, "hydro/hydamo_Example_model.gpkg")
	want := map[string]int{"hydroobject": 61, "stuw": 25, "duikersifonhevel": 92, "gemaal": 2, "pomp": 3, "profielpunt": 2203}
	counts := layers(t, path)
	for layer, n := range want {
		features := good(t, path, Options{Layer: layer})
		if len(features) != n || counts[layer] != n {
			t.Errorf("%s: %d features, listed %d, want %d", layer, len(features), counts[layer], n)
		}
		within(t, features, 5.9, 51.4, 6.2, 51.7)
		for i, f := range features {
			if (f.Geometry == nil) != (layer == "pomp") || f.Index != i || f.ID == "" {
				t.Fatalf("%s %d: %+v", layer, i, f)
			}
		}
	}
	if z := geo.Heights(good(t, path, Options{Layer: "profielpunt"})[0].Geometry); len(z) != 1 || z[0] == 0 {
		t.Errorf("height of the first profile point: %v", z)
	}
	// By the city's own grid, raw: rotation 0 and scale 0 change nothing.
	a := good(t, path, Options{Layer: "stuw"})
	b := good(t, path, Options{Layer: "stuw", CRS: "grid4:EPSG:28992;dx=0,dy=0,rotation=0,scale=0"})
	for i := range a {
		p, _ := geo.At(a[i].Geometry)
		q, _ := geo.At(b[i].Geometry)
		if d := geo.Distance(p, q); d > 0.001 {
			t.Fatalf("weir %d: %v m apart", i, d)
		}
	}
	if _, _, err := all(t, path, Options{Layer: "none"}); code(err) != "no-layer" {
		t.Error(err)
	}
}

func TestCityJSON(t *testing.T) {
	path := shared(t, "city3d/delft.city.json")
	features := good(t, path, Options{})
	want := map[string]int{"Building": 160, "Road": 143, "WaterBody": 3, "Bridge": 3, "PlantCover": 126, "LandUse": 81, "GenericCityObject": 54}
	if d := cmp.Diff(want, perLayer(features)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(want, layers(t, path)); d != "" {
		t.Error(d)
	}
	within(t, features, 4.35, 51.99, 4.38, 52.02)
	whole := 0
	for _, f := range features {
		if f.Geometry == nil || len(f.City.Models) == 0 {
			t.Errorf("%s has no outline or no model", f.ID)
		}
		if geo.Kind(f.Geometry) == "polygon" {
			whole++
		}
	}
	t.Logf("%d outlines of %d", whole, len(features))
}

func TestCityJSONFiles(t *testing.T) {
	for _, c := range []struct {
		name, crs string
		buildings int
		box       [4]float64
	}{
		{"tile_901_trimmed.city.jsonl", "", 52, [4]float64{4.2, 51.9, 4.5, 52.1}},
		{"montreal_b4.city.jsonl", "EPSG:32188", 4, [4]float64{-74, 45, -73, 46}}, // the zone that it names, 26918, is not its own
		{"denhaag_DH_01_subs.city.json", "7415", 4, [4]float64{4.2, 52, 4.4, 52.2}},
		{"multi_lod.city.json", "EPSG:7415", 10, [4]float64{5.3, 51.6, 5.5, 51.8}},
		{"rotterdam_3-20-DELFSHAVEN.city.json", "", 853, [4]float64{4.3, 51.8, 4.6, 52}},
		{"3dbag_sub.city.json", "", 26, [4]float64{5.8, 51.6, 6.1, 51.9}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := shared(t, "city3d/"+c.name)
			if c.crs != "" && c.crs != "EPSG:32188" {
				if _, _, err := all(t, path, Options{}); code(err) != "crs-missing" {
					t.Errorf("without a coordinate system: %v", err)
				}
			}
			features := good(t, path, Options{CRS: c.crs})
			if n := perLayer(features)["Building"]; n != c.buildings {
				t.Errorf("%d buildings, want %d", n, c.buildings)
			}
			within(t, features, c.box[0], c.box[1], c.box[2], c.box[3])
			models, outlines := 0, 0
			for _, f := range features {
				if len(f.City.Models) > 0 {
					models++
					if f.Geometry != nil {
						outlines++
					}
				}
			}
			t.Logf("%v, %d with models, %d with outlines", perLayer(features), models, outlines)
			if models != outlines {
				t.Errorf("%d have models, %d have outlines", models, outlines)
			}
		})
	}
}

// TestLevelZero holds ground surfaces against the outline that the same file gives at level 0.
func TestLevelZero(t *testing.T) {
	path := shared(t, "city3d/tile_901_trimmed.city.jsonl")
	size := func(g geo.Geometry) float64 {
		ring := geo.Outline(g)
		for i := range ring {
			ring[i][0] *= math.Cos(52 * math.Pi / 180)
		}
		return math.Abs(area(ring)) * 111e3 * 111e3
	}
	zero := map[string]float64{}
	solid := map[string]float64{}
	for _, f := range good(t, path, Options{}) {
		var other []shape
		for _, m := range f.City.Models {
			if strings.HasPrefix(m.LOD, "0") {
				zero[f.ID] = size(f.Geometry)
			} else if m.LOD == "1.2" {
				other = append(other, shape{m, make([]string, len(m.Polygons))})
			}
		}
		if len(other) > 0 {
			parent := f.ID
			if len(f.City.Parents) > 0 {
				parent = f.City.Parents[0]
			}
			solid[parent] += size(footprint(other))
		}
	}
	near := 0
	for id, a := range zero {
		if math.Abs(solid[id]-a) < 0.05*a+1 {
			near++
		}
	}
	t.Logf("%d of %d outlines of solids are within 5 %% of level 0", near, len(zero))
	if len(zero) == 0 || near < len(zero)*8/10 {
		t.Errorf("only %d of %d are", near, len(zero))
	}
}

func TestRealGeoJSON(t *testing.T) {
	for name, n := range map[string]int{"hydro/osm_hangzhou_water.geojson.gz": 2721} {
		if features := good(t, shared(t, name), Options{}); len(features) != n {
			t.Errorf("%s: %d features, want %d", name, len(features), n)
		}
	}
	// The coordinates of GCJ-02 are shifted: some 0.00425 degrees east and 0.00214 south at Nantong.
	path := shared(t, "admin/nantong_320600_full_datav_GCJ02.json")
	shifted, straight := good(t, path, Options{CRS: "EPSG:4326"}), good(t, path, Options{CRS: "GCJ-02"})
	for i := range shifted {
		a, b := geo.Outline(shifted[i].Geometry)[0], geo.Outline(straight[i].Geometry)[0]
		if dx, dy := b[0]-a[0], b[1]-a[1]; math.Abs(dx+0.00425) > 0.0006 || math.Abs(dy-0.00214) > 0.0006 {
			t.Errorf("%v moved by %v, %v", shifted[i].Properties["name"], dx, dy)
		}
	}
}

// TestTransformer takes the coordinates that a list of places has beside its geometry: zone 21 of Beijing 1954 by three degrees.
func TestTransformer(t *testing.T) {
	features := good(t, shared(t, "hydro/yangtze_lower_places_zym.geojson"), Options{})
	crs, err := geo.ParseCRS("EPSG:2437")
	if err != nil {
		t.Fatal(err)
	}
	var from, want []geo.Place
	for _, f := range features {
		x, _ := f.Properties["x"].(float64)
		y, _ := f.Properties["y"].(float64)
		if p, ok := geo.At(f.Geometry); ok && x != 0 {
			from, want = append(from, geo.Place{x, y}), append(want, p)
		}
	}
	if err := NewTransformer(crs).Places(context.Background(), from); err != nil {
		t.Fatal(err)
	}
	worst := 0.0
	far := 0
	for i := range from {
		d := geo.Distance(from[i], want[i])
		if d > 10 {
			far++
		}
		worst = max(worst, d)
	}
	t.Logf("%d places, worst %.3f m, %d beyond 10 m", len(from), worst, far)
	if len(from) < 100 || far > 0 {
		t.Errorf("%d of %d places are more than 10 m away, the worst %v", far, len(from), worst)
	}
}

func TestTransformerFaults(t *testing.T) {
	err := NewTransformer(geo.CRS{Definition: "EPSG:99999"}).Places(context.Background(), []geo.Place{{1, 2}})
	if code(err) != "unknown-crs" {
		t.Error(err)
	}
	places := []geo.Place{{500000, 3540000}, {math.NaN(), 1}, {1e30, 1e30}, {500000, 3540000}}
	if err := NewTransformer(geo.CRS{Definition: "EPSG:4549"}).Places(context.Background(), places); err != nil {
		t.Fatal(err)
	}
	if math.Abs(places[0][0]-120) > 1e-9 || places[3] != places[0] || !math.IsNaN(places[2][0]) {
		t.Errorf("%v", places)
	}
	if !math.IsNaN(places[1][0]) {
		t.Errorf("%v", places)
	}
}

func TestSemanticsAsInFile(t *testing.T) {
	for _, f := range good(t, shared(t, "city3d/3dbag_sub.city.json"), Options{}) {
		for _, m := range f.City.Models {
			if m.Semantics != nil && !json.Valid(m.Semantics) {
				t.Fatalf("%s: %s", f.ID, m.Semantics)
			}
		}
	}
}
