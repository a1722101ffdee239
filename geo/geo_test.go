package geo_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"basin/geo"
	"basin/postgis/postgistest"
)

func ExampleParseCRS() {
	for _, name := range []string{"4549", "urn:ogc:def:crs:EPSG::4549", "GCJ-02", "bd09"} {
		c, err := geo.ParseCRS(name)
		fmt.Println(c.Definition, c.Shift, err)
	}
	_, err := geo.ParseCRS("the usual one")
	fmt.Println(err)
	// Output:
	// EPSG:4549  <nil>
	// EPSG:4549  <nil>
	// EPSG:4326 gcj02 <nil>
	// EPSG:4326 bd09 <nil>
	// the usual one is not a coordinate system that is known: name it as EPSG:4549, GCJ-02, BD-09, WKT, +proj=… or grid4:…
}

func ExampleAlong() {
	line := []geo.Place{{120, 32}, {120, 32.1}}
	half := geo.Along(line, geo.Length(line)/2)
	fmt.Printf("%.3f %.3f\n", half[0], half[1])
	// Output: 120.000 32.050
}

// TestAgainstPostGIS compares lengths, projections and directions with PostGIS's geography on random lines.
func TestAgainstPostGIS(t *testing.T) {
	ctx, db := context.Background(), postgistest.New(t)
	rng := rand.New(rand.NewPCG(7, 7))
	for range 50 {
		line := []geo.Place{{119 + rng.Float64()*4, 25 + rng.Float64()*20}}
		for range 6 {
			line = append(line, geo.Offset(line[len(line)-1], rng.Float64()*360, 200+rng.Float64()*5000))
		}
		raw, err := geo.EWKB(geo.Line(line), 4326)
		if err != nil {
			t.Fatal(err)
		}
		at := geo.Offset(line[3], rng.Float64()*360, 300)
		var length, away, bearing float64
		if err := db.QueryRow(ctx, `SELECT ST_Length(g::geography), ST_Distance(g::geography, p::geography), degrees(ST_Azimuth(ST_StartPoint(g)::geography, ST_PointN(g, 2)::geography))
			FROM ST_GeomFromEWKB($1) AS g, ST_SetSRID(ST_MakePoint($2, $3), 4326) AS p`, raw, at[0], at[1]).Scan(&length, &away, &bearing); err != nil {
			t.Fatal(err)
		}
		if got := geo.Length(line); math.Abs(got-length) > length*1e-6 {
			t.Errorf("length %v; PostGIS %v", got, length)
		}
		if _, got := geo.Project(line, at); math.Abs(got-away) > 0.5 {
			t.Errorf("distance to the line %v; PostGIS %v", got, away)
		}
		if got := geo.Bearing(line[0], line[1]); math.Abs(math.Mod(got-bearing+540, 360)-180) > 0.05 {
			t.Errorf("bearing %v; PostGIS %v", got, bearing)
		}
	}
}

// TestCut: the parts of a line add up to it, and begin and end where it was cut.
func TestCut(t *testing.T) {
	line := []geo.Place{{120, 32}, {120.1, 32}, {120.1, 32.1}, {120.3, 32.2}}
	length := geo.Length(line)
	first, second := geo.Cut(line, 0, length/3), geo.Cut(line, length/3, length)
	if got := geo.Length(first) + geo.Length(second); math.Abs(got-length) > 0.001 {
		t.Errorf("parts are %v m long together; want %v", got, length)
	}
	if first[len(first)-1] != second[0] || second[len(second)-1] != line[3] {
		t.Errorf("parts %v and %v do not meet", first, second)
	}
}

// TestShifts: un-shifting undoes the shift, which in Nantong is about 0.0042° east and 0.0021° south.
func TestShifts(t *testing.T) {
	shifted := geo.Place{120.86 + 0.00425, 32.0 - 0.00214}
	got := geo.FromGCJ02(shifted)
	if math.Abs(got[0]-120.86) > 2e-4 || math.Abs(got[1]-32.0) > 2e-4 {
		t.Errorf("GCJ-02: %v; want about 120.86, 32.0", got)
	}
	if outside := (geo.Place{4.3, 52}); geo.FromGCJ02(outside) != outside {
		t.Error("a place outside China was shifted")
	}
	b := geo.FromBD09(geo.Place{shifted[0] + 0.0065, shifted[1] + 0.006})
	if geo.Distance(b, got) > 60 {
		t.Errorf("BD-09: %v is %v m from %v", b, geo.Distance(b, got), got)
	}
}

func TestGrid4(t *testing.T) {
	g := geo.Grid4{DX: 500000, DY: 3500000, Rotation: 90 * 3600, Scale: 0}
	if got := g.Apply(geo.Place{100, 0}); math.Abs(got[0]-500000) > 1e-6 || math.Abs(got[1]-3500100) > 1e-6 {
		t.Errorf("a quarter turn: %v", got)
	}
}

// TestCrossings finds crossings, ends that touch, and shared places; lines that only come near do not meet.
func TestCrossings(t *testing.T) {
	lines := [][]geo.Place{{{0, 0}, {2, 2}}, {{0, 2}, {2, 0}}, {{2, 2}, {3, 3}}, {{0, 5}, {1, 5}}}
	got := geo.Crossings(lines)
	if len(got) != 2 {
		t.Fatalf("%d crossings; want 2: %v", len(got), got)
	}
	if x := got[0]; x.A != 0 || x.B != 1 || math.Abs(x.At[0]-1) > 1e-9 {
		t.Errorf("crossing %+v", x)
	}
	if x := got[1]; x.A != 0 || x.B != 2 || math.Abs(x.AlongA-geo.Length(lines[0])) > 1e-3 {
		t.Errorf("touching ends %+v", x)
	}
}

// TestCells: parents hold their children's centres as H3 defines it, and a cell's outline is closed.
func TestCells(t *testing.T) {
	c, err := geo.CellAt(120.9, 32)
	if err != nil {
		t.Fatal(err)
	}
	lon, lat := geo.CellCentre(c)
	if again, err := geo.CellAt(lon, lat); err != nil || again != c {
		t.Errorf("the centre of %s lies in %s, %v", c, again, err)
	}
	p, err := geo.Parent(c, 7)
	if err != nil || p == c {
		t.Errorf("parent %s, %v", p, err)
	}
	ring, err := geo.CellOutline(c)
	if err != nil || len(ring) < 6 || ring[0] != ring[len(ring)-1] {
		t.Errorf("outline %v, %v", ring, err)
	}
	if _, err := geo.CellAt(math.NaN(), 0); err == nil {
		t.Error("a cell for no place")
	}
}

func TestBrokenGeometry(t *testing.T) {
	for _, raw := range []string{
		`{"type":"Point","coordinates":[]}`, `{"type":"LineString","coordinates":[[1,2]]}`, `{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1]]]}`,
		`{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1]]]}`, `{"type":"Nonsense","coordinates":[1,2]}`, `{"type":"Point"}`, `[1,2]`, `{`,
		`{"type":"Point","coordinates":["a","b"]}`, `{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1]}]}`,
	} {
		if g, err := geo.ParseGeoJSON([]byte(raw)); err == nil {
			t.Errorf("%s was taken for %v", raw, g)
		}
	}
	if g, err := geo.ParseGeoJSON([]byte("null")); g != nil || err != nil {
		t.Errorf("null: %v, %v", g, err)
	}
}

func FuzzParseGeoJSON(f *testing.F) {
	f.Add([]byte(`{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}`))
	f.Add([]byte(`{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2,3]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		g, err := geo.ParseGeoJSON(raw)
		if err != nil || g == nil {
			return
		}
		if _, err := geo.EWKB(g, 4326); err != nil {
			t.Errorf("taken but not writable: %v", err)
		}
		geo.At(g)
		geo.Bounds(g)
	})
}
