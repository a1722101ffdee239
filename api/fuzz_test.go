package api

import (
	"errors"
	"math"
	"net/url"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"basin/access"
	"basin/tiles"
)

// FuzzParameter reads whatever comes as a parameter of any type: what is taken is of that type and within its limits, and what is wrong with the rest is a text.
func FuzzParameter(f *testing.F) {
	types := []string{"integer", "number", "boolean", "time", "duration", "bbox", "list", "string"}
	for i, seed := range []string{"-7", "1e-3", "true", "2026-07-18T08:00:00 08:00", "P1DT10M", "120,31,0,122,33,9", "a,b", "x", "P36600DT2562047H", "NaN,0,1,1"} {
		f.Add(seed, uint8(i))
	}
	f.Fuzz(func(t *testing.T, given string, kind uint8) {
		p := access.Param{Name: "p", Type: types[int(kind)%len(types)]}
		if kind >= 128 {
			p.Min, p.Max = -5, 100
		}
		v, why := value(p, given)
		if why != "" {
			if v != nil || !utf8.ValidString(why) {
				t.Errorf("%s %q: %v %q", p.Type, given, v, why)
			}
			return
		}
		if len(given) > maxParam {
			t.Errorf("%d bytes are taken", len(given))
		}
		switch v := v.(type) {
		case int64:
			if kind >= 128 && (v < -5 || v > 100) {
				t.Errorf("%q is %d", given, v)
			}
		case float64:
			if math.IsNaN(v) || math.IsInf(v, 0) || kind >= 128 && (v < -5 || v > 100) {
				t.Errorf("%q is %v", given, v)
			}
		case time.Duration:
			if v <= 0 {
				t.Errorf("%q is %v", given, v)
			}
		case *[4]float64:
			if !(v[0] >= -180 && v[2] <= 180 && v[1] >= -90 && v[3] <= 90 && v[1] <= v[3]) {
				t.Errorf("%q is %v", given, *v)
			}
		}
	})
}

// FuzzWMTS reads whatever comes as parameters of WMTS: what is taken is a picture of its set, and everything else an error that OWS has a name for.
func FuzzWMTS(f *testing.F) {
	f.Add("LAYER=river&style=default&Format=image/png&TileMatrixSet=CGCS2000Quad&TILEMATRIX=20&TileRow=524287&tilecol=1048575")
	f.Add("layer=basin&style=default&format=image%2Fpng&tilematrixset=WebMercatorQuad&tilematrix=0&tilerow=0&tilecol=0")
	f.Add("layer=a&LAYER=b&style=default&format=image/png&tilematrixset=WebMercatorQuad512&tilematrix=-1&tilerow=1e9&tilecol=%00")
	codes := []string{"MissingParameterValue", "InvalidParameterValue", "TileOutOfRange"}
	f.Fuzz(func(t *testing.T, query string) {
		given, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		ask := owsRead(given)
		asked, id, err := wmtsRead(ask)
		var refused owsError
		switch {
		case errors.As(err, &refused):
			if !slices.Contains(codes, refused.code) || refused.locator == "" || refused.text == "" {
				t.Errorf("%+v", refused)
			}
		case err != nil:
			t.Error(err)
		default:
			for _, tile := range asked.frame.Tiles(tiles.MaxZoom) {
				if last := 1<<tile.Z - 1; tile.Z < 0 || tile.Z > tiles.MaxZoom || tile.X < 0 || tile.X > last || tile.Y < 0 || tile.Y > last {
					t.Errorf("%v", tile)
				}
			}
			if id == "" || len(id) > maxParam {
				t.Errorf("the layer %q", id)
			}
		}
	})
}
