package main

import (
	"context"
	"image/color"
	"image/png"
	"math"
	"net/http"
	"strconv"
	"testing"

	"basin/access"
	"basin/geo"
	"basin/layer"
	"basin/postgis"
)

// pictureOf is a picture as the server sends it, with its tag.
func (r *running) pictureOf(path string) (pixel func(lon, lat float64) color.NRGBA, etag string) {
	r.Helper()
	answer, err := http.Get("http://" + r.address + path)
	if err != nil {
		r.Fatal(err)
	}
	defer answer.Body.Close()
	img, err := png.Decode(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		r.Fatalf("%s: %d %v", path, answer.StatusCode, err)
	}
	return func(lon, lat float64) color.NRGBA {
		n := math.Exp2(11) * 256 // of the level of the pictures below
		x, y := (lon+180)/360*n, (1-math.Asinh(math.Tan(lat*math.Pi/180))/math.Pi)/2*n
		return color.NRGBAModel.Convert(img.At(int(x)%256, int(y)%256)).(color.NRGBA)
	}, answer.Header.Get("ETag")
}

// TestPictures: who knows nothing but pictures sees a station change its status, and what is drawn anew; other pictures keep their tags.
func TestPictures(t *testing.T) {
	r := serveRegion(t)
	until(t, "the layers to be in memory", func() bool { return r.server.tiles.Ready() == nil })
	var lon, lat float64
	ctx := context.Background()
	if err := r.server.db.QueryRow(ctx, "SELECT ST_X(geom), ST_Y(geom) FROM twin.thing WHERE id = 'station:NT-S05'").Scan(&lon, &lat); err != nil {
		t.Fatal(err)
	}
	column, row := int((lon+180)/360*2048), int((1-math.Asinh(math.Tan(lat*math.Pi/180))/math.Pi)/2*2048)
	at := func(name string, column int) string {
		return "/wmts/" + name + "/default/WebMercatorQuad/11/" + strconv.Itoa(row) + "/" + strconv.Itoa(column) + ".png"
	}
	pixel, tag := r.pictureOf(at("basin", column))
	_, elsewhere := r.pictureOf(at("basin", column+20))
	unknown, warning := color.NRGBA{0x8c, 0x8c, 0x8c, 0xff}, color.NRGBA{0xe6, 0x9f, 0x00, 0xff}
	if got := pixel(lon, lat); got != unknown {
		t.Errorf("%v before a reading", got)
	}
	r.send("NT-S05.level", 3.21) // its warning level is 3.0
	until(t, "the station to be at warning in its picture", func() bool {
		now, changed := r.pictureOf(at("basin", column))
		return now(lon, lat) == warning && changed != tag
	})
	plots := layer.OwnLayer{ID: "plots", Title: layer.Title{En: "Plots"}, Class: access.Public, GeometryType: "polygon"}
	lon, lat = (float64(column)+0.5)/2048*360-180, math.Atan(math.Sinh(math.Pi*(1-2*(float64(row)+0.5)/2048)))*180/math.Pi // the middle of the picture
	put := func(west float64) {
		ring := []geo.Place{{west, lat - 0.004}, {west + 0.004, lat - 0.004}, {west + 0.004, lat + 0.004}, {west, lat + 0.004}}
		if err := r.server.db.Do(ctx, func(tx postgis.Tx) error {
			_, err := layer.PutOwn(ctx, tx, plots, []layer.OwnFeature{{Code: "a", Class: access.Public, Geometry: geo.Polygon(ring)}})
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.server.db.Do(ctx, func(tx postgis.Tx) error { return layer.CreateOwn(ctx, tx, plots) }); err != nil {
		t.Fatal(err)
	}
	put(lon + 0.01)
	own := func(c color.NRGBA) bool { return c.A == 0x99 && c.B > c.R && c.R > c.G } // of the violet that users' layers have
	until(t, "the plot to be in its picture", func() bool {
		now, _ := r.pictureOf(at("plots", column))
		return own(now(lon+0.012, lat))
	})
	_, tag = r.pictureOf(at("plots", column))
	put(lon + 0.02)
	until(t, "the plot to have moved", func() bool {
		now, changed := r.pictureOf(at("plots", column))
		return now(lon+0.012, lat).A == 0 && own(now(lon+0.022, lat)) && changed != tag
	})
	if _, now := r.pictureOf(at("basin", column+20)); now != elsewhere {
		t.Error("a picture elsewhere changed")
	}
}
