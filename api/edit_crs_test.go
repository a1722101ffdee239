package api_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"

	"basin/access"
)

// places are the coordinates of a polygon.
func places(t *testing.T, geometry json.RawMessage) [][2]float64 {
	t.Helper()
	var g struct {
		Coordinates [][][2]float64
		CRS         any
	}
	if err := json.Unmarshal(geometry, &g); err != nil || len(g.Coordinates) == 0 || g.CRS != nil {
		t.Fatalf("%s: %v", geometry, err)
	}
	return g.Coordinates[0]
}

// TestEditSystems sends what QGIS sends of a layer that it reads in another system: coordinates in the order of that system's axes, with Content-Crs. The answer is in the
// same system, and what is stored is where it was drawn.
func TestEditSystems(t *testing.T) {
	b := newEditBench(t)
	want := [][2]float64{{120, 32}, {120.1, 32}, {120.1, 32.1}, {120, 32.1}, {120, 32}}
	near := func(what string, got [][2]float64, want [][2]float64, by float64) {
		t.Helper()
		for i := range want {
			if len(got) != len(want) || math.Abs(got[i][0]-want[i][0]) > by || math.Abs(got[i][1]-want[i][1]) > by {
				t.Fatalf("%s: %v, want %v", what, got, want)
			}
		}
	}
	for _, srid := range []string{"4326", "4490", "3857", "4549", "4525"} {
		uri := "http://www.opengis.net/def/crs/EPSG/0/" + srid
		header := []string{"Content-Crs", "<" + uri + ">"}
		polygon := func(r [][2]float64) string {
			text, _ := json.Marshal(map[string]any{"type": "Polygon", "coordinates": []any{r}})
			return string(text)
		}
		var drawn [][2]float64 // the square in this system, as PostGIS says
		for _, p := range want {
			var at [2]float64
			sql := map[string]string{"4326": "ST_SetSRID(ST_MakePoint($2, $1), 4326)", "4490": "ST_SetSRID(ST_MakePoint($2, $1), 4490)", "3857": "ST_Transform(ST_SetSRID(ST_MakePoint($1, $2), 4326), 3857)"}[srid]
			if sql == "" {
				sql = "ST_FlipCoordinates(ST_Transform(ST_SetSRID(ST_MakePoint($1, $2), 4326), " + srid + "))"
			}
			if err := b.db.QueryRow(t.Context(), "SELECT ST_X(p), ST_Y(p) FROM (SELECT "+sql+" AS p) q", p[0], p[1]).Scan(&at[0], &at[1]); err != nil {
				t.Fatal(err)
			}
			drawn = append(drawn, at)
		}
		made := b.send(t, access.Planner, http.MethodPost, "plots/items", `{"type":"Feature","geometry":`+polygon(drawn)+`,"properties":{"name":"新"}}`, header...).want(t, "create", http.StatusCreated)
		if got := made.Header.Get("Content-Crs"); got != "<"+uri+">" {
			t.Errorf("the answer is in %s", got)
		}
		near("created in "+srid, places(t, made.feature.Geometry), drawn, 1e-3)
		at := made.Header.Get("Location")
		near("stored from "+srid, places(t, b.send(t, access.Planner, http.MethodGet, at, "").feature.Geometry), want, 1e-8)

		moved := b.send(t, access.Planner, http.MethodPatch, at, `{"geometry":{"coordinates":[[`+fmt.Sprintf("[%f,%f],[%f,%f],[%f,%f],[%f,%f]", drawn[0][0], drawn[0][1], drawn[1][0], drawn[1][1],
			drawn[2][0], drawn[2][1], drawn[0][0], drawn[0][1])+`]]}}`, header...).want(t, "move", http.StatusOK)
		near("moved in "+srid, places(t, moved.feature.Geometry)[:3], drawn[:3], 1e-3)
		same := b.send(t, access.Planner, http.MethodPatch, at, `{"geometry":{"type":"Polygon"},"properties":{"n":1}}`, header...).want(t, "change but the geometry", http.StatusOK)
		near("left in "+srid, places(t, same.feature.Geometry)[:3], drawn[:3], 1e-3)
		replaced := b.send(t, access.Planner, http.MethodPut, at+"?crs=CRS84", `{"type":"Feature","geometry":`+polygon(drawn)+`,"properties":{}}`, header...).want(t, "replace", http.StatusOK)
		near("replaced in "+srid, places(t, replaced.feature.Geometry), want, 1e-8)
		if got := replaced.Header.Get("Content-Crs"); !strings.Contains(got, "CRS84") {
			t.Errorf("asked for CRS84, the answer is in %s", got)
		}
	}
	for name, body := range map[string]string{"geometry-outside": `{"type":"Polygon","coordinates":[[[1e300,1],[1e300,2],[2e300,2],[1e300,1]]]}`, "geometry-invalid": `{"type":"Polygon","coordinates":[[[3541961,547246],[3541971,547256],[3541971,547246],[3541961,547256],[3541961,547246]]]}`} {
		r := b.send(t, access.Planner, http.MethodPost, "plots/items", `{"type":"Feature","geometry":`+body+`,"properties":{}}`, "Content-Crs", "<http://www.opengis.net/def/crs/EPSG/0/4549>")
		if r.StatusCode != http.StatusBadRequest || r.code != name {
			t.Errorf("%s: %d %s", name, r.StatusCode, r.body)
		}
	}
}
