package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/layer"
)

// many makes a layer of so many points.
func many(t *testing.T, b mapBench, n int) {
	t.Helper()
	o := layer.OwnLayer{ID: "many", Title: layer.Title{En: "Many"}, Class: access.Public, GeometryType: "point",
		Columns: []layer.Column{{Name: "text", Type: layer.TypeString}, {Name: "n", Type: layer.TypeInteger}}}
	if err := pgx.BeginFunc(t.Context(), b.db, func(tx pgx.Tx) error {
		if err := layer.CreateOwn(t.Context(), tx, o); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `INSERT INTO own.many (id, code, source_index, class, geom, text, n) SELECT 'many:' || i, i::text, i, 'public',
			ST_SetSRID(ST_MakePoint(120 + i / 1e6, 32), 4326), repeat('江', 20) || i, i FROM generate_series(1, $1::int) i`, n)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// highest is the most that the heap held while fn ran, beyond what it held before, in MiB.
func highest(fn func()) float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before := m.HeapAlloc
	var top atomic.Uint64
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				top.Store(max(top.Load(), m.HeapAlloc))
			}
		}
	}()
	fn()
	close(stop)
	<-stopped
	return float64(int64(top.Load())-int64(before)) / (1 << 20)
}

// TestExportMemory sends 200,000 features: what is streamed stays on its way, never in memory.
func TestExportMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while")
	}
	b := newMapBench(t)
	const n = 200_000
	many(t, b, n)
	for _, name := range []string{"geojsonseq", "csv", "parquet", "xlsx", "gpkg"} {
		size, start := int64(0), time.Now()
		top := highest(func() {
			r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+"/ogc/collections/many/items?f="+name, http.NoBody)
			res, err := (&http.Transport{DisableCompression: true}).RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if size, err = io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK {
				t.Fatalf("%s: %d %v", name, res.StatusCode, err)
			}
		})
		t.Logf("%-10s %6.1f MiB in %4.1f s; the heap grew by %5.1f MiB at most", name, float64(size)/(1<<20), time.Since(start).Seconds(), top)
		if top > 100 {
			t.Errorf("%s: the heap grew by %.0f MiB", name, top)
		}
	}
	b.empty(t)
}

// empty finds temporary files that were left.
func (b mapBench) empty(t *testing.T) {
	t.Helper()
	for range 100 {
		left, err := os.ReadDir(b.dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(left) == 0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	left, _ := os.ReadDir(b.dir)
	t.Errorf("%v is left", left)
}

// TestExportLeft leaves exports halfway: the database is asked for no more, and no file stays.
func TestExportLeft(t *testing.T) {
	b := newMapBench(t)
	many(t, b, 100_000)
	for range 2 * 4 { // more than may be under way at a time
		for _, name := range []string{"csv", "gpkg", "xlsx"} {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			r, _ := http.NewRequestWithContext(ctx, http.MethodGet, b.url+"/ogc/collections/many/items?f="+name, http.NoBody)
			res, err := http.DefaultTransport.RoundTrip(r)
			if err == nil {
				buf := make([]byte, 1000)
				_, err = io.ReadFull(res.Body, buf)
				cancel()
				res.Body.Close()
			} else if !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			if name == "csv" && (err != nil || res.StatusCode != http.StatusOK) {
				t.Errorf("csv: %v", err)
			}
			cancel()
		}
	}
	b.empty(t)
	for i := 0; ; i++ {
		var running int
		if err := b.db.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()`).
			Scan(&running); err != nil {
			t.Fatal(err)
		}
		if running == 0 {
			break
		}
		if i > 100 {
			t.Fatalf("%d are still running", running)
		}
		time.Sleep(50 * time.Millisecond)
	}
	if res, body := b.get(t, "/ogc/collections/many/items?f=csv&limit=3", access.Public); res.StatusCode != http.StatusOK {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}

// TestExportsAtATime asks for more at a time than there may be.
func TestExportsAtATime(t *testing.T) {
	b := newMapBench(t)
	many(t, b, 100_000)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	refused := 0
	for range 6 {
		r, _ := http.NewRequestWithContext(ctx, http.MethodGet, b.url+"/ogc/collections/many/items?f=geojsonseq", http.NoBody)
		res, err := http.DefaultTransport.RoundTrip(r) // whose body is not read: it fills the buffers on the way and waits
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if res.StatusCode == http.StatusServiceUnavailable {
			if res.Header.Get("Retry-After") == "" {
				t.Error(fmt.Sprint(res.Header))
			}
			refused++
		}
	}
	if refused != 2 {
		t.Errorf("%d were refused", refused)
	}
}
