package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"basin/access"
	"basin/api"
)

// TestSortables: a page comes in the order that is asked for by everything that the sortables name, through all its pages; what they do not name is refused.
func TestSortables(t *testing.T) {
	b := newMapBench(t)
	odd(t, b)
	for _, id := range []string{"odd", "station", "road"} {
		sortables := read[struct{ Properties map[string]map[string]any }](t, b, "/ogc/collections/"+id+"/sortables", access.Restricted)
		all := read[struct{ Properties map[string]map[string]any }](t, b, "/ogc/collections/"+id+"/schema", access.Restricted)
		if sortables.Properties["list"] != nil || sortables.Properties["geometry"] != nil || len(sortables.Properties) < 5 {
			t.Errorf("%s: %v", id, sortables.Properties)
		}
		for name := range all.Properties {
			if sortables.Properties[name] == nil {
				if res, body := b.get(t, asked(id, "sortby", name), access.Restricted); res.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "sortables") {
					t.Errorf("%s by %s: %d %s", id, name, res.StatusCode, body)
				}
			}
		}
		for name := range sortables.Properties {
			up, down := items(t, b, asked(id, "sortby", name, "limit", "3"), access.Restricted), items(t, b, asked(id, "sortby", "-"+name, "limit", "3"), access.Restricted)
			values := func(features []feature) (out []any) {
				for _, f := range features {
					if v := f.Properties[name]; v != nil && (len(out) == 0 || out[len(out)-1] != v) {
						out = append(out, v)
					}
				}
				return out
			}
			rising, falling := values(up), values(down)
			if len(up) != len(down) || len(rising) != len(falling) {
				t.Fatalf("%s by %s: %d and %d features, %v, %v", id, name, len(up), len(down), rising, falling)
			}
			for i, v := range rising {
				if falling[len(falling)-1-i] != v {
					t.Errorf("%s by %s: %v falls as %v", id, name, rising, falling)
				}
			}
			for i, f := range up {
				if f.Properties[name] == nil && i+1 < len(up) && up[i+1].Properties[name] != nil {
					t.Errorf("%s by %s: null is before %v", id, name, up[i+1].Properties[name])
				}
			}
		}
	}
	page := read[api.FeaturePage](t, b, asked("station", "sortby", "+type,-chainage_m", "limit", "2", "properties", "chainage_m", "skipGeometry", "true"), access.Public)
	var f struct {
		Geometry   any
		Properties map[string]json.Number
	}
	if err := json.Unmarshal(page.Features[0], &f); err != nil || f.Geometry != nil || len(f.Properties) != 1 || string(f.Properties["chainage_m"]) != "12" {
		t.Errorf("%s: %v", page.Features[0], err)
	}
	for _, at := range []string{asked("station", "sortby", "class"), asked("station", "sortby", ","), asked("station", "sortby", "type", "nearest", "120,32"), asked("station", "properties", "class"),
		asked("station", "after", "x"), asked("station", "sortby", "type", "after", "12"), asked("station", "skipGeometry", "perhaps")} {
		if res, body := b.get(t, at, access.Public); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d %s", at, res.StatusCode, body)
		}
	}
}
