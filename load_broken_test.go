package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// GeoJSON of single features.
func geojson(features ...string) string {
	return `{"type":"FeatureCollection","features":[` + strings.Join(features, ",") + `]}`
}

func aFeature(properties, geometry string) string {
	return `{"type":"Feature","properties":{` + properties + `},"geometry":` + geometry + `}`
}

func aPoint(lon, lat float64) string {
	return fmt.Sprintf(`{"type":"Point","coordinates":[%g,%g]}`, lon, lat)
}

const (
	aLine   = `{"type":"LineString","coordinates":[[120.9,32.0],[121.0,32.1]]}`
	aSquare = `{"type":"Polygon","coordinates":[[[120.9,32.0],[120.901,32.0],[120.901,32.001],[120.9,32.0]]]}`
	badRing = `{"type":"Polygon","coordinates":[[[120.9,32.0],[120.901,32.0],[120.9,32.0]]]}`
)

func TestLoadBroken(t *testing.T) {
	anyMapping := "layers:\n  - to: work\n"
	for _, c := range []struct {
		name    string
		file    string // name of the file
		text    string
		mapping string // text of the mapping; empty for none
		args    []string
		code    int      // exit code
		says    []string // words of the message
		stored  int      // things
		finding string   // code of the only finding
		index   int      // its place
		why     []string // words of its reason
	}{
		{name: "truncated", file: "rivers.geojson", text: geojson(aFeature(`"code":"A"`, aLine), aFeature(`"code":"B"`, aLine))[:180], args: []string{"--to", "river"},
			code: 1, says: []string{"rivers.geojson", "byte"}, finding: "bad-json", index: 1},
		{name: "empty", file: "rivers.geojson", args: []string{"--to", "river"}, code: 1, says: []string{"rivers.geojson is empty"}},
		{name: "no file", file: "", args: []string{"nowhere.geojson", "--to", "river"}, code: 1, says: []string{"there is no file nowhere.geojson"}},
		{name: "bad ring", file: "houses.geojson", text: geojson(aFeature(`"code":"A"`, aSquare), aFeature(`"code":"B"`, badRing), aFeature(`"code":"C"`, aSquare)),
			args: []string{"--to", "building"}, stored: 2, finding: "bad-geometry", index: 1, why: []string{"ring"}},
		{name: "duplicate", file: "rivers.geojson", text: geojson(aFeature(`"code":"A"`, aLine), aFeature(`"code":"B"`, aLine), aFeature(`"code":"A"`, aLine)),
			args: []string{"--to", "river"}, stored: 2, finding: "code-twice", index: 2, why: []string{"A occurs twice"}},
		{name: "wrong type", file: "works.geojson", text: geojson(aFeature(`"code":"A","type":"sluice","net_width_m":8`, aPoint(120.9, 32)),
			aFeature(`"code":"B","type":"sluice","net_width_m":"wide"`, aPoint(120.91, 32)), aFeature(`"code":"C","type":"sluice"`, aPoint(120.92, 32))),
			args: []string{"--to", "work"}, stored: 2, finding: "bad-field", index: 1, why: []string{"B: ", "net_width_m", "wide", "a number"}},
		{name: "unknown river", file: "works.geojson", text: geojson(aFeature(`"code":"A","type":"sluice"`, aPoint(120.9, 32)),
			aFeature(`"code":"B","type":"sluice","river":"NOWHERE"`, aPoint(120.91, 32))),
			args: []string{"--to", "work"}, stored: 1, finding: "unknown-reference", index: 1, why: []string{"B: ", "river:NOWHERE"}},
		{name: "unknown type", file: "works.geojson", text: geojson(aFeature(`"code":"A","type":"gizmo"`, aPoint(120.9, 32)),
			aFeature(`"code":"B","type":"lock"`, aPoint(120.9, 32))),
			args: []string{"--to", "work"}, stored: 1, finding: "not-storable", index: 0, why: []string{"A: "}},
		{name: "outside the world", file: "works.geojson", text: geojson(aFeature(`"code":"A"`, aPoint(120.9, 32)), aFeature(`"code":"B"`, aPoint(540000, 3540000))),
			args: []string{"--to", "work"}, stored: 1, finding: "not-degrees", index: 1, why: []string{"longitude and latitude"}},
		{name: "metres", file: "works.geojson", text: geojson(aFeature(`"code":"A"`, aPoint(540000, 3540000))), args: []string{"--to", "work"},
			code: 1, says: []string{"works.geojson", "--crs"}},
		{name: "no mapping named", file: "works.geojson", text: geojson(aFeature(`"code":"A"`, aPoint(120.9, 32))), code: 1, says: []string{"works.geojson", "--mapping"}},
		{name: "missing mapping", file: "works.geojson", text: geojson(aFeature(`"code":"A"`, aPoint(120.9, 32))), args: []string{"--mapping", "absent.yaml"},
			code: 1, says: []string{"there is no mapping absent.yaml"}},
		{name: "unknown kind", file: "works.geojson", text: geojson(aFeature(`"code":"A"`, aPoint(120.9, 32))), mapping: "layers:\n  - to: gizmo\n",
			code: 1, says: []string{"mapping.yaml", "layers[0]", `"gizmo"`}},
		{name: "unknown key", file: "works.geojson", text: geojson(aFeature(`"code":"A"`, aPoint(120.9, 32))), mapping: anyMapping + "colour: blue\n",
			code: 1, says: []string{"mapping.yaml", "colour"}},
		{name: "unknown key of a rule", file: "works.geojson", text: geojson(aFeature(`"code":"A"`, aPoint(120.9, 32))), mapping: anyMapping + "    whither: work\n",
			code: 1, says: []string{"mapping.yaml", "whither", "line 3"}},
		{name: "empty mapping", file: "works.geojson", text: geojson(aFeature(`"code":"A"`, aPoint(120.9, 32))), mapping: "source: nobody\n",
			code: 1, says: []string{"mapping.yaml", "layers"}},
		{name: "nothing fits", file: "works.geojson", text: geojson(aFeature(`"code":"A"`, aPoint(120.9, 32))), mapping: "layers:\n  - from: elsewhere\n    to: work\n",
			code: 1, says: []string{"works.geojson", "no feature", "works"}},
		{name: "unknown kind of --to", file: "works.geojson", text: geojson(aFeature(`"code":"A"`, aPoint(120.9, 32))), args: []string{"--to", "gizmo"},
			code: 2, says: []string{"gizmo"}},
		{name: "--as with --to", file: "works.geojson", text: geojson(aFeature(`"code":"A"`, aPoint(120.9, 32))), args: []string{"--as", "x", "--to", "work"},
			code: 2, says: []string{"--as"}},
		{name: "--min-zoom without --as", file: "works.geojson", text: geojson(aFeature(`"code":"A"`, aPoint(120.9, 32))), args: []string{"--to", "work", "--min-zoom", "3"},
			code: 2, says: []string{"--as"}},
		{name: "unknown tile attribute", file: "works.geojson", text: geojson(aFeature(`"code":"A"`, aPoint(120.9, 32))), args: []string{"--as", "x", "--tile-attributes", "height"},
			code: 1, says: []string{"height"}},
		{name: "unknown encoding", file: "works.geojson", text: geojson(aFeature(`"code":"A"`, aPoint(120.9, 32))), args: []string{"--to", "work", "--encoding", "martian"},
			code: 1, says: []string{"martian"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			args := []string{"load"}
			if c.file != "" {
				args = append(args, put(t, c.file, c.text))
			}
			if c.mapping != "" {
				args = append(args, "--mapping", put(t, "mapping.yaml", c.mapping))
			}
			o := b.basin(append(args, c.args...)...)
			if o.code != c.code {
				t.Errorf("exit %d, want %d: %s", o.code, c.code, o.err)
			}
			for _, word := range c.says {
				if !strings.Contains(o.err, word) {
					t.Errorf("%q does not say %q", o.err, word)
				}
			}
			b.equal("things", b.count("SELECT count(*) FROM twin.thing WHERE kind NOT IN ('node', 'reach')"), c.stored)
			if c.finding == "" {
				b.equal("findings", len(o.findings), 0)
				return
			}
			if len(o.findings) != 1 || o.findings[0].Code != c.finding || o.findings[0].Index != c.index || filepath.Base(o.findings[0].File) != c.file {
				t.Fatalf("findings %+v", o.findings)
			}
			for _, word := range c.why {
				if !strings.Contains(o.findings[0].Reason, word) {
					t.Errorf("%q does not say %q", o.findings[0].Reason, word)
				}
			}
		})
	}
}

func TestLoadChineseText(t *testing.T) {
	text := geojson(aFeature(`"code":"NT-1","name_zh":"通吕运河节制闸","type":"sluice"`, aPoint(121.1, 32.05)),
		aFeature(`"code":"NT-2","name_zh":"九圩港闸㙟","type":"tidal-sluice"`, aPoint(120.75, 32.06)))
	encode := func(s string) string {
		out, err := simplifiedchinese.GB18030.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	shape := convert(t, put(t, "works.geojson", text), filepath.Join(t.TempDir(), "works.shp"), "-f", "ESRI Shapefile", "-lco", "ENCODING=GB18030")
	table := "code,name_zh,type,longitude,latitude\nNT-1,通吕运河节制闸,sluice,121.1,32.05\nNT-2,九圩港闸㙟,tidal-sluice,120.75,32.06\n"
	for name, c := range map[string][]string{
		"shapefile": {shape}, "csv": {put(t, "works.csv", encode(table)), "--crs", "EPSG:4326"}, "csv in UTF-8": {put(t, "works.csv", table), "--crs", "EPSG:4326"},
		"csv, told": {put(t, "works.csv", encode(table)), "--crs", "EPSG:4326", "--encoding", "GB18030"}, "geojson": {put(t, "works.geojson", encode(text)), "--encoding", "GB18030"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			_, findings := b.load(append(c, "--to", "work")...)
			b.equal("findings", len(findings), 0)
			if got := b.text("SELECT coalesce(string_agg(name_zh || ' ' || round(ST_X(geom)::numeric, 4), ', ' ORDER BY code), '') FROM twin.thing"); got !=
				"通吕运河节制闸 121.1000, 九圩港闸㙟 120.7500" {
				t.Errorf("%q, findings %+v", got, findings)
			}
		})
	}
}
