package geo_test

import (
	"bytes"
	"math"
	"testing"

	"github.com/twpayne/go-geom/encoding/geojson"

	"basin/fault"
	"basin/geo"
)

// FuzzParseCRS: what is taken names something, and takes places to places that are some; a plain name is its own name.
func FuzzParseCRS(f *testing.F) {
	for _, seed := range []string{"EPSG:4549", "4549", "urn:ogc:def:crs:EPSG::4549", "http://www.opengis.net/def/crs/OGC/1.3/CRS84", "GCJ-02", "bd_09", "+proj=tmerc +lat_0=0",
		`PROJCS["x"]`, "grid4:EPSG:4549;dx=1.5,dy=-2,rotation=0.3,scale=1.2", "grid4:GCJ-02;dx=1,dy=1,rotation=1,scale=1", "grid4:EPSG:4549;dx=NaN,dy=1e308,rotation=Inf,scale=0",
		"grid4:grid4:EPSG:4549;dx=1,dy=1,rotation=1,scale=1;dx=1,dy=1,rotation=1,scale=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := geo.ParseCRS(s)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid || c.Definition != "" {
				t.Errorf("%q: %+v, %v", s, c, err)
			}
			return
		}
		if c.Definition == "" {
			t.Errorf("%q names nothing", s)
		}
		if again, err := geo.ParseCRS(c.Definition); err != nil || again.Definition != c.Definition {
			t.Errorf("%q is %q, which is %q, %v", s, c.Definition, again.Definition, err)
		}
		for _, p := range []geo.Place{{120.8, 32}, {500_000, 3_500_000}} {
			if at := c.Prepare(p); math.IsNaN(at[0]+at[1]) || math.IsInf(at[0], 0) || math.IsInf(at[1], 0) {
				t.Errorf("%q takes %v to %v", s, p, at)
			}
		}
	})
}

// FuzzGeoJSONAgain: a geometry that is taken, written again, is the same.
func FuzzGeoJSONAgain(f *testing.F) {
	f.Add([]byte(`{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}`))
	f.Add([]byte(`{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2,3]},{"type":"MultiPoint","coordinates":[[1,2]]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		g, err := geo.ParseGeoJSON(raw)
		if err != nil || g == nil {
			return
		}
		if err := geo.Check(g); err != nil {
			t.Errorf("taken, and then: %v", err)
		}
		geo.Each(g, func(x, y float64) {
			if math.IsNaN(x+y) || math.IsInf(x, 0) || math.IsInf(y, 0) {
				t.Errorf("%q has the place %v %v", raw, x, y)
			}
		})
		text, err := geojson.Marshal(g)
		if err != nil {
			return // some that are empty cannot be written
		}
		again, err := geo.ParseGeoJSON(text)
		if err != nil {
			t.Fatalf("%q is written %q: %v", raw, text, err)
		}
		a, err1 := geo.EWKB(g, 4326)
		b, err2 := geo.EWKB(again, 4326)
		if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%q is written %q, which is another: %v %v", raw, text, err1, err2)
		}
	})
}
