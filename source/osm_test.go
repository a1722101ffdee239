package source

import (
	"math"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"basin/geo"
)

// tagged counts the features of a layer that have a key.
func tagged(features []Feature, key string, layers ...string) int {
	n := 0
	for _, f := range features {
		for _, l := range layers {
			if _, ok := f.Properties[key]; ok && f.Layer == l {
				n++
			}
		}
	}
	return n
}

// TestOpenStreetMapXML compares with what the text of the file says.
func TestOpenStreetMapXML(t *testing.T) {
	path := shared(t, "roads/north-bayreuth.osm.gz")
	features, findings, err := all(t, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := exec.Command("gzip", "-dc", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	count := func(element, key string) (n int) {
		for _, e := range regexp.MustCompile(`(?s)<`+element+` .*?</`+element+`>`).FindAllString(string(raw), -1) {
			if strings.Contains(e, `<tag k="`+key+`"`) {
				n++
			}
		}
		return n
	}
	ids := map[string]bool{}
	ways := map[string]int{}
	for _, f := range features {
		if ids[f.ID] {
			t.Fatalf("%s twice", f.ID)
		}
		ids[f.ID] = true
		for _, key := range []string{"highway", "waterway", "building"} {
			if _, ok := f.Properties[key]; ok && strings.HasPrefix(f.ID, "way/") {
				ways[key]++
			}
		}
	}
	for key, n := range ways {
		if want := count("way", key); n != want || n == 0 {
			t.Errorf("%d ways with %s, want %d", n, key, want)
		}
	}
	t.Logf("%v, ways %v, relations as areas %d, %d findings", perLayer(features), ways, relations(features), len(findings))
	for _, f := range features {
		if f.Layer == osmLines {
			if line, nodes := geo.Lines(f.Geometry)[0], f.Properties["_nodes"].([]any); len(line) != len(nodes) {
				t.Fatalf("%s: %d places, %d nodes", f.ID, len(line), len(nodes))
			}
		}
	}
}

func relations(features []Feature) (n int) {
	for _, f := range features {
		if strings.HasPrefix(f.ID, "relation/") {
			n++
		}
	}
	return n
}

// TestOpenStreetMapPBF compares with GDAL's own reader.
func TestOpenStreetMapPBF(t *testing.T) {
	path := shared(t, "roads/andorra.osm.pbf")
	features, findings, err := all(t, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	within(t, features, 0, 41, 3, 44)
	count := func(layer, where string) float64 {
		out, err := exec.Command("ogr2ogr", "-f", "CSV", "/vsistdout/", path, "-dialect", "SQLite", "-sql", "SELECT osm_id FROM "+layer+" WHERE "+where).Output()
		if err != nil {
			t.Fatal(err)
		}
		return float64(strings.Count(string(out), "\n") - 1)
	}
	for _, c := range []struct {
		key, table string
		layers     []string
	}{
		{"highway", "lines", []string{osmLines}},
		{"waterway", "lines", []string{osmLines, osmAreas}}, // GDAL takes river banks, which are areas, for lines
		{"building", "multipolygons", []string{osmAreas}},
	} {
		got, want := float64(tagged(features, c.key, c.layers...)), count(c.table, c.key+" IS NOT NULL")
		t.Logf("%s: %v, GDAL finds %v", c.key, got, want)
		if want == 0 || math.Abs(got-want) > 0.01*want {
			t.Errorf("%s: %v, GDAL finds %v", c.key, got, want)
		}
	}
	t.Logf("%v, relations %d, findings %d", perLayer(features), relations(features), len(findings))
	if got := perLayer(features); !cmp.Equal(got, layers(t, path)) {
		t.Error("Layers counts otherwise", got, layers(t, path))
	}
}
