package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
)

// BenchmarkHotTiles asks for tiles that are held, over HTTP and 16 connections, and compares that with a bare handler that sends the same bytes from a map.
func BenchmarkHotTiles(b *testing.B) {
	f := newField(b)
	const clients, requests = 16, 400
	if _, err := f.db.Exec(context.Background(), `WITH made AS (INSERT INTO hydro.station (id, type) SELECT id, 'level' FROM twin.thing WHERE kind = 'station' RETURNING id)
		SELECT twin.tell(array_agg(id)) FROM made`); err != nil {
		b.Fatal(err)
	}
	time.Sleep(2 * time.Second) // until it is in memory
	paths, held := []string{}, map[string][]byte{}
	for x := range 4 {
		for y := range 4 {
			paths = append(paths, fmt.Sprintf("/tiles/station/10/%d/%d.mvt", 853+x, 413+y))
		}
	}
	get := func(base, path string) (int, []byte) {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, base+path, nil)
		if err != nil {
			b.Error(err)
			return 0, nil
		}
		req.Header.Set("Accept-Encoding", "gzip") // what is packed stays packed
		answer, err := f.client.Do(req)
		if err != nil {
			b.Error(err)
			return 0, nil
		}
		defer answer.Body.Close()
		body, _ := io.ReadAll(answer.Body)
		return answer.StatusCode, body
	}
	for _, path := range paths {
		if code, body := get(f.url, path); code == http.StatusOK {
			held[path] = body
		}
	}
	paths = paths[:0]
	for path := range held {
		paths = append(paths, path)
	}
	if len(paths) < 4 {
		b.Fatalf("only %d tiles hold anything", len(paths))
	}
	bare := echo.New()
	bare.GET("/tiles/station/:z/:x/:y", func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderContentEncoding, "gzip")
		return c.Blob(http.StatusOK, "application/vnd.mapbox-vector-tile", held[c.Request().URL.Path])
	})
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: bare, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	load := func(base string) time.Duration {
		return together(clients, func(g int) {
			for i := range requests {
				if code, _ := get(base, paths[(g+i)%len(paths)]); code != http.StatusOK {
					b.Errorf("%d", code)
					return
				}
			}
		})
	}
	var ours, theirs time.Duration
	n := 0
	for b.Loop() {
		ours += load(f.url)
		theirs += load("http://" + listener.Addr().String())
		n += clients * requests
	}
	b.ReportMetric(float64(n)/ours.Seconds(), "tiles/s")
	b.ReportMetric(float64(n)/theirs.Seconds(), "bare/s")
	b.ReportMetric(theirs.Seconds()/ours.Seconds(), "times-bare")
}
