package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"basin/access"
	"basin/api"
)

// The picture of web mercator that holds the things of a mapBench.
const (
	mapLevel, mapColumn, mapRow = 9, 427, 207
	mapPicture                  = "/default/WebMercatorQuad/9/207/427.png"
)

// spot is the pixel of that picture at which a place lies.
func spot(lon, lat float64) (x, y int) {
	n := math.Exp2(mapLevel) * 256
	return int((lon+180)/360*n) - mapColumn*256, int((1-math.Asinh(math.Tan(lat*math.Pi/180))/math.Pi)/2*n) - mapRow*256
}

// picture reads a picture as a reader of that clearance gets it.
func (b mapBench) picture(t *testing.T, at string, clearance access.Class) image.Image {
	t.Helper()
	res, body := b.get(t, at, clearance)
	img, err := png.Decode(bytes.NewReader(body))
	if err != nil || res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "image/png" || res.Header.Get("Content-Encoding") != "" {
		t.Fatalf("%s: %d %v %v %.300s", at, res.StatusCode, err, res.Header, body)
	}
	return img
}

func pixel(img image.Image, x, y int) color.NRGBA {
	return color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
}

// TestPicturesByClass: what a reader may not see is in none of his pictures, by parameters or by path, of the layer or of all; nor does he get those of others.
func TestPicturesByClass(t *testing.T) {
	b := newMapBench(t)
	ways := []string{"/wmts/station" + mapPicture, "/wmts/basin" + mapPicture, "/wmts/station/default/WebMercatorQuad/9/207/427.png",
		"/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=station&STYLE=default&FORMAT=image/png&TILEMATRIXSET=WebMercatorQuad&TILEMATRIX=9&TILEROW=207&TILECOL=427",
		"/wmts?service=WMTS&request=gettile&Layer=basin&Style=default&Format=image/png&TileMatrixSet=WebMercatorQuad&TileMatrix=9&TileRow=207&TileCol=427"}
	tags := map[string]access.Class{}
	for i, clearance := range access.Classes() {
		for _, at := range ways {
			img := b.picture(t, at, clearance)
			for j := range access.Classes() {
				x, y := spot(120.61, 32+0.1*float64(j)) // the last one, which no other covers
				got := pixel(img, x, y)
				if seen := got == (color.NRGBA{0x8c, 0x8c, 0x8c, 0xff}); seen != (j <= i) || !seen && got.A != 0 {
					t.Errorf("%s as %s: %v at a station of class %s", at, clearance, got, access.Classes()[j])
				}
			}
		}
		res, _ := b.get(t, ways[0], clearance)
		tag := res.Header.Get("ETag")
		if other, taken := tags[tag]; taken || tag == "" {
			t.Errorf("%s and %s have the tag %s", other, clearance, tag)
		}
		tags[tag] = clearance
		for tag, of := range tags {
			res, body := b.get(t, ways[0], clearance, "If-None-Match", tag)
			if (res.StatusCode == http.StatusNotModified) != (of == clearance) || len(body) == 0 != (of == clearance) {
				t.Errorf("%s asks with the tag of %s: %d", clearance, of, res.StatusCode)
			}
		}
	}
	x, y := spot(120.505, 32) // between two stations
	if got := pixel(b.picture(t, ways[1], access.Public), x, y); got != (color.NRGBA{0xd0, 0x8a, 0x3c, 0xff}) && got.A < 0x80 {
		t.Errorf("%v on the road", got)
	}
	for _, far := range []string{"/wmts/basin/default/WebMercatorQuad/9/0/0.png", "/wmts/basin/default/WebMercatorQuad512/20/1/1.png", "/wmts/basin/default/CGCS2000Quad/1/0/0.png"} {
		img := b.picture(t, far, access.Restricted)
		for _, p := range []image.Point{{0, 0}, {100, 100}, {img.Bounds().Dx() - 1, img.Bounds().Dy() - 1}} {
			if got := pixel(img, p.X, p.Y); got.A != 0 {
				t.Errorf("%s: %v where nothing is", far, got)
			}
		}
	}
}

// TestWMTSRequests asks in all ways, and reads what comes as XML.
func TestWMTSRequests(t *testing.T) {
	b := newMapBench(t)
	tile := func(change ...string) string {
		q := "service=WMTS&version=1.0.0&request=GetTile&layer=station&style=default&format=image/png&tilematrixset=WebMercatorQuad&tilematrix=9&tilerow=207&tilecol=427"
		return "/wmts?" + strings.NewReplacer(change...).Replace(q)
	}
	info := func(change ...string) string {
		return strings.NewReplacer(change...).Replace(strings.Replace(tile(), "GetTile", "GetFeatureInfo", 1) + "&i=10&j=20&infoformat=application/json")
	}
	exception := func(code, locator string) string { return `exceptionCode="` + code + `" locator="` + locator + `"` }
	for at, want := range map[string]string{
		"/wmts?service=WMTS&request=GetCapabilities":                            "<ows:Identifier>station</ows:Identifier>",
		"/wmts?SERVICE=wmts&REQUEST=getcapabilities&AcceptVersions=2.0.0,1.0.0": "<ows:Identifier>WebMercatorQuad</ows:Identifier>",
		"/wmts/1.0.0/WMTSCapabilities.xml":                                      b.url + "/wmts/basin/{style}/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}.png",
		"/wmts":                                                                 exception("MissingParameterValue", "Service"),
		"/wmts?service=WFS&request=GetCapabilities":                             exception("InvalidParameterValue", "Service"),
		"/wmts?service=WMTS":                                                    exception("MissingParameterValue", "Request"),
		"/wmts?service=WMTS&request=GetMap":                                     exception("OperationNotSupported", "Request"),
		"/wmts?service=WMTS&request=GetCapabilities&acceptversions=1.1":         exception("VersionNegotiationFailed", "AcceptVersions"),
		tile("version=1.0.0", "version=1.3.0"):                                  exception("InvalidParameterValue", "Version"),
		tile("layer=station&", ""):                                              exception("MissingParameterValue", "Layer"),
		tile("layer=station", "layer=nope"):                                     exception("InvalidParameterValue", "Layer"),
		tile("layer=station", "layer=parks"):                                    exception("InvalidParameterValue", "Layer"),
		tile("layer=station", "layer=a%22b%3Cc"):                                exception("InvalidParameterValue", "Layer"),
		tile("style=default&", ""):                                              exception("MissingParameterValue", "Style"),
		tile("style=default", "style=night"):                                    exception("InvalidParameterValue", "Style"),
		tile("image/png", "image/jpeg"):                                         exception("InvalidParameterValue", "Format"),
		tile("WebMercatorQuad", "w"):                                            exception("InvalidParameterValue", "TileMatrixSet"),
		tile("tilematrix=9", "tilematrix=21"):                                   exception("InvalidParameterValue", "TileMatrix"),
		tile("tilematrix=9", "tilematrix=x"):                                    exception("InvalidParameterValue", "TileMatrix"),
		tile("WebMercatorQuad", "CGCS2000Quad", "tilematrix=9", "tilematrix=0"): exception("InvalidParameterValue", "TileMatrix"),
		tile("tilerow=207", "tilerow=512"):                                      exception("TileOutOfRange", "TileRow"),
		tile("tilerow=207", "tilerow=-1"):                                       exception("TileOutOfRange", "TileRow"),
		tile("WebMercatorQuad", "CGCS2000Quad", "tilerow=207", "tilerow=256"):   exception("TileOutOfRange", "TileRow"),
		tile("tilecol=427", "tilecol=99999999999999999999"):                     exception("InvalidParameterValue", "TileCol"),
		tile("tilecol=427", "tilecol=512"):                                      exception("TileOutOfRange", "TileCol"),
		"/wmts/nope" + mapPicture:                                               exception("InvalidParameterValue", "Layer"),
		"/wmts/parks" + mapPicture:                                              exception("InvalidParameterValue", "Layer"),
		"/wmts/station/night/WebMercatorQuad/9/207/427.png":                     exception("InvalidParameterValue", "Style"),
		"/wmts/station/default/WebMercatorQuad/9/207/512.png":                   exception("TileOutOfRange", "TileCol"),
		info():                                 `"features":[]`,
		info("&i=10", ""):                      exception("MissingParameterValue", "I"),
		info("&j=20", "&j=256"):                exception("PointIJOutOfRange", "J"),
		info("&i=10", "&i=-1"):                 exception("PointIJOutOfRange", "I"),
		info("application/json", "text/plain"): exception("InvalidParameterValue", "InfoFormat"),
		info("layer=station", "layer=parks"):   exception("InvalidParameterValue", "Layer"),
	} {
		res, body := b.get(t, at, access.Public)
		if !bytes.Contains(body, []byte(want)) || (res.StatusCode != http.StatusOK) != bytes.Contains(body, []byte("ExceptionReport")) {
			t.Errorf("%s: %d, no %s in %.1500s", at, res.StatusCode, want, body)
		}
		if bytes.Contains(body, []byte("arks")) && !strings.Contains(at, "parks") {
			t.Errorf("%s tells of a layer that is not public", at)
		}
		if res.Header.Get("Content-Type") == "application/json" {
			continue
		}
		wellFormed(t, at, body)
	}
	for at, want := range map[string]int{"/wmts/station/default/WebMercatorQuad/9/207/427": 404, "/wmts/station/default/WebMercatorQuad/9/207": 404,
		"/wmts/station/default/nope/9/207/427.png": 400, "/wmts/station" + mapPicture + "?x=1": 400} {
		if res, _ := b.get(t, at, access.Public); res.StatusCode != want {
			t.Errorf("%s: %d, want %d", at, res.StatusCode, want)
		}
	}
}

// TestWMTSCapabilities reads what there is, as XML: the layers that the reader may know of and all of them, each in every set, with titles in both languages.
func TestWMTSCapabilities(t *testing.T) {
	b := newMapBench(t)
	type text struct {
		Lang string `xml:"lang,attr"`
		Text string `xml:",chardata"`
	}
	var got struct {
		XMLName xml.Name `xml:"http://www.opengis.net/wmts/1.0 Capabilities"`
		Version string   `xml:"version,attr"`
		Layers  []struct {
			Titles []text   `xml:"http://www.opengis.net/ows/1.1 Title"`
			ID     string   `xml:"http://www.opengis.net/ows/1.1 Identifier"`
			Lower  string   `xml:"http://www.opengis.net/ows/1.1 WGS84BoundingBox>LowerCorner"`
			Style  string   `xml:"Style>Identifier"`
			Format string   `xml:"Format"`
			Sets   []string `xml:"TileMatrixSetLink>TileMatrixSet"`
		} `xml:"Contents>Layer"`
		Sets []struct {
			ID       string `xml:"http://www.opengis.net/ows/1.1 Identifier"`
			CRS      string `xml:"http://www.opengis.net/ows/1.1 SupportedCRS"`
			Matrices []struct {
				ID     string  `xml:"http://www.opengis.net/ows/1.1 Identifier"`
				Scale  float64 `xml:"ScaleDenominator"`
				Corner string  `xml:"TopLeftCorner"`
				Width  int     `xml:"MatrixWidth"`
				Height int     `xml:"MatrixHeight"`
			} `xml:"TileMatrix"`
		} `xml:"Contents>TileMatrixSet"`
	}
	for clearance, want := range map[access.Class]int{access.Public: 14, access.Internal: 15} {
		for language, first := range map[string]string{"zh": "全部图层", "en": "All layers"} {
			_, body := b.get(t, "/wmts/1.0.0/WMTSCapabilities.xml", clearance, "Accept-Language", language)
			got.Layers, got.Sets = nil, nil
			if err := xml.Unmarshal(body, &got); err != nil || got.Version != "1.0.0" || len(got.Layers) != want || len(got.Sets) != 3 {
				t.Fatalf("%v, version %s, %d layers, %d sets", err, got.Version, len(got.Layers), len(got.Sets))
			}
			if got.Layers[0].ID != "basin" || got.Layers[0].Titles[0].Text != first || got.Layers[0].Lower == "" {
				t.Errorf("%s: %+v", language, got.Layers[0])
			}
			for _, l := range got.Layers {
				if len(l.Sets) != 3 || l.Style != "default" || l.Format != "image/png" || l.ID != "parks" && len(l.Titles) != 2 || l.Titles[0].Lang == "" {
					t.Errorf("%+v", l)
				}
			}
		}
	}
	for i, want := range []string{"urn:ogc:def:crs:EPSG::3857 -20037508.34278924 20037508.34278924 21", "urn:ogc:def:crs:EPSG::3857 -20037508.34278924 20037508.34278924 21",
		"urn:ogc:def:crs:EPSG::4490 90 -180 20"} {
		set := got.Sets[i]
		if is := fmt.Sprintf("%s %s %d", set.CRS, set.Matrices[0].Corner, len(set.Matrices)); is != want {
			t.Errorf("%s, want %s", is, want)
		}
		for j, m := range set.Matrices[1:] {
			if before := set.Matrices[j]; m.Width != 2*before.Width || m.Height != 2*before.Height || math.Abs(before.Scale/m.Scale-2) > 1e-9 {
				t.Errorf("%s: %+v after %+v", set.ID, m, before)
			}
		}
	}
}

// TestFeatureInfo asks what is at a pixel: of what is drawn there, as far as the reader may see it.
func TestFeatureInfo(t *testing.T) {
	b := newMapBench(t)
	for i, clearance := range access.Classes() {
		for j, class := range access.Classes() {
			x, y := spot(120.55, 32+0.1*float64(j))
			at := fmt.Sprintf("/wmts?service=WMTS&request=GetFeatureInfo&layer=%%s&style=default&format=image/png&tilematrixset=WebMercatorQuad&tilematrix=9&tilerow=207&tilecol=427&i=%d&j=%d&infoformat=", x, y)
			for _, name := range []string{"station", "basin"} {
				page := read[api.FeaturePage](t, b, fmt.Sprintf(at, name)+"application/json", clearance)
				found := 0
				for _, raw := range page.Features {
					var f api.FeatureItem
					if err := json.Unmarshal(raw, &f); err != nil {
						t.Fatal(err)
					}
					if bytes.Contains(f.Properties, []byte(`"code":"`+string(class)+`-5"`)) {
						found++
					}
				}
				if want := map[bool]int{true: 1}[j <= i]; found != want {
					t.Errorf("%s as %s: %d stations of class %s are at %d,%d: %s", name, clearance, found, class, x, y, page.Features)
				}
			}
			_, html := b.get(t, fmt.Sprintf(at, "station")+"text/html", clearance, "Accept-Language", "zh")
			if bytes.Contains(html, []byte("<td>"+string(class)+"-5</td>")) != (j <= i) || j <= i && !bytes.Contains(html, []byte("<caption>测站</caption>")) {
				t.Errorf("%s as %s: %s", class, clearance, html)
			}
		}
	}
}

// TestGDALReadsWMTS has GDAL's client of WMTS read a picture for each clearance, in both tilings, and hold it against what the server gives; and ask what is there.
func TestGDALReadsWMTS(t *testing.T) {
	b := newMapBench(t)
	dir := t.TempDir()
	gdal := func(clearance access.Class, program string, args ...string) []byte {
		args = append(args, "--config", "GDAL_ENABLE_WMS_CACHE", "NO")
		if token := b.tokens[clearance]; token != "" {
			args = append(args, "--config", "GDAL_HTTP_HEADERS", "Authorization: Bearer "+token)
		}
		cmd := exec.CommandContext(context.Background(), program, args...)
		var said bytes.Buffer
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil || strings.Contains(said.String(), "ERROR") {
			t.Fatalf("%s %v: %v: %s", program, args, err, said.String())
		}
		return out
	}
	const half = 20037508.342789244
	side := 2 * half / math.Exp2(mapLevel)
	degrees := 360 / math.Exp2(mapLevel)
	north := 90 - 82*degrees // 32.34375
	for set, c := range map[string]struct {
		path, system string
		window       [4]float64
	}{
		"WebMercatorQuad": {mapPicture, "WGS 84 / Pseudo-Mercator", [4]float64{mapColumn*side - half, half - mapRow*side, (mapColumn+1)*side - half, half - (mapRow+1)*side}},
		"CGCS2000Quad":    {"/default/CGCS2000Quad/9/82/427.png", "China Geodetic Coordinate System 2000", [4]float64{120.234375, north, 120.234375 + degrees, north - degrees}},
	} {
		for _, clearance := range access.Classes() {
			source := "WMTS:" + b.url + "/wmts/1.0.0/WMTSCapabilities.xml,layer=basin,tilematrixset=" + set
			if said := string(gdal(clearance, "gdalinfo", source)); !strings.Contains(said, c.system) {
				t.Errorf("%s: %s", set, said)
			}
			file := filepath.Join(dir, set+string(clearance)+".png")
			window := []string{"-projwin"}
			for _, x := range c.window {
				window = append(window, fmt.Sprintf("%.10f", x))
			}
			gdal(clearance, "gdal_translate", append(window, "-oo", "TILEMATRIX=9", "-oo", "EXTENT_METHOD=TILE_MATRIX_SET", "-q", "-of", "PNG", "-outsize", "256", "256", source, file)...)
			got, want := readPNG(t, file), b.picture(t, "/wmts/basin"+c.path, clearance)
			differ, drawn := 0, 0
			for y := range 256 {
				for x := range 256 {
					if pixel(want, x, y).A > 0 {
						drawn++
					}
					if pixel(want, x, y) != pixel(got, x, y) {
						differ++
					}
				}
			}
			if differ > 0 || drawn < 100 {
				t.Errorf("%s, %s: %d pixels differ of %d that are drawn", set, clearance, differ, drawn)
			}
		}
	}
	source := "WMTS:" + b.url + "/wmts?service=WMTS&request=GetCapabilities,layer=station,tilematrixset=WebMercatorQuad"
	for clearance, want := range map[access.Class]bool{access.Public: false, access.Restricted: true} {
		said := gdal(clearance, "gdallocationinfo", "-xml", "-wgs84", "-b", "1", source, "120.55", "32.2")
		if bytes.Contains(said, []byte("restricted-5")) != want {
			t.Errorf("%s: %s", clearance, said)
		}
	}
}

func readPNG(t *testing.T, file string) image.Image {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return img
}
