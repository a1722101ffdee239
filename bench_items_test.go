package main

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/auth"
	"basin/geo"
	"basin/layer"
	"basin/postgis"
	"basin/postgis/postgistest"
)

// buildings loads the buildings of Bayreuth as a layer of a user's own, with the columns that most of them have.
func buildings(b *testing.B, db *postgis.DB) (places []geo.Place) {
	b.Helper()
	f, err := os.Open(shared(b, "city3d/osm_north-bayreuth_buildings.geojson.gz"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	text, err := gzip.NewReader(f)
	if err != nil {
		b.Fatal(err)
	}
	var file struct{ Features []feature }
	if err := json.NewDecoder(text).Decode(&file); err != nil {
		b.Fatal(err)
	}
	o := layer.OwnLayer{ID: "buildings", Title: layer.Title{En: "Buildings"}, Class: access.Public, GeometryType: "polygon"}
	for _, name := range []string{"building", "name", "addr:street", "addr:housenumber", "addr:postcode", "addr:city", "height", "building:levels", "roof:shape"} {
		o.Columns = append(o.Columns, layer.Column{Name: name, Type: layer.TypeString})
	}
	var features []layer.OwnFeature
	for i, one := range file.Features {
		g, err := geo.ParseGeoJSON(one.Geometry)
		if err != nil {
			b.Fatal(err)
		}
		values := map[string]any{}
		for _, c := range o.Columns {
			values[c.Name] = one.Properties[c.Name]
		}
		features, places = append(features, layer.OwnFeature{Index: i, Class: access.Public, Geometry: g, Values: values}), append(places, geo.Place{(geo.Bounds(g)[0] + geo.Bounds(g)[2]) / 2, (geo.Bounds(g)[1] + geo.Bounds(g)[3]) / 2})
	}
	if err := db.Do(context.Background(), func(tx postgis.Tx) error {
		if err := layer.CreateOwn(context.Background(), tx, o); err != nil {
			return err
		}
		_, err := layer.PutOwn(context.Background(), tx, o, features)
		return err
	}); err != nil {
		b.Fatal(err)
	}
	if _, err := db.Exec(context.Background(), "VACUUM ANALYZE own.buildings"); err != nil {
		b.Fatal(err)
	}
	return places
}

// burnt is the CPU time of this process and of those that it started, of which the clock ticks a hundred times a second.
func burnt(b *testing.B) time.Duration {
	b.Helper()
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		b.Fatal(err)
	}
	processes := map[string][]string{} // fields of /proc/PID/stat from the third on, by pid
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range all {
		text, _ := os.ReadFile(path)
		if fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:])); len(fields) > 15 {
			processes[filepath.Base(filepath.Dir(path))] = fields
		}
	}
	ticks, self := 0, strconv.Itoa(os.Getpid())
	for _, fields := range processes {
		parent := fields[1]
		for parent != self && processes[parent] != nil {
			parent = processes[parent][1]
		}
		if parent != self {
			continue
		}
		for _, n := range fields[11:15] { // of itself, and of its children that ended
			more, _ := strconv.Atoi(n)
			ticks += more
		}
	}
	return time.Duration(own.Utime.Nano()+own.Stime.Nano()) + time.Duration(ticks)*10*time.Millisecond
}

// referenceItems is what PostGIS alone answers: the same features in one text.
const referenceItems = `SELECT json_build_object('type', 'FeatureCollection', 'features', coalesce(json_agg(ST_AsGeoJSON(t.*)::json), '[]'))::text
	FROM (SELECT gid, id, code, source_index, geometry_status, accuracy_m, source, dataset, building, name, "addr:street", "addr:housenumber", "addr:postcode", "addr:city",
			height, "building:levels", "roof:shape", geom
		FROM own.buildings WHERE class <= 'public' AND geom && ST_MakeEnvelope($1, $2, $3, $4, 4326) ORDER BY gid LIMIT 100) t`

// BenchmarkItems asks for boxes of 100 buildings, and of 300 of which the first 100 come, and compares the CPU that takes, the database's counted, with ST_AsGeoJSON
// of the same features within PostgreSQL and a bare handler that sends what it says. No client takes part.
func BenchmarkItems(b *testing.B) {
	db := postgistest.New(b)
	places := buildings(b, db)
	ours := newServer(db, auth.New(db), slog.New(slog.DiscardHandler), 0, 64).http.Handler
	bare := echo.New()
	bare.GET("/ogc/collections/buildings/items", func(c echo.Context) error {
		var box [4]float64
		for i, text := range strings.Split(c.QueryParam("bbox"), ",") {
			box[i], _ = strconv.ParseFloat(text, 64)
		}
		var body []byte
		if err := db.QueryRow(c.Request().Context(), referenceItems, box[0], box[1], box[2], box[3]).Scan(&body); err != nil {
			return err
		}
		return c.Blob(http.StatusOK, "application/geo+json", body)
	})
	for _, n := range []int{100, 300} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			var paths []string
			r := rand.New(rand.NewPCG(3, 4))
			for range 200 {
				at := places[r.IntN(len(places))]
				paths = append(paths, boxOf(b, db, at, n))
			}
			ask := func(h http.Handler) time.Duration {
				before := burnt(b)
				for _, path := range paths {
					w := httptest.NewRecorder()
					h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
					if w.Code != http.StatusOK || w.Body.Len() < 1000 {
						b.Fatalf("%s: %d %s", path, w.Code, w.Body)
					}
				}
				return burnt(b) - before
			}
			ask(ours)
			ask(bare)
			var us, them time.Duration
			for b.Loop() {
				us += ask(ours)
				them += ask(bare)
			}
			asked := float64(b.N * len(paths))
			b.ReportMetric(us.Seconds()*1000/asked, "ms-CPU")
			b.ReportMetric(them.Seconds()*1000/asked, "ms-CPU-bare")
			b.ReportMetric(us.Seconds()/them.Seconds(), "times-bare")
		})
	}
}

// boxOf asks for a box around a place that holds almost so many features, never more.
func boxOf(b *testing.B, db *postgis.DB, at geo.Place, n int) string {
	b.Helper()
	low, high, box := 0.0, 0.2, ""
	for range 20 {
		d, got := (low+high)/2, 0
		w, s, e, n2 := at[0]-d, at[1]-d, at[0]+d, at[1]+d
		if err := db.QueryRow(context.Background(), "SELECT count(*) FROM own.buildings WHERE ST_Intersects(geom, ST_MakeEnvelope($1, $2, $3, $4, 4326))", w, s, e, n2).Scan(&got); err != nil {
			b.Fatal(err)
		}
		if got > n {
			high = d
		} else {
			low, box = d, fmt.Sprintf("%.7f,%.7f,%.7f,%.7f", w, s, e, n2)
		}
	}
	return "/ogc/collections/buildings/items?limit=100&bbox=" + box
}
