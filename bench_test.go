package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/auth"
	"basin/geo"
	"basin/ingest"
	"basin/migrations"
	"basin/postgis"
	"basin/twin"
)

// field is the whole server on a cluster that syncs to the disk, and gateways that send to it.
type field struct {
	*server
	url, token string
	door       string // where field stations of SL 651 are listened for
	client     *http.Client
	start      time.Time
}

// streams is how many datastreams there are, one at each station.
const streams = 256

// newField starts a field.
func newField(b *testing.B) *field {
	b.Helper()
	ctx := context.Background()
	dir, err := os.MkdirTemp("/tmp", "basin-bench-")
	if err != nil {
		b.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	db, err := postgis.Open(ctx, postgis.Config{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close(); postgis.RemoveCluster(dir) })
	if err := postgis.Migrate(ctx, db, migrations.Files); err != nil {
		b.Fatal(err)
	}
	if err := db.Do(ctx, func(tx postgis.Tx) error {
		for i := range streams {
			at := geo.Place{120 + float64(i%16)*0.05, 32 + float64(i/16)*0.05}
			code := "S" + strconv.Itoa(i)
			if _, err := twin.PutThings(ctx, tx, []twin.Thing{{Kind: "station", Code: code, Geometry: geo.Point(at), Class: access.Public}}); err != nil {
				return err
			}
			d := twin.Datastream{Thing: "station:" + code, Property: "level", Datum: "wusong", Interval: time.Minute, Longitude: at[0], Latitude: at[1]}
			if err := twin.PutDatastreams(ctx, tx, []twin.Datastream{d}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	if err := twin.MakePartitions(ctx, db, time.Now().AddDate(-1, 0, 0), 14); err != nil {
		b.Fatal(err)
	}
	store := auth.New(db)
	issued, err := store.Issue(ctx, access.Principal{ID: "bench", Name: "bench", Role: access.Security}, auth.Grant{Role: access.System}, "bench")
	if err != nil {
		b.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	f := &field{server: newServer(db, store, slog.New(slog.DiscardHandler), 0, 512), url: "http://" + listener.Addr().String(), token: issued.Token,
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: streams}}, start: time.Now().AddDate(0, -10, 0).UTC().Truncate(24 * time.Hour)}
	door, err := f.field.Open(ctx, ingest.Door{Protocol: "sl651", Network: "tcp", Address: "127.0.0.1:0"})
	if err != nil {
		b.Fatal(err)
	}
	f.door = door.String()
	running, stop := context.WithCancel(ctx)
	done := make(chan error)
	go func() { done <- f.run(running, listener) }()
	b.Cleanup(func() {
		f.client.CloseIdleConnections()
		stop()
		if err := <-done; err != nil {
			b.Error(err)
		}
	})
	return f
}

// body is a request of n readings: of so many stations from the first one on in turn, minute by minute from the given one.
func (f *field) body(first, stations, minute, n int) []byte {
	out := []byte(`{"readings":[`)
	for i := range n {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, `{"datastream":"S`...)
		out = strconv.AppendInt(out, int64(first+i%stations), 10)
		out = append(out, `.level","time":"`...)
		out = f.start.Add(time.Duration(minute+i/stations)*time.Minute).AppendFormat(out, time.RFC3339)
		out = append(out, `","value":`...)
		out = strconv.AppendFloat(out, 2+float64(i%977)/1000, 'f', 3, 64)
		out = append(out, '}')
	}
	return append(out, `]}`...)
}

// send posts a body until it is acknowledged.
func (f *field) send(b *testing.B, body []byte) {
	for {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, f.url+"/ingest/readings", bytes.NewReader(body))
		if err != nil {
			b.Error(err)
			return
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+f.token)
		resp, err := f.client.Do(req)
		if err != nil {
			b.Error(err)
			return
		}
		text, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return
		}
		if resp.StatusCode != http.StatusServiceUnavailable {
			b.Errorf("%d %s", resp.StatusCode, text)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// together lets gateways work at once and says how long they took.
func together(gateways int, work func(gateway int)) time.Duration {
	start := time.Now()
	var all sync.WaitGroup
	for g := range gateways {
		all.Go(func() { work(g) })
	}
	all.Wait()
	return time.Since(start)
}

// behind says, once they have caught up, how long the rollups took from now on.
func (f *field) behind(b *testing.B) <-chan time.Duration {
	start, late := time.Now(), make(chan time.Duration, 1)
	go func() {
		for dirty := true; dirty; time.Sleep(20 * time.Millisecond) {
			if err := f.db.QueryRow(context.Background(), "SELECT EXISTS (SELECT FROM twin.cell_dirty)").Scan(&dirty); err != nil {
				b.Error(err)
				break
			}
		}
		late <- time.Since(start)
	}()
	return late
}

// BenchmarkGateways lets 16 gateways send requests of 1,000 readings over HTTP, with rollups running and with rollups deferred until the readings are there, and
// compares that with COPY of as many rows into the same table over one connection.
func BenchmarkGateways(b *testing.B) {
	b.Run("rollups", func(b *testing.B) { gateways(b, newField(b), func() func() { return func() {} }) })
	b.Run("deferred", func(b *testing.B) {
		f := newField(b)
		gateways(b, f, func() func() { return f.defers(b) })
	})
}

// defers keeps rollups from being computed until the function that it returns is called.
func (f *field) defers(b *testing.B) func() {
	b.Helper()
	ctx := context.Background()
	tx, err := f.db.Begin(ctx)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtext('twin.rollup'))"); err != nil {
		b.Fatal(err)
	}
	return func() {
		if err := tx.Rollback(ctx); err != nil {
			b.Error(err)
		}
	}
}

// gateways is BenchmarkGateways, with something that begins before readings are sent and ends when they are committed.
func gateways(b *testing.B, f *field, begin func() (end func())) {
	b.Helper()
	const gateways, requests, size = 16, 4, 1000
	own := streams / gateways
	rows := gateways * requests * size
	var ours, copied, behind time.Duration
	round := 0
	for b.Loop() {
		bodies := make([][]byte, gateways*requests)
		for i := range bodies {
			bodies[i] = f.body(i/requests*own, own, (round*requests+i%requests)*(size/own+1), size)
		}
		end := begin()
		ours += together(gateways, func(g int) {
			for _, body := range bodies[g*requests : (g+1)*requests] {
				f.send(b, body)
			}
		})
		end()
		late := f.behind(b)
		start := time.Now()
		n, err := f.db.CopyFrom(context.Background(), pgx.Identifier{"twin", "reading"},
			[]string{"datastream", "time", "value", "operator", "issued", "received", "flags"},
			pgx.CopyFromSlice(rows, func(i int) ([]any, error) {
				return []any{int64(1_000_000 + i%streams),
					f.start.Add(time.Duration(round*rows/streams+i/streams) * time.Minute), int64(20000 + i%9770), false, start, start, int16(0)}, nil
			}))
		if err != nil || int(n) != rows {
			b.Fatal(n, err)
		}
		copied += time.Since(start)
		behind = max(behind, <-late)
		round++
	}
	b.ReportMetric(float64(rows*round)/ours.Seconds(), "readings/s")
	b.ReportMetric(copied.Seconds()/ours.Seconds(), "times-COPY")
	b.ReportMetric(behind.Seconds(), "s-behind")
}

// BenchmarkSingle lets 256 gateways send one reading at a time over HTTP, rollups running, and compares that with commits of single rows into the same
// table over one connection.
func BenchmarkSingle(b *testing.B) {
	f := newField(b)
	const requests = 16
	var ours, single, behind time.Duration
	round := 0
	for b.Loop() {
		ours += together(streams, func(g int) {
			for i := range requests {
				f.send(b, f.body(g, 1, round*requests+i, 1))
			}
		})
		late := f.behind(b)
		single += f.singles(b, streams*requests, round)
		behind = max(behind, <-late)
		round++
	}
	b.ReportMetric(float64(streams*requests*round)/ours.Seconds(), "readings/s")
	b.ReportMetric(float64(streams*requests*round)/single.Seconds(), "single/s")
	b.ReportMetric(single.Seconds()/ours.Seconds(), "times-single")
	b.ReportMetric(behind.Seconds(), "s-behind")
	if f.writer.Counts().Commits > 0 {
		c := f.writer.Counts()
		b.ReportMetric(float64(c.Accepted)/float64(c.Commits), "readings/commit")
	}
}

// year is a datastream with a reading every five minutes of a year.
func year(b *testing.B, f *field) (from, to time.Time) {
	b.Helper()
	from = time.Now().UTC().Truncate(24*time.Hour).AddDate(-1, 0, 0)
	to = from.AddDate(1, 0, 0)
	if _, err := f.db.Exec(context.Background(), `INSERT INTO twin.reading (datastream, time, value, issued)
		SELECT d.id, t, 20000 + (extract(epoch FROM t)::bigint / 300) % 9770, t FROM twin.datastream d,
			generate_series($1::timestamptz, $2::timestamptz - interval '1 s', '5 min') t
		WHERE d.code = 'S0.level'`, from, to); err != nil {
		b.Fatal(err)
	}
	if _, err := f.db.Exec(context.Background(), "VACUUM ANALYZE twin.reading"); err != nil {
		b.Fatal(err)
	}
	return from, to
}

// BenchmarkYear asks for a year of five-minute readings by the day and compares that with counting the same rows.
func BenchmarkYear(b *testing.B) {
	f := newField(b)
	ctx := context.Background()
	from, to := year(b, f)
	var ours, count time.Duration
	for b.Loop() {
		start := time.Now()
		h, err := twin.ReadHistory(ctx, f.db, twin.HistoryOf{Datastream: "S0.level", From: from, To: to, Every: 24 * time.Hour}, access.Restricted)
		if err != nil || len(h.Points) < 365 || len(h.Points) > 366 {
			b.Fatal(len(h.Points), err)
		}
		ours += time.Since(start)
		start = time.Now()
		var n int
		if err := f.db.QueryRow(ctx, `SELECT count(*) FROM twin.reading r WHERE r.datastream = (SELECT id FROM twin.datastream WHERE code = 'S0.level')
			AND r.time >= $1 AND r.time < $2`, from, to).Scan(&n); err != nil || n < 105_000 {
			b.Fatal(n, err)
		}
		count += time.Since(start)
	}
	b.ReportMetric(ours.Seconds()*1000/float64(b.N), "ms")
	b.ReportMetric(count.Seconds()*1000/float64(b.N), "ms-count")
	b.ReportMetric(ours.Seconds()/count.Seconds(), "times-count")
}
