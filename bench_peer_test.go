package main

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"basin/access"
)

// peer is pg_tileserv, running on the database of a field.
type peer struct{ url string }

// newPeer starts pg_tileserv as it comes.
func newPeer(b *testing.B, f *field, program string) *peer {
	b.Helper()
	listener, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	listener.Close()
	cmd := exec.Command(program)
	cmd.Dir = b.TempDir()
	cmd.Env = append(os.Environ(), "DATABASE_URL="+f.db.Config().ConnString(), "TS_HTTPHOST=127.0.0.1", "TS_HTTPPORT="+port)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	p := &peer{"http://127.0.0.1:" + port}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		answer, err := http.Get(p.url + "/health")
		if err == nil {
			answer.Body.Close()
			return p
		}
		if time.Now().After(deadline) {
			b.Fatal("pg_tileserv does not answer")
		}
	}
}

// settle makes a layer of geometries that a query gives, and a view of their web mercator for another server.
func (f *field) settle(b *testing.B, name, geometries string, args ...any) {
	b.Helper()
	exec := func(sql string, args ...any) {
		if _, err := f.db.Exec(b.Context(), strings.ReplaceAll(sql, "{name}", name), args...); err != nil {
			b.Fatal(err)
		}
	}
	exec(`CREATE TABLE own.{name} (gid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id text, class auth.class DEFAULT 'public', name text, kind text, height double precision,
		geom geometry(Geometry, 4326), geom_3857 geometry(Geometry, 3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED)`)
	exec("INSERT INTO own.{name} (geom) "+geometries, args...)
	exec("UPDATE own.{name} SET id = 'f' || gid, name = 'Number ' || gid, kind = (ARRAY['house', 'shop', 'school', 'office'])[1 + gid % 4], height = gid % 40 * 0.5")
	exec("CREATE INDEX ON own.{name} USING gist (geom_3857)")
	exec("CREATE VIEW public.{name} AS SELECT gid, id, name, kind, height, geom_3857 AS geom FROM own.{name}")
	exec("INSERT INTO layer.layer (id, relation_schema, relation_name, title_zh, title_en, geometry_type, own) VALUES ('{name}', 'own', '{name}', '{name}', '{name}', 'mixed', true)")
	exec("VACUUM ANALYZE own.{name}")
	if err := f.tiles.Load(b.Context(), []string{name}); err != nil {
		b.Fatal(err)
	}
}

// mapped are the features of a compressed GeoJSON file of the shared data, as text.
func mapped(b *testing.B, name string) string {
	b.Helper()
	file, err := os.Open(shared(b, name))
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	in, err := gzip.NewReader(file)
	if err != nil {
		b.Fatal(err)
	}
	text, err := io.ReadAll(in)
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

// BenchmarkColdTiles asks for tiles that nobody asked for before over HTTP and 16 connections, of this server and of pg_tileserv on the same database: of 200,000
// buildings, of 60,000 rivers of thirty points each and of the waters of Hangzhou as they are mapped; only tiles that hold something. It is there only where pg_tileserv
// is.
func BenchmarkColdTiles(b *testing.B) {
	program, err := exec.LookPath("pg_tileserv")
	if err != nil {
		fmt.Fprintln(os.Stderr, "BenchmarkColdTiles is left out: pg_tileserv is not in PATH") // a skipped benchmark says nothing by itself
		b.SkipNow()
	}
	f := newField(b)
	f.settle(b, "bench_buildings", `SELECT ST_Buffer(ST_SetSRID(ST_MakePoint(120.7 + (n % 447) * 0.0003, 31.9 + (n / 447) * 0.00027), 4326), 0.00007 + (n % 5) * 0.00001, 1 + n % 2)
		FROM generate_series(1, 200000) n`)
	f.settle(b, "bench_rivers", `SELECT ST_SetSRID(ST_MakeLine(ARRAY(SELECT ST_MakePoint(120.7 + (n % 245) * 0.0006 + k * 0.00009 * sin(n + k), 31.9 + (n / 245) * 0.0005 + k * 0.00008 * cos(n * k))
		FROM generate_series(1, 30) k)), 4326) FROM generate_series(1, 60000) n`)
	f.settle(b, "bench_hangzhou", "SELECT ST_SetSRID(ST_GeomFromGeoJSON(f ->> 'geometry'), 4326) FROM jsonb_array_elements($1::jsonb -> 'features') f",
		mapped(b, "hydro/osm_hangzhou_water.geojson.gz"))
	p := newPeer(b, f, program)
	const clients = 16
	for _, layer := range []struct {
		name                 string
		first, last, perZoom int
		west, south          float64
		width, height        float64
	}{
		{"bench_buildings", 13, 16, 12, 120.7, 31.9, 0.13, 0.12},
		{"bench_rivers", 8, 16, 12, 120.7, 31.9, 0.13, 0.12},
		{"bench_hangzhou", 8, 16, 36, 119.95, 30.05, 0.5, 0.4},
	} {
		b.Run(layer.name, func(b *testing.B) {
			var ours, theirs time.Duration
			var n, size, reference int
			r := rand.New(rand.NewPCG(1, 2))
			for b.Loop() {
				var places []string
				asked := map[string]bool{}
				for z := layer.first; z <= layer.last; z++ {
					for range layer.perZoom {
						x, y := tileAt(z, layer.west+r.Float64()*layer.width, layer.south+r.Float64()*layer.height)
						place := fmt.Sprintf("/%d/%d/%d.", z, x, y)
						if asked[place] {
							continue
						}
						asked[place] = true
						if held, _, err := f.tiles.Tile(b.Context(), []string{layer.name}, z, x, y, access.Public); err != nil {
							b.Fatal(err)
						} else if len(held) > 0 {
							places = append(places, place)
						}
					}
				}
				f.tiles.InvalidateAll()
				took, bytes := f.fetch(b, clients, f.url+"/tiles/"+layer.name, "mvt", places)
				ours, size = ours+took, size+bytes
				took, bytes = f.fetch(b, clients, p.url+"/public."+layer.name, "pbf", places)
				theirs, reference = theirs+took, reference+bytes
				n += len(places)
			}
			b.ReportMetric(float64(n)/ours.Seconds(), "tiles/s")
			b.ReportMetric(float64(n)/theirs.Seconds(), "pg_tileserv/s")
			b.ReportMetric(theirs.Seconds()/ours.Seconds(), "times-faster")
			b.ReportMetric(float64(size)/float64(reference), "times-bytes")
		})
	}
}

// fetch asks for tiles, each once, and says how long that took and how long they are together.
func (f *field) fetch(b *testing.B, clients int, base, ending string, places []string) (took time.Duration, size int) {
	b.Helper()
	sizes := make([]int, clients)
	took = together(clients, func(g int) {
		for i := g; i < len(places); i += clients {
			req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, base+places[i]+ending, nil)
			if err != nil {
				b.Error(err)
				return
			}
			req.Header.Set("Accept-Encoding", "gzip")
			answer, err := f.client.Do(req)
			if err != nil {
				b.Error(err)
				return
			}
			body, _ := io.ReadAll(answer.Body)
			answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				b.Error(places[i] + strconv.Itoa(answer.StatusCode) + string(body))
			}
			sizes[g] += len(body)
		}
	})
	for _, n := range sizes {
		size += n
	}
	return took, size
}
