package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"strings"
	"testing"
)

// cityFile is a CityJSON file as an independent reader finds it.
type cityFile struct {
	CityObjects map[string]cityObject `json:"CityObjects"` //nolint:tagliatelle // CityJSON's name
}

type cityObject struct {
	Type     string
	Parents  []string
	Geometry []struct {
		Type      string
		LOD       any `json:"lod"`
		Semantics json.RawMessage
	}
}

// scanCity reads CityJSON, or the lines of a CityJSON sequence.
func scanCity(t *testing.T, path string) map[string]cityObject {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	documents := [][]byte{raw}
	if strings.HasSuffix(path, ".jsonl") {
		documents = bytes.Split(bytes.TrimSpace(raw), []byte("\n"))
	}
	all := map[string]cityObject{}
	for _, d := range documents {
		var f cityFile
		if err := json.Unmarshal(d, &f); err != nil {
			t.Fatal(err)
		}
		maps.Copy(all, f.CityObjects)
	}
	return all
}

func TestLoadCity(t *testing.T) {
	for _, file := range []string{"city3d/delft.city.json", "city3d/tile_901_trimmed.city.jsonl"} {
		t.Run(file, func(t *testing.T) {
			path := shared(t, file)
			b := newBench(t)
			_, findings := b.loadTwice(path)
			for _, f := range findings {
				t.Errorf("finding %+v", f)
			}
			objects := scanCity(t, path)
			buildings, parents, lods, semantics := 0, 0, map[string]int{}, 0
			for _, o := range objects {
				if strings.HasPrefix(o.Type, "Building") {
					buildings++
				}
				if len(o.Parents) > 0 {
					parents++
				}
				for _, g := range o.Geometry {
					lod, _ := json.Marshal(g.LOD)
					lods[strings.Trim(string(lod), `"`)]++
					if len(g.Semantics) > 0 && string(g.Semantics) != "null" {
						semantics++
					}
				}
			}
			b.equal("objects", b.count("SELECT count(*) FROM city.object"), len(objects))
			b.equal("buildings", b.count("SELECT count(*) FROM twin.thing WHERE kind = 'building'"), buildings)
			b.equal("other objects", b.count("SELECT count(*) FROM twin.thing WHERE kind = 'cityobject'"), len(objects)-buildings)
			b.equal("parents", b.count("SELECT count(*) FROM city.object WHERE parent IS NOT NULL"), parents)
			b.equal("semantics", b.count("SELECT count(*) FROM city.model WHERE jsonb_typeof(semantics) = 'object'"), semantics)
			b.equal("levels of detail", b.count("SELECT count(DISTINCT lod) FROM city.model"), len(lods))
			for lod, n := range lods {
				b.equal("models of level "+lod, b.count("SELECT count(*) FROM city.model WHERE lod = $1", lod), n)
			}
			b.equal("parents that are not in the file", b.count(`SELECT count(*) FROM city.object o JOIN twin.thing t USING (id) JOIN twin.thing p ON p.id = o.parent
				WHERE NOT ($1::jsonb -> t.code -> 'Parents') ? p.code`, parentsOf(t, objects)), 0)
			b.equal("implausible heights", b.count(`SELECT count(*) FROM city.object o JOIN twin.thing t USING (id)
				WHERE t.kind = 'building' AND o.height_m IS NOT NULL AND (o.height_m <= 0 OR o.height_m > 120)`), 0)
			if n := b.count("SELECT count(*) FROM city.object o JOIN twin.thing t USING (id) WHERE t.kind = 'building' AND o.height_m IS NOT NULL"); n == 0 {
				t.Error("no building has a height")
			}
			b.equal("buildings without a place", b.count("SELECT count(*) FROM twin.thing WHERE kind = 'building' AND (geom IS NULL OR ST_Area(geom) = 0)"), 0)
			b.equal("models without a box in three dimensions", b.count(`SELECT count(*) FROM (SELECT ST_3DExtent(geom) AS e FROM city.model GROUP BY object, lod, number) x
				WHERE e IS NULL OR ST_ZMax(e) < ST_ZMin(e) OR ST_XMax(e) <= ST_XMin(e) OR ST_ZMax(e) - ST_ZMin(e) > 200`), 0)
			b.equal("models off the Netherlands", b.count(`SELECT count(*) FROM city.model WHERE NOT geom && ST_MakeEnvelope(3.3, 50.7, 7.3, 53.6, 4326)`), 0)
			b.equal("models away from their object", b.count(`SELECT count(*) FROM city.model m JOIN twin.thing t ON t.id = m.object WHERE NOT m.geom && t.geom`), 0)
		})
	}
}

// parentsOf is the parents of each object as JSON.
func parentsOf(t *testing.T, objects map[string]cityObject) string {
	t.Helper()
	text, err := json.Marshal(objects)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
