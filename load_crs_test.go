package main

import (
	"fmt"
	"math"
	"os/exec"
	"strings"
	"testing"
)

// asGiven are places in Nantong, and what a survey in EPSG:4549 calls them.
func (b *bench) asGiven() (degrees, metres [][2]float64) {
	b.Helper()
	degrees = [][2]float64{{120.8943, 31.9802}, {120.5562, 32.3711}, {121.6573, 31.8083}, {121.0001, 32.1}}
	for _, p := range degrees {
		metres = append(metres, [2]float64{b.number("SELECT ST_X(ST_Transform(ST_SetSRID(ST_MakePoint($1, $2), 4326), 4549))", p[0], p[1]),
			b.number("SELECT ST_Y(ST_Transform(ST_SetSRID(ST_MakePoint($1, $2), 4326), 4549))", p[0], p[1])})
	}
	return degrees, metres
}

// points is GeoJSON of places.
func points(places [][2]float64) string {
	var features []string
	for i, p := range places {
		features = append(features, fmt.Sprintf(`{"type":"Feature","properties":{"n":%d},"geometry":{"type":"Point","coordinates":[%.9f,%.9f]}}`, i, p[0], p[1]))
	}
	return `{"type":"FeatureCollection","features":[` + strings.Join(features, ",") + `]}`
}

// landed checks that a layer's points lie within a millimetre of where they should.
func (b *bench) landed(layer string, want [][2]float64) {
	b.Helper()
	b.equal(layer+": points", b.count("SELECT count(*) FROM own."+layer), len(want))
	for i, p := range want {
		away := b.number("SELECT ST_Distance(geom::geography, ST_SetSRID(ST_MakePoint($2, $3), 4326)::geography) FROM own."+layer+" WHERE n = $1", i, p[0], p[1])
		if away > 0.001 {
			b.Errorf("%s: point %d is %.4f m off", layer, i, away)
		}
	}
}

func TestLoadCityGrid(t *testing.T) {
	b := newBench(t)
	degrees, metres := b.asGiven()
	b.load(put(t, "numbered.geojson", points(metres)), "--as", "numbered", "--crs", "EPSG:4549")
	b.landed("numbered", degrees)
	b.load(put(t, "numbered.geojson", points(metres)), "--as", "numbered", "--crs", "EPSG:4549", "--tile-attributes", "n,id", "--min-zoom", "8")
	settings := "SELECT min_zoom || ' ' || max_zoom || ' ' || coalesce(tile_attributes::text, 'all') FROM layer.layer WHERE id = 'numbered'"
	if got := b.text(settings); got != "8 16 {n,id}" {
		t.Errorf("tiles: %s", got)
	}
	b.load(put(t, "numbered.geojson", points(metres)), "--as", "numbered", "--crs", "EPSG:4549", "--tile-attributes", "*")
	if got := b.text(settings); got != "8 16 all" {
		t.Errorf("tiles with everything: %s", got)
	}
	b.load(put(t, "wkt.geojson", points(metres)), "--as", "wkt", "--crs", b.text("SELECT srtext FROM spatial_ref_sys WHERE srid = 4549"))
	b.landed("wkt", degrees)

	// The city's grid: turned by 1.2° and scaled by 35 ppm, with an origin of its own.
	const dx, dy, rotation, ppm = 571234.567, 3523456.789, 4320.0, 35.0
	local := make([][2]float64, len(metres))
	for i, p := range metres {
		s, c := math.Sincos(rotation / 3600 * math.Pi / 180)
		e, n := (p[0]-dx)/(1+ppm*1e-6), (p[1]-dy)/(1+ppm*1e-6)
		local[i] = [2]float64{e*c + n*s, n*c - e*s}
	}
	grid := fmt.Sprintf("grid4:EPSG:4549;dx=%f,dy=%f,rotation=%f,scale=%f", dx, dy, rotation, ppm)
	b.load(put(t, "local.geojson", points(local)), "--as", "local", "--crs", grid)
	b.landed("local", degrees)

	for name, crs := range map[string]string{"unknown": "Nantong 1954", "unnumbered": "EPSG:99999", "parameter": "grid4:EPSG:4549;dx=1,dz=2", "wkt": `PROJCS["nonsense"]`} {
		o := b.basin("load", put(t, "plots.geojson", points(local)), "--as", "plots_"+name, "--crs", crs)
		if o.code != 1 || !strings.Contains(o.err, strings.Split(crs, ";")[0][:8]) {
			t.Errorf("--crs %s: exit %d: %s", crs, o.code, o.err)
		}
		b.equal(name+": layers", b.count("SELECT count(*) FROM layer.layer WHERE id = $1", "plots_"+name), 0)
	}
}

// overlaps is, by name, the share of two outlines that is common to both.
func (b *bench) overlaps() map[string]float64 {
	b.Helper()
	type pair struct {
		Name string
		IoU  float64
	}
	out := map[string]float64{}
	for _, p := range rows[pair](b, `SELECT o.district_name AS name, ST_Area(ST_Intersection(ST_MakeValid(o.geom), ST_MakeValid(t.geom)))
		/ ST_Area(ST_Union(ST_MakeValid(o.geom), ST_MakeValid(t.geom))) AS iou
		FROM own.official o JOIN twin.thing t ON t.kind = 'area' AND t.name_zh = o.district_name`) {
		out[p.Name] = p.IoU
	}
	return out
}

func TestLoadGCJ02(t *testing.T) {
	shifted := shared(t, "admin/nantong_320600_full_datav_GCJ02.json")
	for name, how := range map[string][]string{"kind": {"--to", "area"}, "mapping": {"--mapping", "datav"}} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.load(shared(t, "admin/nantong_districts_tianditu2025.geojson"), "--as", "official")
			b.loadTwice(append([]string{shifted, "--crs", "GCJ-02"}, how...)...)
			right := b.overlaps()
			b.equal("counties", len(right), 7)
			b.equal("counties of another level", b.count("SELECT count(*) FROM area.area WHERE level <> 'county'"), 0)
			sum, _ := b.load(append([]string{shifted, "--crs", "EPSG:4326"}, how...)...)
			b.equal("counties that moved", sum.Changed, 7)
			wrong := b.overlaps()
			for county, share := range right {
				if share <= wrong[county] || share < 0.85 {
					t.Errorf("%s: the outlines share %.4f, taken as WGS 84 %.4f", county, share, wrong[county])
				}
			}
			if name == "mapping" {
				b.equal("counties by the codes of the file", b.count(`SELECT count(*) FROM twin.thing
					WHERE kind = 'area' AND code IN ('320602', '320612', '320623', '320681', '320682', '320684', '320685')`), 7)
			}
		})
	}
}

// convert makes a file of another format with ogr2ogr.
func convert(t *testing.T, from, to string, options ...string) string {
	t.Helper()
	if out, err := exec.Command("ogr2ogr", append(options, to, from)...).CombinedOutput(); err != nil {
		t.Fatalf("ogr2ogr: %v: %s", err, out)
	}
	return to
}
