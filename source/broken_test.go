package source

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"basin/fault"
	"basin/geo"
)

func collection(extra string, features ...string) string {
	return `{` + extra + `"type":"FeatureCollection","features":[` + strings.Join(features, ",\n") + `]}`
}

func point(x, y string) string {
	return `{"type":"Feature","properties":{"a":1},"geometry":{"type":"Point","coordinates":[` + x + `,` + y + `]}}`
}

const cube = `"CityObjects":{"a":{"type":"Building","geometry":[{"type":"MultiSurface","lod":%s,"boundaries":[[[0,1,2,%s]]]}]},` +
	`"b":{"type":"Building","attributes":{"h":3}}},"vertices":[[0,0,0],[10,0,0],[10,10,0],[0,10,0]]`

func TestBroken(t *testing.T) {
	fine := point("121", "32")
	nantong := `"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4549"}},`
	for _, c := range []struct {
		name, file, text string
		o                Options
		features         int
		findings         []string // index and code
		code             string
	}{
		{"collection", "a.geojson", collection("", fine, fine), Options{}, 2, nil, ""},
		{"byte order mark", "a.geojson", "\xef\xbb\xbf" + collection("", fine), Options{}, 1, nil, ""},
		{"no ending", "a.dat", collection("", fine), Options{}, 1, nil, ""},
		{"single feature", "a.json", fine, Options{}, 1, nil, ""},
		{"bare geometry", "a.json", `{"type":"Point","coordinates":[1,2]}`, Options{}, 1, nil, ""},
		{"type at the end", "a.json", `{"features":[` + fine + `],"type":"FeatureCollection"}`, Options{}, 1, nil, ""},
		{"no features", "a.json", collection(""), Options{}, 0, nil, ""},
		{"no geometry", "a.json", collection("", `{"type":"Feature","properties":null,"geometry":null}`), Options{}, 1, nil, ""},
		{"truncated", "a.geojson", collection("", fine, fine, fine)[:250], Options{}, 2, []string{"2 bad-json"}, "bad-json"},
		{"truncated after a comma", "a.geojson", collection("", fine)[:len(collection("", fine))-2] + ",", Options{}, 1, nil, "bad-json"},
		{"bad ring", "a.geojson", collection("", fine, `{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,0]]]}}`, fine), Options{}, 2, []string{"1 bad-geometry"}, ""},
		{"open ring", "a.geojson", collection("", `{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[2,2]]]}}`, fine), Options{}, 1, []string{"0 bad-geometry"}, ""},
		{"not a number", "a.geojson", collection("", point("NaN", "1"), fine), Options{}, 1, []string{"0 bad-feature"}, ""},
		{"huge number", "a.geojson", collection("", point("1e999", "1"), fine), Options{}, 1, []string{"0 bad-geometry"}, ""},
		{"words for numbers", "a.geojson", collection("", point(`"x"`, "1"), fine), Options{}, 1, []string{"0 bad-geometry"}, ""},
		{"empty place", "a.geojson", collection("", `{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[]}}`, fine), Options{}, 1, []string{"0 bad-geometry"}, ""},
		{"not a feature", "a.geojson", collection("", `7`, `"x"`, `{"type":"Oops"}`, fine), Options{}, 1, []string{"0 bad-feature", "1 bad-feature", "2 bad-feature"}, ""},
		{"beyond degrees among good", "a.geojson", collection("", fine, point("200", "1")), Options{}, 1, []string{"1 not-degrees"}, ""},
		{"metres", "a.geojson", collection("", point("500000", "3540000")), Options{}, 0, nil, "not-degrees"},
		{"metres named", "a.geojson", collection("", point("500000", "3540000")), Options{CRS: "EPSG:4549"}, 1, nil, ""},
		{"metres named in the file", "a.geojson", collection(nantong, point("500000", "3540000")), Options{}, 1, nil, ""},
		{"metres named at its end", "a.geojson", `{"type":"FeatureCollection","features":[` + point("500000", "3540000") + `],` + strings.TrimSuffix(nantong, ",") + `}`, Options{}, 1, nil, ""},
		{"outside the projection", "a.geojson", collection(nantong, point("500000", "3540000"), point("1e30", "1e30")), Options{}, 1, []string{"1 outside-crs"}, ""},
		{"unknown system in the file", "a.geojson", collection(strings.Replace(nantong, "EPSG::4549", "X", 1), fine), Options{}, 0, nil, "unknown-crs"},
		{"number of no system", "a.geojson", collection(strings.Replace(nantong, "4549", "99999", 1), fine), Options{}, 0, nil, "unknown-crs"},
		{"unknown system in the options", "a.geojson", collection("", fine), Options{CRS: "nowhere"}, 0, nil, "unknown-crs"},
		{"bad text", "a.geojson", collection("", strings.Replace(fine, `"a"`, "\"\xc4\xcf\"", 1), fine), Options{}, 1, []string{"0 bad-text"}, ""},
		{"text in GB18030", "a.geojson", collection("", strings.Replace(fine, `"a"`, "\"\xc4\xcf\"", 1), fine), Options{Encoding: "GB18030"}, 2, nil, ""},
		{"unknown encoding", "a.geojson", fine, Options{Encoding: "runes"}, 0, nil, "unknown-encoding"},
		{"nested deeply", "a.geojson", `{"type":"FeatureCollection","features":[` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `]}`, Options{}, 0, []string{"0 bad-json"}, "bad-json"},
		{"lines", "a.geojsonl", fine + "\n\n" + point("x", "1") + "\n" + fine, Options{}, 2, []string{"1 bad-feature"}, ""},
		{"record separators", "a.geojsons", "\x1e" + fine + "\n\x1e" + fine + "\n", Options{}, 2, nil, ""},
		{"lines of geometries", "a.ndjson", `{"type":"Point","coordinates":[1,2]}` + "\n", Options{}, 1, nil, ""},
		{"lines by content", "a.json", fine + "\n" + fine + "\n", Options{}, 2, nil, ""},
		{"another layer", "a.geojson", collection("", fine), Options{Layer: "b"}, 0, nil, "no-layer"},
		{"not JSON", "a.json", `{"type":`, Options{}, 0, nil, "bad-json"},
		{"JSON of another kind", "a.json", `{"type":"Oops"}`, Options{}, 0, nil, "unreadable"},
		{"nothing known", "a.xyz", "hello", Options{}, 0, nil, "unreadable"},
		{"empty", "a.geojson", "", Options{}, 0, nil, "empty-file"},
		{"city", "a.json", `{"type":"CityJSON","version":"1.0",` + fmt.Sprintf(cube, "1", "3") + `}`, Options{CRS: "EPSG:4549"}, 2, nil, ""},
		{"city with lod in quotes", "a.json", `{"type":"CityJSON","version":"2.0",` + fmt.Sprintf(cube, `"0"`, "3") + `,"metadata":{"referenceSystem":"https://www.opengis.net/def/crs/EPSG/0/4549"}}`, Options{}, 2, nil, ""},
		{"city index out of range", "a.json", `{"type":"CityJSON","version":"1.1",` + fmt.Sprintf(cube, "1", "4") + `}`, Options{CRS: "EPSG:4549"}, 1, []string{"0 bad-object"}, ""},
		{"city index below zero", "a.json", `{"type":"CityJSON","version":"1.1",` + fmt.Sprintf(cube, "1", "-1") + `}`, Options{CRS: "EPSG:4549"}, 1, []string{"0 bad-object"}, ""},
		{"city with a vertex of words", "a.json", `{"type":"CityJSON","version":"1.1",` + strings.Replace(fmt.Sprintf(cube, "1", "3"), "[10,0,0]", `["x",0,0]`, 1) + `}`, Options{CRS: "EPSG:4549"}, 1, []string{"0 bad-object"}, ""},
		{"city without system", "a.json", `{"type":"CityJSON","version":"1.1",` + fmt.Sprintf(cube, "1", "3") + `}`, Options{}, 0, nil, "crs-missing"},
		{"city of an unknown system", "a.json", `{"type":"CityJSON","version":"1.1","metadata":{"referenceSystem":"moon"},` + fmt.Sprintf(cube, "1", "3") + `}`, Options{}, 0, nil, "unknown-crs"},
		{"city of another version", "a.json", `{"type":"CityJSON","version":"0.8",` + fmt.Sprintf(cube, "1", "3") + `}`, Options{CRS: "4549"}, 0, nil, "unknown-version"},
		{"city truncated", "a.json", `{"type":"CityJSON","version":"1.1","vertices":[],"CityObjects":{"a":{"type":"Road"},"b":{"ty`, Options{CRS: "4549"}, 1, []string{"0 bad-json"}, "bad-json"},
		{"city lines", "a.city.jsonl", `{"type":"CityJSON","version":"2.0","transform":{"scale":[0.1,0.1,0.1],"translate":[500000,3540000,0]},"CityObjects":{},"vertices":[]}` + "\n" +
			`{"type":"CityJSONFeature","id":"a",` + fmt.Sprintf(cube, "1", "3") + "}\n{\"type\":\n" + `{"type":"CityJSONFeature","id":"c",` + fmt.Sprintf(cube, "1", "3") + "}\n", Options{CRS: "EPSG:4549"}, 4, []string{"2 bad-json"}, ""},
		{"osm with a way of no nodes", "a.osm", `<?xml version="1.0"?><osm version="0.6"><node id="1" lat="1" lon="2"><tag k="a" v="b"/></node><way id="5"><nd ref="1"/><nd ref="9"/><tag k="highway" v="x"/></way></osm>`, Options{}, 1, []string{"0 bad-element"}, ""},
		{"osm truncated", "a.osm", `<?xml version="1.0"?><osm version="0.6"><node id="1" lat="1" lon="2"><tag k="a" v="b"/></node><way id="5`, Options{}, 0, nil, "bad-osm"},
		{"table", "a.csv", "name,code\n南通,007\n", Options{}, 1, nil, ""},
		{"table of places without system", "a.csv", "name,lon,lat\n南通,120.8,32\n", Options{}, 0, nil, "crs-missing"},
		{"table of places", "a.csv", "name,lon,lat\n南通,120.8,32\n如东,121.1,32.3\n", Options{CRS: "GCJ-02"}, 2, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			features, findings, err := all(t, put(t, c.file, c.text), c.o)
			if code(err) != c.code {
				t.Errorf("error %v, want %q", err, c.code)
			}
			var got []string
			for _, f := range findings {
				got = append(got, fmt.Sprintf("%d %s", f.Index, f.Code))
			}
			if len(features) != c.features || !cmp.Equal(got, c.findings) {
				t.Errorf("%d features and findings %+v, want %d and %v", len(features), findings, c.features, c.findings)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	for path, want := range map[string]string{"/vsicurl/x": "not-a-file", "http:x": "not-a-file", "https://a/b.json": "not-a-file", "nowhere/a.shp": "no-file",
		"PG:dbname=x": "no-file", "-x": "no-file"} {
		if _, _, err := all(t, path, Options{}); code(err) != want {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
		if _, err := Layers(context.Background(), path); code(err) != want {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
	vrt := put(t, "a.vrt", `<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>`)
	if _, _, err := all(t, vrt, Options{}); code(err) != "unreadable" {
		t.Errorf("a virtual file: %v", err)
	}
}

func TestEnding(t *testing.T) {
	path := put(t, "a.geojson", collection("", point("1", "2"), point("1", "2")))
	stop := errors.New("enough")
	n := 0
	if err := Read(context.Background(), path, Options{}, func(Feature) error { n++; return stop }); !errors.Is(err, stop) || n != 1 {
		t.Error(err, n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Read(ctx, path, Options{}, func(Feature) error { return nil }); err == nil {
		t.Error("a reading that was called off ended well")
	}
}

func TestGzipAndProgress(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(collection("", point("1", "2"))))
	_ = z.Close()
	path := put(t, "a.geojson.gz", b.String())
	var done, total int64
	if got := good(t, path, Options{Layer: "a", Progress: func(d, n int64) { done, total = d, n }}); len(got) != 1 || done != total || total != int64(b.Len()) {
		t.Error(len(got), done, total, b.Len())
	}
	if _, _, err := all(t, put(t, "b.geojson.gz", b.String()[:b.Len()-20]), Options{}); err == nil {
		t.Error("half a gzip file was read without error")
	}
}

// TestShapefileText writes Chinese text in several encodings, declared and not.
func TestShapefileText(t *testing.T) {
	from := put(t, "a.geojson", collection("", `{"type":"Feature","properties":{"名称":"联通","code":"007"},"geometry":{"type":"Point","coordinates":[121,32,5]}}`,
		`{"type":"Feature","properties":{"名称":"南通市","code":"1"},"geometry":{"type":"Point","coordinates":[121,33,6]}}`))
	for _, c := range []struct {
		written, option string
		declared        bool
	}{{"GB18030", "", true}, {"GB18030", "", false}, {"UTF-8", "", true}, {"UTF-8", "", false}, {"GB18030", "GBK", false}, {"GB18030", "GB18030", true}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "-odd name.shp")
			cmd := exec.Command("ogr2ogr", "-f", "ESRI Shapefile", "-lco", "ENCODING="+c.written, path, from)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			base := strings.TrimSuffix(path, ".shp")
			if !c.declared {
				if err := os.Remove(base + ".cpg"); err != nil {
					t.Fatal(err)
				}
				table, err := os.ReadFile(base + ".dbf")
				if err != nil {
					t.Fatal(err)
				}
				table[29] = 0
				if err := os.WriteFile(base+".dbf", table, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			features := good(t, path, Options{Encoding: c.option, CRS: "4326"})
			if len(features) != 2 || features[0].Properties["名称"] != "联通" || features[1].Properties["名称"] != "南通市" || features[0].Properties["code"] != "007" {
				t.Fatalf("%+v", features)
			}
			if z := geo.Heights(features[1].Geometry); len(z) != 1 || z[0] != 6 {
				t.Errorf("heights %v", z)
			}
			if err := os.Remove(base + ".prj"); err != nil {
				t.Fatal(err)
			}
			if _, _, err := all(t, path, Options{}); code(err) != "crs-missing" {
				t.Errorf("without .prj: %v", err)
			}
		})
	}
}

// TestOutsideSystem has GDAL transform a place that lies nowhere, beside one that has no geometry at all, and text that is in no encoding.
func TestOutsideSystem(t *testing.T) {
	from := put(t, "a.geojson", collection(`"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4549"}},`, point("500000", "3540000"), point("1e30", "1e30"),
		`{"type":"Feature","properties":{"a":2},"geometry":null}`))
	path := filepath.Join(t.TempDir(), "a.gpkg")
	if out, err := exec.Command("ogr2ogr", path, from).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	features, findings, err := all(t, path, Options{})
	if err != nil || len(features) != 2 || len(findings) != 1 || findings[0].Index != 1 || findings[0].Code != "outside-crs" || features[1].Index != 2 {
		t.Errorf("%v %+v %+v", err, features, findings)
	}
	if _, _, err := all(t, path, Options{CRS: "EPSG:99999"}); code(err) != "unknown-crs" {
		t.Error(err)
	}
	features, findings, err = all(t, put(t, "b.csv", "name,code\n\xc4\xcf\xcd\xa8,1\n\xff\xff\xff,2\n\xc4\xcf,3\n"), Options{})
	if err != nil || len(features) != 2 || len(findings) != 1 || findings[0].Index != 1 || findings[0].Code != "bad-text" || features[0].Properties["name"] != "南通" {
		t.Errorf("%v %+v %+v", err, features, findings)
	}
}

func TestTemplates(t *testing.T) {
	path := put(t, "a.json", `{"type":"CityJSON","version":"2.0","transform":{"scale":[1,1,1],"translate":[500000,3540000,0]},`+
		`"CityObjects":{"t":{"type":"SolitaryVegetationObject","geometry":[{"type":"GeometryInstance","template":0,"boundaries":[0],"transformationMatrix":[2,0,0,0,0,2,0,0,0,0,2,0,0,0,0,1]}]}},`+
		`"vertices":[[0,0,7]],"geometry-templates":{"templates":[{"type":"MultiSurface","lod":"2","boundaries":[[[0,1,2]]]}],"vertices-templates":[[0,0,0],[5,0,0],[0,5,1]]}}`)
	m := good(t, path, Options{CRS: "EPSG:4549"})[0].City.Models[0]
	ring := m.Polygons[0][0]
	if d := geo.Distance(geo.Place{ring[0][0], ring[0][1]}, geo.Place{ring[1][0], ring[1][1]}); d < 9.9 || d > 10.1 || ring[2][2] != 9 || m.LOD != "2" {
		t.Errorf("%v m, %+v", d, m)
	}
}

func TestMultipolygon(t *testing.T) {
	node := func(id int, x, y string) string { return fmt.Sprintf(`<node id="%d" lon="%s" lat="%s"/>`, id, x, y) }
	path := put(t, "a.osm", `<osm version="0.6">`+node(1, "0", "0")+node(2, "4", "0")+node(3, "4", "4")+node(4, "0", "4")+
		node(5, "1", "1")+node(6, "2", "1")+node(7, "2", "2")+`<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/></way><way id="2"><nd ref="1"/><nd ref="4"/><nd ref="3"/></way>`+
		`<way id="3"><nd ref="5"/><nd ref="6"/><nd ref="7"/><nd ref="5"/></way><relation id="9"><member type="way" ref="1" role="outer"/><member type="way" ref="2" role="outer"/>`+
		`<member type="way" ref="3" role="inner"/><tag k="type" v="multipolygon"/><tag k="natural" v="water"/></relation></osm>`)
	f := good(t, path, Options{})
	if len(f) != 1 || f[0].ID != "relation/9" || !geo.Contains(f[0].Geometry, geo.Place{3, 3}) || geo.Contains(f[0].Geometry, geo.Place{1.8, 1.2}) {
		t.Errorf("%+v", f)
	}
}

// readTwice reads a file with a reader twice: both times the same comes, what comes can be stored, and it is no more than the file can hold.
func readTwice(t *testing.T, size int, read func(j *job) error, j job) {
	t.Helper()
	var first []string
	for round := range 2 {
		var told []string
		again := j
		again.fn = func(f Feature) error {
			var wkb []byte
			if f.Geometry != nil {
				var err error
				if wkb, err = geo.EWKB(f.Geometry, 4326); err != nil {
					t.Errorf("a geometry of %s cannot be written: %v", f.ID, err)
				}
			}
			told = append(told, fmt.Sprintf("%s %s %x", f.Layer, f.ID, wkb))
			if len(told) > size {
				t.Fatalf("more features than bytes")
			}
			return nil
		}
		err := read(&again)
		if err != nil && fault.Of(err) == nil {
			t.Errorf("%v is no fault", err)
		}
		told = append(told, fmt.Sprint(code(err)))
		if round == 0 {
			first = told
		} else if d := cmp.Diff(first, told); d != "" {
			t.Errorf("the second time (-first +second):\n%s", d)
		}
	}
}

func FuzzGeoJSON(f *testing.F) {
	f.Add(collection("", point("1", "2")))
	f.Add(`{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}`)
	f.Add(`{"features":[{"type":"Feature","geometry":{"type":"GeometryCollection","geometries":[]}}]}`)
	f.Add(`{"type":"FeatureCollection","features":[{"a":"\"]}"},[]]`)
	f.Fuzz(func(t *testing.T, text string) {
		j := job{ctx: context.Background(), path: put(t, "a.geojson", text)}
		o, _ := outlineOf(newScanner(strings.NewReader(text)))
		o.crs = nil
		readTwice(t, len(text), func(j *job) error { return j.geoJSON(o) }, j)
		readTwice(t, len(text), (*job).geoJSONSeq, j)
	})
}

func FuzzCityJSON(f *testing.F) {
	f.Add(`{"type":"CityJSON","version":"2.0",` + fmt.Sprintf(cube, "1", "3") + `}`)
	f.Add(`{"type":"CityJSON","version":"1.0","CityObjects":{"a":{"type":"X","geometry":[{"type":"Solid","boundaries":[[[[0,1,2]]]],"semantics":{"values":[[0]],"surfaces":[{"type":"GroundSurface"}]}}]}},"vertices":[[0,0,0],[1,0,0],[1,1,0]]}`)
	f.Fuzz(func(t *testing.T, text string) {
		j := job{ctx: context.Background(), path: put(t, "a.json", text), crs: geo.WGS84(), forced: true}
		readTwice(t, len(text), func(j *job) error { return j.cityJSON(outline{}) }, j)
		readTwice(t, len(text), (*job).cityJSONSeq, j)
	})
}

func FuzzOSM(f *testing.F) {
	f.Add(`<osm version="0.6"><node id="1" lat="0" lon="0"><tag k="a" v="b"/></node><node id="2" lat="1" lon="1"/><way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="x"/></way></osm>`)
	f.Add(`<osm><node id="1" lat="91" lon="NaN"/><relation id="9"><member type="way" ref="1" role="outer"/><tag k="type" v="multipolygon"/></relation></osm>`)
	f.Fuzz(func(t *testing.T, text string) {
		j := job{ctx: context.Background(), path: put(t, "a.osm", text)}
		readTwice(t, len(text), func(j *job) error { return j.osm(false) }, j)
	})
}

// FuzzOSMPBF reads whatever comes as OpenStreetMap's binary form. Its blobs are packed, so that the size of a file bounds nothing here.
func FuzzOSMPBF(f *testing.F) {
	field := func(n byte, value string) string { return string([]byte{n<<3 | 2, byte(len(value))}) + value }
	blob := func(kind, data string) string {
		packed := field(1, data)
		head := field(1, kind) + string([]byte{3 << 3, byte(len(packed))})
		return string([]byte{0, 0, 0, byte(len(head))}) + head + packed
	}
	node := "\x08\x02\x40\x80\x02\x48\x80\x04" // id 1, latitude and longitude
	way := "\x08\x01" + field(2, "\x01") + field(3, "\x02") + field(8, "\x02\x02")
	f.Add([]byte(blob("OSMHeader", field(4, "OsmSchema-V0.6")) + blob("OSMData", field(1, field(1, "")+field(1, "highway")+field(1, "x"))+
		field(2, field(1, node))+field(2, field(3, way)))))
	f.Add([]byte("\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		j := job{ctx: context.Background(), path: put(t, "a.osm.pbf", string(b))}
		readTwice(t, 1<<20, func(j *job) error { return j.osm(true) }, j)
	})
}
