package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"
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

// settle makes a city of 200,000 buildings and 60,000 rivers of thirty points each as layers, and views of their web mercator for another server.
func (f *field) settle(b *testing.B) {
	b.Helper()
	for name, geometry := range map[string]string{
		"bench_buildings": `SELECT ST_Buffer(ST_SetSRID(ST_MakePoint(120.7 + (n %% 447) * 0.0003, 31.9 + (n / 447) * 0.00027), 4326), 0.00007 + (n %% 5) * 0.00001, 1 + n %% 2) FROM generate_series(1, 200000) n`,
		"bench_rivers": `SELECT ST_SetSRID(ST_MakeLine(ARRAY(SELECT ST_MakePoint(120.7 + (n %% 245) * 0.0006 + k * 0.00009 * sin(n + k), 31.9 + (n / 245) * 0.0005 + k * 0.00008 * cos(n * k))
			FROM generate_series(1, 30) k)), 4326) FROM generate_series(1, 60000) n`,
	} {
		for _, sql := range []string{
			`CREATE TABLE own.%[1]s (gid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id text, class auth.class DEFAULT 'public', name text, kind text, height double precision,
				geom geometry(Geometry, 4326), geom_3857 geometry(Geometry, 3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED)`,
			`INSERT INTO own.%[1]s (geom) ` + geometry,
			`UPDATE own.%[1]s SET id = 'f' || gid, name = 'Number ' || gid, kind = (ARRAY['house', 'shop', 'school', 'office'])[1 + gid %% 4], height = gid %% 40 * 0.5`,
			`CREATE INDEX ON own.%[1]s USING gist (geom_3857)`,
			`CREATE VIEW public.%[1]s AS SELECT gid, id, name, kind, height, geom_3857 AS geom FROM own.%[1]s`,
			`INSERT INTO layer.layer (id, relation_schema, relation_name, title_zh, title_en, geometry_type, own) VALUES ('%[1]s', 'own', '%[1]s', '%[1]s', '%[1]s', 'mixed', true)`,
			`VACUUM ANALYZE own.%[1]s`,
		} {
			if _, err := f.db.Exec(b.Context(), fmt.Sprintf(sql, name)); err != nil {
				b.Fatal(err)
			}
		}
		if err := f.tiles.Load(b.Context(), []string{name}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkColdTiles asks for tiles that nobody asked for before over HTTP and 16 connections, of this server and of pg_tileserv on the same database. It is there only
// where pg_tileserv is.
func BenchmarkColdTiles(b *testing.B) {
	program, err := exec.LookPath("pg_tileserv")
	if err != nil {
		fmt.Fprintln(os.Stderr, "BenchmarkColdTiles is left out: pg_tileserv is not in PATH") // a skipped benchmark says nothing by itself
		b.SkipNow()
	}
	f := newField(b)
	f.settle(b)
	p := newPeer(b, f, program)
	const clients, perZoom = 16, 12
	for _, layer := range []struct {
		name        string
		first, last int
	}{{"bench_buildings", 13, 16}, {"bench_rivers", 8, 16}} {
		b.Run(layer.name, func(b *testing.B) {
			var ours, theirs time.Duration
			var n, size, reference int
			r := rand.New(rand.NewPCG(1, 2))
			for b.Loop() {
				var places []string
				asked := map[string]bool{}
				for z := layer.first; z <= layer.last; z++ {
					for range perZoom {
						x, y := tileAt(z, 120.7+r.Float64()*0.13, 31.9+r.Float64()*0.12)
						if place := fmt.Sprintf("/%d/%d/%d.", z, x, y); !asked[place] {
							asked[place] = true
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
