package api_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/xuri/excelize/v2"

	"basin/access"
	"basin/api"
	"basin/format"
	"basin/geo"
	"basin/layer"
)

// odd is a layer of everything that is hard to write into a file.
func odd(t *testing.T, b mapBench) []layer.OwnFeature {
	t.Helper()
	o := layer.OwnLayer{ID: "odd", Title: layer.Title{Zh: "怪 图层", En: "Odd"}, Class: access.Public, GeometryType: "polygon", Columns: []layer.Column{
		{Name: "text", Type: layer.TypeString}, {Name: "whole", Type: layer.TypeInteger}, {Name: "real", Type: layer.TypeNumber},
		{Name: "flag", Type: layer.TypeBoolean}, {Name: "day", Type: layer.TypeDate}, {Name: "moment", Type: layer.TypeTime},
		{Name: "list", Type: layer.TypeJSON}, {Name: "空列", Type: layer.TypeInteger}, {Name: "fid", Type: layer.TypeString},
		{Name: "wkt", Type: layer.TypeString}, {Name: "一个很长的列名甲", Type: layer.TypeString}, {Name: "一个很长的列名乙", Type: layer.TypeString}}}
	ring := func(x float64) []geo.Place {
		return []geo.Place{{x, 32}, {x + 0.1234567, 32}, {x + 0.1, 32.1}}
	}
	texts := []any{"plain", "=1+1", "-5", "+a\"b", "@x", "第一行\n第二行,逗号", "", nil, "2001-02-03", "'quoted' \"twice\"", "\ttab", "12345", "true"}
	var features []layer.OwnFeature
	for i, text := range texts {
		f := layer.OwnFeature{Index: i, Class: access.Public, Geometry: geo.Polygon(ring(120 + float64(i))), Values: map[string]any{"text": text,
			"whole": json.Number(fmt.Sprint(int64(1)<<53 + int64(i))), "real": float64(i) / 3, "flag": i%2 == 0, "day": "2026-07-18",
			"moment": "2026-07-18T08:00:00.25+08:00", "list": []any{1.0, "二", nil}, "fid": fmt.Sprint("f", i), "wkt": "not one", "一个很长的列名甲": "甲", "一个很长的列名乙": "乙"}}
		if i%3 == 1 {
			f.Values = map[string]any{"text": text}
		}
		if i == 3 {
			f.Class = access.Restricted
		}
		features = append(features, f)
	}
	err := pgx.BeginFunc(t.Context(), b.db, func(tx pgx.Tx) error {
		if err := layer.CreateOwn(t.Context(), tx, o); err != nil {
			return err
		}
		_, err := layer.PutOwn(t.Context(), tx, o, features)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return features
}

// feature is one of GeoJSON, numbers as they stand.
type feature struct {
	ID         json.Number
	Properties map[string]any
	Geometry   *struct {
		Type        string
		Coordinates json.RawMessage
	}
}

// decode reads features, one a line.
func decode(t *testing.T, text []byte) []feature {
	t.Helper()
	var out []feature
	for line := range bytes.SplitSeq(text, []byte("\n")) {
		line = bytes.TrimPrefix(line, []byte{0x1e})
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		d := json.NewDecoder(bytes.NewReader(line))
		d.UseNumber()
		var f feature
		if err := d.Decode(&f); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		out = append(out, f)
	}
	return out
}

// items are the features as pages of JSON give them.
func items(t *testing.T, b mapBench, at string, clearance access.Class) []feature {
	t.Helper()
	var text []byte
	for at != "" {
		page := read[api.FeaturePage](t, b, at, clearance)
		for _, raw := range page.Features {
			text = append(append(text, raw...), '\n')
		}
		at = href(page.Links, "next")
	}
	return decode(t, text)
}

// throughGDAL reads a file back with GDAL.
func throughGDAL(t *testing.T, path string, arguments ...string) []feature {
	t.Helper()
	args := append([]string{"-f", "GeoJSONSeq", "/vsistdout/", path, "-lco", "COORDINATE_PRECISION=9", "-preserve_fid"}, arguments...)
	out, err := exec.CommandContext(context.Background(), "ogr2ogr", args...).Output()
	if err != nil {
		said, _ := exec.CommandContext(context.Background(), "ogr2ogr", args...).CombinedOutput()
		t.Fatalf("ogr2ogr %v: %v: %.2000s", args, err, said)
	}
	return decode(t, out)
}

// same compares a value as it came back with what it was, as far as a format can say it.
func same(was, is any) bool {
	if was == nil || is == nil {
		return was == nil && is == nil
	}
	if list, ok := was.([]any); ok {
		text, _ := json.Marshal(list)
		if s, ok := is.(string); ok {
			var back any
			d := json.NewDecoder(strings.NewReader(s))
			d.UseNumber()
			return d.Decode(&back) == nil && cmp.Equal(back, was)
		}
		again, _ := json.Marshal(is)
		return bytes.Equal(text, again)
	}
	a, b := fmt.Sprint(was), fmt.Sprint(is)
	if a == b {
		return true
	}
	if x, ok := was.(json.Number); ok {
		if strings.ContainsAny(a+b, ".") {
			f, _ := x.Float64()
			y, ok := is.(json.Number)
			g, _ := y.Float64()
			return ok && math.Abs(f-g) <= 1e-12*math.Abs(f)
		}
		return false
	}
	at, err1 := time.Parse(time.RFC3339, a)
	for _, form := range []string{time.RFC3339, "2006/01/02 15:04:05.999Z07", "2006/01/02 15:04:05.999-07", time.DateOnly, "2006-01-02T15:04:05"} {
		if back, err2 := time.Parse(form, b); err1 == nil && err2 == nil && at.Equal(back) {
			return true
		}
		if day, err := time.Parse(time.DateOnly, a); err == nil {
			if back, err2 := time.Parse(form, b); err2 == nil && day.Equal(back) {
				return true
			}
		}
	}
	return false
}

// sameGeometry compares coordinates to 1e-7 degrees.
func sameGeometry(t *testing.T, was, is feature) bool {
	t.Helper()
	if was.Geometry == nil || is.Geometry == nil {
		return was.Geometry == nil && is.Geometry == nil
	}
	var a, b []float64
	for _, p := range []struct {
		raw json.RawMessage
		to  *[]float64
	}{{was.Geometry.Coordinates, &a}, {is.Geometry.Coordinates, &b}} {
		d := json.NewDecoder(bytes.NewReader(p.raw))
		for {
			token, err := d.Token()
			if err != nil {
				break
			}
			if x, ok := token.(float64); ok {
				*p.to = append(*p.to, x)
			}
		}
	}
	return was.Geometry.Type == is.Geometry.Type && slices.EqualFunc(a, b, func(x, y float64) bool { return math.Abs(x-y) <= 1e-7 })
}

// export asks for a file and keeps it.
func (b mapBench) export(t *testing.T, at string, clearance access.Class) string {
	t.Helper()
	res, body := b.get(t, at, clearance)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %.500s", at, res.StatusCode, body)
	}
	f, ok := format.Find(res.Request.URL.Query().Get("f"))
	if !ok || res.Header.Get("Content-Type") != f.Media {
		t.Errorf("%s: %s", at, res.Header.Get("Content-Type"))
	}
	path := filepath.Join(t.TempDir(), "odd"+f.Extension)
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestExports has GDAL read back every format that it knows: each feature is what the query says.
func TestExports(t *testing.T) {
	b := newMapBench(t)
	odd(t, b)
	for _, clearance := range []access.Class{access.Public, access.Restricted} {
		for _, query := range []string{"", "bbox=120.5,31,127.2,33", "text=plain", "text=nothing"} {
			want := items(t, b, "/ogc/collections/odd/items?limit=4&"+query, clearance)
			if n := map[string]int{"": 12, "text=plain": 1}[query]; clearance == access.Public && n > 0 && len(want) != n {
				t.Fatalf("%d features", len(want))
			}
			for _, name := range []string{"geojson", "geojsonseq", "gpkg", "fgb", "shp"} {
				path := b.export(t, "/ogc/collections/odd/items?f="+name+"&"+query, clearance)
				if name == "shp" {
					path = "/vsizip/" + path
				}
				if name == "geojsonseq" && len(want) == 0 {
					continue // no features are no bytes, which GDAL does not take for a file
				}
				got := throughGDAL(t, path)
				compare(t, clearance, name, query, want, got)
			}
		}
	}
}

// gid is a feature's id, wherever it is.
func gid(f feature) string {
	if v, ok := f.Properties["gid"]; ok {
		return fmt.Sprintf("%9s", v)
	}
	return fmt.Sprintf("%9s", f.ID)
}

// compare holds features that came back against those of the query.
func compare(t *testing.T, clearance access.Class, name, query string, want, got []feature) {
	t.Helper()
	if name == "fgb" { // in the order of its index
		for _, features := range [][]feature{want, got} {
			slices.SortFunc(features, func(x, y feature) int { return strings.Compare(gid(x), gid(y)) })
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s, %s, %s: %d features, want %d", clearance, name, query, len(got), len(want))
		return
	}
	renamed := map[string]map[string]string{"gpkg": {"fid": "fid_"}, "fgb": {"fid": "fid_"},
		"shp": {"fid": "fid_", "geometry_status": "geometry_s", "source_index": "source_ind", "一个很长的列名甲": "一个很", "一个很长的列名乙": "一个很_"}}[name]
	for i := range want {
		if gid(got[i]) != gid(want[i]) || !sameGeometry(t, want[i], got[i]) {
			t.Errorf("%s, %s: %s %+v is not %s %+v", name, query, gid(got[i]), got[i].Geometry, gid(want[i]), want[i].Geometry)
		}
		for column, was := range want[i].Properties {
			is, there := got[i].Properties[cmpOr(renamed[column], column)]
			if name == "shp" {
				if is == nil && was == "" {
					continue // listed
				}
				if flag, ok := was.(bool); ok {
					was = json.Number(map[bool]string{true: "1", false: "0"}[flag])
				}
			}
			if (!there && was != nil) || !same(was, is) { // in FlatGeobuf what is null is not there
				t.Errorf("%s, %s, feature %s: %s was %v and is %v (there: %v)", name, query, gid(want[i]), column, was, is, there)
			}
		}
	}
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// TestExportCSV reads CSV back: text that a spreadsheet would run is inert, the rest is as it was.
func TestExportCSV(t *testing.T) {
	b := newMapBench(t)
	odd(t, b)
	want := items(t, b, "/ogc/collections/odd/items", access.Restricted)
	for _, bom := range []string{"", "&bom=true"} {
		text, err := os.ReadFile(b.export(t, "/ogc/collections/odd/items?f=csv"+bom, access.Restricted))
		if err != nil || bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) != (bom != "") {
			t.Fatalf("%v: %.100s", err, text)
		}
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")))).ReadAll()
		if err != nil || len(rows) != len(want)+1 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for i, row := range rows[1:] {
			for j, column := range rows[0] {
				was, known := want[i].Properties[column]
				if s, ok := was.(string); ok && slices.Contains([]string{"=1+1", "+a\"b", "@x", "\ttab"}, s) {
					was = "'" + s
				}
				switch {
				case column == "gid":
					if row[j] != want[i].ID.String() {
						t.Errorf("gid %s", row[j])
					}
				case column == "wkt_":
					if !strings.HasPrefix(row[j], "POLYGON((1") {
						t.Errorf("%s", row[j])
					}
				case !known:
					t.Errorf("column %s", column)
				case was == nil && row[j] != "", was != nil && !same(was, strings.TrimSpace(" "+row[j])) && !same(was, row[j]):
					t.Errorf("%s was %v and is %q", column, was, row[j])
				}
			}
		}
		if !bytes.Contains(text, []byte(`,"",`)) {
			t.Error("empty text is not told from null")
		}
	}
	text, _ := os.ReadFile(b.export(t, "/ogc/collections/station/items?f=csv&limit=1", access.Public))
	if !strings.HasPrefix(string(text), "gid,lon,lat,wkt,id,") || !strings.Contains(string(text), ",120.5,32,POINT(120.5 32),") || strings.Count(string(text), "\r\n") != 2 {
		t.Errorf("%s", text)
	}
}

// TestExportXLSX reads a workbook back.
func TestExportXLSX(t *testing.T) {
	b := newMapBench(t)
	odd(t, b)
	want := items(t, b, "/ogc/collections/odd/items", access.Restricted)
	path := b.export(t, "/ogc/collections/odd/items?f=xlsx", access.Restricted)
	file, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := file.GetRows("odd", excelize.Options{RawCellValue: true})
	if err != nil || len(rows) != len(want)+1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, row := range rows[1:] {
		for j, column := range rows[0] {
			is := ""
			if j < len(row) {
				is = row[j]
			}
			was := want[i].Properties[column]
			switch v := was.(type) {
			case nil:
				was = ""
			case bool:
				was = map[bool]string{true: "1", false: "0"}[v]
			}
			switch {
			case column == "gid", column == "wkt_":
			case column == "day" && was != "":
				if is != "46221" { // 2026-07-18 as spreadsheets count days
					t.Errorf("day %s", is)
				}
			case !same(was, is) && !same(was, json.Number(is)):
				t.Errorf("%s was %v and is %q", column, was, is)
			}
			if formula, _ := file.GetCellFormula("odd", fmt.Sprintf("%c%d", 'A'+j, i+2)); formula != "" {
				t.Errorf("%s is a formula: %s", column, formula)
			}
		}
	}
	got := throughGDAL(t, path, "-oo", "HEADERS=FORCE")
	if len(got) != len(want) || !same(want[0].Properties["text"], got[0].Properties["text"]) || !same(want[0].Properties["day"], got[0].Properties["day"]) {
		t.Errorf("GDAL reads %d features: %v", len(got), got[0].Properties)
	}
}

// TestExportNegotiation asks by Accept, and looks at how answers are headed.
func TestExportNegotiation(t *testing.T) {
	b := newMapBench(t)
	odd(t, b)
	at := "/ogc/collections/odd/items"
	for accept, want := range map[string]string{
		"": "application/geo+json", "*/*": "application/geo+json", "text/html,*/*;q=0.8": "application/geo+json",
		"application/geo+json, application/json": "application/geo+json", "text/csv": "text/csv; charset=utf-8; header=present",
		"text/csv;q=0.5, application/geo+json-seq": "application/geo+json-seq", "application/json;q=0.9, application/vnd.apache.parquet;q=0.1": "application/geo+json",
		"application/zip": "application/zip",
	} {
		if res, _ := b.get(t, at, access.Public, "Accept", accept); res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != want || !strings.Contains(strings.Join(res.Header.Values("Vary"), ","), "Accept") {
			t.Errorf("Accept %q: %d %s", accept, res.StatusCode, res.Header.Get("Content-Type"))
		}
	}
	for language, want := range map[string]string{"zh": "%E6%80%AA%20%E5%9B%BE%E5%B1%82.csv", "en": "Odd.csv"} {
		res, _ := b.get(t, at+"?f=csv", access.Public, "Accept-Language", language)
		if got := res.Header.Get("Content-Disposition"); got != `attachment; filename="odd.csv"; filename*=UTF-8''`+want {
			t.Errorf("%s: %s", language, got)
		}
	}
	if res, body := b.get(t, at+"?f=gpkg&nope=1", access.Public); res.StatusCode != http.StatusBadRequest || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/problem+json") {
		t.Errorf("%d %v %s", res.StatusCode, res.Header, body)
	}
	if res, _ := b.get(t, "/ogc/collections/parks/items?f=csv", access.Public); res.StatusCode != http.StatusNotFound {
		t.Errorf("a layer that is not public: %d", res.StatusCode)
	}
	formats := read[api.FormatList](t, b, "/ogc/formats", access.Public)
	for _, f := range formats.Formats {
		if f.Title.Zh == "" || len(f.Losses) == 0 || slices.ContainsFunc(f.Losses, func(l layer.Text) bool { return l.Zh == "" || l.En == "" }) {
			t.Errorf("%+v", f)
		}
	}
	if len(formats.Formats) != len(format.Names()) {
		t.Errorf("%d formats", len(formats.Formats))
	}
}

// TestExportMixed writes a layer of all kinds of geometry, places unknown among them.
func TestExportMixed(t *testing.T) {
	b := newMapBench(t)
	o := layer.OwnLayer{ID: "mixed", Title: layer.Title{En: "Mixed"}, Class: access.Public, GeometryType: "mixed", Columns: []layer.Column{{Name: "n", Type: layer.TypeInteger}}}
	var features []layer.OwnFeature
	for i, g := range []geo.Geometry{geo.Point(geo.Place{120, 32}), geo.Line([]geo.Place{{120, 32}, {121, 33}}), geo.Polygon([]geo.Place{{120, 32}, {121, 32}, {121, 33}}), nil} {
		features = append(features, layer.OwnFeature{Index: i, Geometry: g, Class: access.Public, Values: map[string]any{"n": i}})
	}
	if err := pgx.BeginFunc(t.Context(), b.db, func(tx pgx.Tx) error {
		if err := layer.CreateOwn(t.Context(), tx, o); err != nil {
			return err
		}
		_, err := layer.PutOwn(t.Context(), tx, o, features)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	want := items(t, b, "/ogc/collections/mixed/items", access.Public)
	for _, name := range []string{"gpkg", "geojson", "fgb"} {
		if name == "fgb" {
			want = want[:3] // features without a place are left out, as listed
		}
		compare(t, access.Public, name, "mixed", want, throughGDAL(t, b.export(t, "/ogc/collections/mixed/items?f="+name, access.Public)))
	}
	want = items(t, b, "/ogc/collections/mixed/items", access.Public)
	path := b.export(t, "/ogc/collections/mixed/items?f=shp", access.Public)
	var got []feature
	for _, part := range []string{"mixed_point.shp", "mixed_line.shp", "mixed_polygon.shp", "mixed_table.dbf"} {
		got = append(got, throughGDAL(t, "/vsizip/"+path+"/"+part)...)
	}
	compare(t, access.Public, "shp", "mixed", want, got)
	pack, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer pack.Close()
	f, err := pack.Open("fields.csv")
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := io.ReadAll(f); !strings.Contains(string(text), "geometry_s,geometry_status\r\n") {
		t.Errorf("%s", text)
	}
}
