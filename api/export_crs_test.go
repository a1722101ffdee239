package api_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/twpayne/go-geom/encoding/wkb"

	"basin/access"
)

// TestExportSystems has GDAL read files in other reference systems: it knows the system from the file, and the features are where they are.
func TestExportSystems(t *testing.T) {
	b := newMapBench(t)
	odd(t, b)
	want := items(t, b, "/ogc/collections/odd/items", access.Public)
	for _, srid := range []string{"4549", "4525", "3857", "4490", "4326"} {
		for _, name := range []string{"gpkg", "fgb", "shp"} {
			path := b.export(t, asked("odd", "f", name, "crs", "http://www.opengis.net/def/crs/EPSG/0/"+srid), access.Public)
			if name == "shp" {
				path = "/vsizip/" + path
			}
			out, err := exec.CommandContext(t.Context(), "ogrinfo", "-ro", "-so", "-al", path).CombinedOutput()
			if err != nil || (name != "shp" && !strings.Contains(string(out), `ID["EPSG",`+srid+`]`)) || (srid == "4549" && !strings.Contains(string(out), "120")) {
				t.Errorf("%s in %s: %v %.2000s", name, srid, err, out)
			}
			compare(t, access.Public, name, srid, want, throughGDAL(t, path))
		}
	}
}

// TestExportNearest writes files of what is nearest, with how far each is, in a system of their own too.
func TestExportNearest(t *testing.T) {
	b := newMapBench(t)
	type far struct {
		ID        json.Number
		DistanceM float64 `json:"distance_m"`
	}
	page := read[struct{ Features []far }](t, b, asked("station", "nearest", "120.521,32", "k", "4"), access.Public)
	for _, name := range []string{"geojson", "geojsonseq", "gpkg", "fgb", "shp", "csv"} {
		query := []string{"nearest", "120.521,32", "k", "4", "f", name, "properties", "code"}
		if name != "geojson" && name != "geojsonseq" {
			query = append(query, "crs", "EPSG:4549")
		}
		path := b.export(t, asked("station", query...), access.Public)
		if name == "shp" {
			path = "/vsizip/" + path
		}
		got := throughGDAL(t, path)
		if len(got) != len(page.Features) {
			t.Fatalf("%s: %d features", name, len(got))
		}
		for i, want := range page.Features {
			found := false
			for j, f := range got {
				if strings.TrimSpace(gid(f)) != want.ID.String() {
					continue
				}
				var d float64
				_, err := fmt.Sscan(fmt.Sprint(f.Properties["distance_m"]), &d)
				found = err == nil && math.Abs(d-want.DistanceM) < 0.0005 && f.Properties["code"] != nil && (name == "fgb" || name == "gpkg" || i == j)
			}
			if !found {
				t.Errorf("%s: %v is not in %+v", name, want, got)
			}
		}
	}
}

// TestExportSystemNamed: where a file cannot hold its reference system, the names of its columns do; where it may not have another one, it is refused.
func TestExportSystemNamed(t *testing.T) {
	b := newMapBench(t)
	odd(t, b)
	for crs, want := range map[string]string{"EPSG:4549": "gid,x_4549,y_4549,wkt_4549,code", "EPSG:4490": "gid,lon_4490,lat_4490,wkt_4490,code", "CRS84": "gid,lon,lat,wkt,code"} {
		text, err := os.ReadFile(b.export(t, asked("station", "f", "csv", "crs", crs, "limit", "1", "properties", "code"), access.Public))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil || len(rows) != 2 || strings.Join(rows[0], ",") != want || rows[1][3] != fmt.Sprintf("POINT(%s %s)", rows[1][1], rows[1][2]) {
			t.Errorf("%s: %s %v", crs, text, err)
		}
		if at := map[string]string{"EPSG:4549": "547246.8359", "EPSG:4490": "120.5", "CRS84": "120.5"}[crs]; rows[1][1] != at {
			t.Errorf("%s: %s", crs, text)
		}
	}
	for at, code := range map[string]string{
		asked("odd", "f", "geojson", "crs", "EPSG:4549"): "crs-not-in-format", asked("odd", "f", "geojsonseq", "crs", "EPSG:4326"): "crs-not-in-format",
		asked("odd", "f", "gpkg", "crs", "EPSG:4214"): "crs-not-served", asked("odd", "f", "fgb", "skipGeometry", "true"): "geometry-in-format",
		asked("odd", "f", "gpkg", "k", "3"): "bad-parameter",
	} {
		if res, body := b.get(t, at, access.Public); res.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), code) {
			t.Errorf("%s: %d %s", at, res.StatusCode, body)
		}
	}
	for _, name := range []string{"csv", "gpkg", "shp", "parquet", "xlsx", "geojson"} {
		path := b.export(t, asked("odd", "f", name, "skipGeometry", "true", "properties", "text,real", "sortby", "-text"), access.Public)
		switch name {
		case "gpkg":
			if got := throughGDAL(t, path); len(got) != 12 || got[0].Geometry != nil || len(got[0].Properties) != 2 {
				t.Errorf("%+v", got)
			}
		case "csv":
			text, err := os.ReadFile(path)
			if err != nil || !strings.HasPrefix(string(text), "gid,wkt,text,real\r\n") || strings.Contains(string(text), "POLYGON") {
				t.Errorf("%s", text)
			}
		}
	}
}

// TestExportParquetSystem has the other library read GeoParquet in another system: its metadata say which, and eastings come first.
func TestExportParquetSystem(t *testing.T) {
	b := newMapBench(t)
	r := b.parquet(t, asked("station", "f", "parquet", "crs", "EPSG:4549", "limit", "1"), access.Public)
	var meta struct {
		Columns map[string]struct {
			CRS struct {
				Type string
				ID   struct{ Code int }
			}
			BBox []float64
		}
	}
	if err := json.Unmarshal([]byte(r.MetaData()["geo"]), &meta); err != nil || meta.Columns["geometry"].CRS.ID.Code != 4549 || meta.Columns["geometry"].CRS.Type != "ProjectedCRS" ||
		math.Abs(meta.Columns["geometry"].BBox[0]-547246.8359) > 0.001 {
		t.Errorf("%v: %s", err, r.MetaData()["geo"])
	}
	row, err := r.NextRow()
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := row["geometry"].([]byte)
	g, err := wkb.Unmarshal(raw)
	if err != nil || math.Abs(g.FlatCoords()[0]-547246.8359) > 0.001 || math.Abs(g.FlatCoords()[1]-3541961.6804) > 0.001 {
		t.Errorf("%v, %v", g, err)
	}
}
