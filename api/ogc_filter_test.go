package api_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"basin/access"
	"basin/api"
)

// asked is a question for features with those parameters.
func asked(id string, pairs ...string) string {
	query := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	return "/ogc/collections/" + id + "/items?" + query.Encode()
}

// TestFilterIsToldAsUnderstood has the answer say how a filter was read, whichever form it came in.
func TestFilterIsToldAsUnderstood(t *testing.T) {
	b := newMapBench(t)
	for _, c := range []struct{ filter, lang, want string }{
		{"type='level' and not chainage_m>1e3 or FALSE", "cql2-text", "((type = 'level') AND (NOT (chainage_m > 1000))) OR FALSE"},
		{`{"op":"like","args":[{"property":"code"},"%-1"]}`, "cql2-json", "code LIKE '%-1'"},
		{"", "cql2-text", ""},
	} {
		pairs := []string{"filter", c.filter, "filter-lang", c.lang, "limit", "1"}
		if c.filter == "" {
			pairs = pairs[2:]
		}
		if page := read[api.FeaturePage](t, b, asked("station", pairs...), access.Public); page.Filter != c.want {
			t.Errorf("%s was understood as %q, want %q", c.filter, page.Filter, c.want)
		}
	}
}

// TestFilters asks by filters in both forms; what is hidden from a reader is not counted either.
func TestFilters(t *testing.T) {
	b := newMapBench(t)
	for _, c := range []struct {
		filter, lang string
		want         [3]int
	}{
		{`type = 'level'`, "", [3]int{ofEach, 2 * ofEach, 3 * ofEach}},
		{`code LIKE '%-1' OR code LIKE 'internal-%'`, "cql2-text", [3]int{1, ofEach + 1, ofEach + 2}},
		{`{"op":"and","args":[{"op":"=","args":[{"property":"type"},"level"]},{"op":"like","args":[{"property":"code"},"%-11"]}]}`, "cql2-json", [3]int{1, 2, 3}},
		{`s_intersects(geometry, BBOX(120.5,31.9,120.525,32.05))`, "", [3]int{3, 3, 3}},
		{`chainage_m > 1000000`, "", [3]int{0, 0, 0}},
		{`s_intersects(geom, feature('station', 'station:internal-3'))`, "", [3]int{-400, 1, 1}},
	} {
		for i, clearance := range access.Classes() {
			at := asked("station", "filter", c.filter, "filter-lang", c.lang, "limit", "5")
			if c.lang == "" {
				at = asked("station", "filter", c.filter, "limit", "5")
			}
			res, body := b.get(t, at, clearance)
			if c.want[i] < 0 {
				if res.StatusCode != -c.want[i] {
					t.Errorf("%s as %s: %d", c.filter, clearance, res.StatusCode)
				}
				continue
			}
			var page api.FeaturePage
			if err := json.Unmarshal(body, &page); err != nil || res.StatusCode != http.StatusOK {
				t.Fatalf("%s: %d %s", at, res.StatusCode, body)
			}
			seen := page.NumberReturned
			if page.NumberMatched == nil || *page.NumberMatched != int64(c.want[i]) {
				t.Errorf("%s as %s: %v matched, want %d", c.filter, clearance, page.NumberMatched, c.want[i])
			}
			for next := href(page.Links, "next"); next != ""; next = href(page.Links, "next") {
				page = read[api.FeaturePage](t, b, next, clearance)
				seen += page.NumberReturned
			}
			if seen != c.want[i] {
				t.Errorf("%s as %s: %d on all pages, want %d", c.filter, clearance, seen, c.want[i])
			}
		}
	}
	for at, want := range map[string]string{
		asked("station", "filter", "nothing = 1"):                                            "unknown-queryable",
		asked("station", "filter", "type = "):                                                "line 1, column 8",
		asked("station", "filter", "type = 1"):                                               "compares a text with a number",
		asked("station", "filter", "{}", "filter-lang", "cql2-json"):                         "expected an object",
		asked("station", "filter", "true", "filter-lang", "ecql"):                            "must be one of",
		asked("station", "filter", "true", "filter-crs", "EPSG:2000"):                        "crs-not-served",
		asked("station", "crs", "http://www.opengis.net/def/crs/EPSG/0/4214"):                "crs-not-served",
		asked("station", "filter", strings.Repeat("(", 60_000)):                              "nested more than 100",
		asked("station", "bbox", "32,120,33,121", "bbox-crs", "urn:ogc:def:crs:EPSG::3857x"): "crs-not-served",
		asked("station", "bbox", "120,32,121,33", "bbox-crs", "EPSG:4326"):                   "in degrees",
	} {
		if res, body := b.get(t, at, access.Public); res.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), want) {
			t.Errorf("%.200s: %d %s, want %s", at, res.StatusCode, body, want)
		}
	}
	if res, body := b.get(t, asked("station", "filter", "nothing = 1"), access.Public, "Accept-Language", "zh"); !strings.Contains(string(body), "没有属性") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}

// TestSystems asks for the same place in several reference systems: each answers in its own order of axes and says which it is.
func TestSystems(t *testing.T) {
	b := newMapBench(t)
	collection := read[api.Collection](t, b, "/ogc/collections/station", access.Public)
	if len(collection.CRS) != 68 || collection.StorageCRS != collection.CRS[0] {
		t.Errorf("%d systems, stored in %s", len(collection.CRS), collection.StorageCRS)
	}
	for _, uri := range collection.CRS {
		res, body := b.get(t, asked("station", "crs", uri, "limit", "1", "code", "public-0"), access.Public)
		var page struct {
			Features []struct {
				Geometry struct{ Coordinates [2]float64 }
				ID       int64
			}
		}
		if err := json.Unmarshal(body, &page); err != nil || res.StatusCode != http.StatusOK || len(page.Features) != 1 || res.Header.Get("Content-Crs") != "<"+uri+">" {
			t.Fatalf("%s: %d, %q, %s", uri, res.StatusCode, res.Header.Get("Content-Crs"), body)
		}
		at := page.Features[0].Geometry.Coordinates
		for suffix, want := range map[string][2]float64{"CRS84": {120.5, 32}, "/4326": {32, 120.5}, "/4490": {32, 120.5}, "/3857": {13413998.6403, 3763310.6271},
			"/4549": {3541961.6804, 547246.8359}} {
			if strings.HasSuffix(uri, suffix) && (max(at[0]-want[0], want[0]-at[0]) > 0.01 || max(at[1]-want[1], want[1]-at[1]) > 0.01) {
				t.Errorf("%s: %v, want %v", uri, at, want)
			}
		}
		d := 1e-6
		if at[0] > 1000 {
			d = 1
		}
		box := fmt.Sprintf("%f,%f,%f,%f", at[0]-d, at[1]-d, at[0]+d, at[1]+d)
		if page := read[api.FeaturePage](t, b, asked("station", "bbox", box, "bbox-crs", uri), access.Public); page.NumberReturned != 1 {
			t.Errorf("%s: %d in %s", uri, page.NumberReturned, box)
		}
		filter := fmt.Sprintf("s_intersects(geom, BBOX(%s))", box)
		if page := read[api.FeaturePage](t, b, asked("station", "filter", filter, "filter-crs", uri), access.Public); page.NumberReturned != 1 {
			t.Errorf("%s: %d by %s", uri, page.NumberReturned, filter)
		}
		one := fmt.Sprintf("/ogc/collections/station/items/%d?crs=%s", page.Features[0].ID, url.QueryEscape(uri))
		if res, body := b.get(t, one, access.Public); res.Header.Get("Content-Crs") != "<"+uri+">" || !strings.Contains(string(body), fmt.Sprint(int(at[0]))) {
			t.Errorf("%s: %d %s", one, res.StatusCode, body)
		}
	}
}

// TestConformance: what is declared are the classes that these tests show.
func TestConformance(t *testing.T) {
	b := newMapBench(t)
	declared := strings.Join(read[api.Conformance](t, b, "/ogc/conformance", access.Public).ConformsTo, "\n")
	for _, want := range []string{"ogcapi-features-2/1.0/conf/crs", "ogcapi-features-3/1.0/conf/filter", "cql2/1.0/conf/cql2-text", "cql2/1.0/conf/arithmetic"} {
		if !strings.Contains(declared, want) {
			t.Errorf("%s is not declared", want)
		}
	}
	functions := read[api.FilterFunctions](t, b, "/ogc/functions", access.Public)
	if len(functions.Functions) < 9 {
		t.Errorf("%d functions", len(functions.Functions))
	}
	for _, f := range functions.Functions {
		if f.Description == "" || len(f.Args) == 0 || len(f.Returns) != 1 {
			t.Errorf("%+v", f)
		}
	}
}

// TestGDALReadsZones holds the coordinates of a Gauss-Krüger zone against those that GDAL makes of the same layer. Where GDAL's client can ask for a system
// itself (from 3.7 on) it does, and must know the order of its axes.
func TestGDALReadsZones(t *testing.T) {
	if _, err := exec.LookPath("ogr2ogr"); err != nil {
		t.Skip("ogr2ogr is not installed")
	}
	b := newMapBench(t)
	options, err := exec.CommandContext(t.Context(), "ogrinfo", "--format", "OAPIF").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, srid := range []string{"4549", "4525", "3857"} {
		read := func(arguments ...string) [][2]float64 {
			arguments = append([]string{"-f", "CSV", "/vsistdout/", "OAPIF:" + b.url + "/ogc", "station", "-select", "id", "-lco", "GEOMETRY=AS_XY"}, arguments...)
			out, err := exec.CommandContext(t.Context(), "ogr2ogr", arguments...).Output()
			if err != nil {
				t.Fatalf("ogr2ogr %v: %v", arguments, err)
			}
			text := csv.NewReader(strings.NewReader(string(out)))
			text.FieldsPerRecord = -1
			rows, err := text.ReadAll()
			if err != nil || len(rows) < 1 {
				t.Fatalf("%s: %v", out, err)
			}
			var at [][2]float64
			for _, row := range rows[1:] {
				var p [2]float64
				if _, err := fmt.Sscan(row[0]+" "+row[1], &p[0], &p[1]); err != nil {
					t.Fatalf("%s: %v", row, err)
				}
				at = append(at, p)
			}
			return at
		}
		var ours struct {
			Features []struct {
				Geometry struct{ Coordinates [2]float64 }
			}
		}
		_, body := b.get(t, asked("station", "crs", "http://www.opengis.net/def/crs/EPSG/0/"+srid), access.Public)
		if err := json.Unmarshal(body, &ours); err != nil {
			t.Fatal(err)
		}
		theirs := [][][2]float64{read("-t_srs", "EPSG:"+srid)}
		if strings.Contains(string(options), `"CRS"`) {
			theirs = append(theirs, read("-oo", "CRS=EPSG:"+srid))
		}
		for _, read := range theirs {
			if len(read) != ofEach || len(ours.Features) != ofEach {
				t.Fatalf("%s: GDAL reads %d features, we give %d", srid, len(read), len(ours.Features))
			}
			for i, at := range read {
				our := ours.Features[i].Geometry.Coordinates
				if srid != "3857" { // northing first
					our[0], our[1] = our[1], our[0]
				}
				for j := range at {
					if off := at[j] - our[j]; max(off, -off) > 0.001 {
						t.Errorf("%s, feature %d: GDAL says %v, we say %v", srid, i, at, our)
					}
				}
			}
		}
	}
}
