package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"basin/access"
	"basin/auth"
	"basin/twin"
)

// running is a server in this process on a test's database.
type running struct {
	*bench
	server  *server
	address string
	token   string // of the administrator
}

// serve starts a server that ends with the test; before prepares it while it does not run yet.
func (b *bench) serve(before ...func(*server)) *running {
	b.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	if err := twin.MakePartitions(ctx, b.db, time.Now(), 1); err != nil {
		b.Fatal(err)
	}
	store := auth.New(b.db)
	token, err := store.EnsureAdmin(ctx, "")
	if err != nil {
		b.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	r := &running{b, newServer(b.db, store, slog.New(slog.DiscardHandler), 0, 512), listener.Addr().String(), token}
	for _, prepare := range before {
		prepare(r.server)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.server.run(ctx, listener) }()
	b.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			b.Errorf("the server ended with %v", err)
		}
	})
	return r
}

// grant issues a token.
func (r *running) grant(g auth.Grant) auth.Issued {
	r.Helper()
	issued, err := auth.New(r.db).Issue(context.Background(), local(), g, "test")
	if err != nil {
		r.Fatal(err)
	}
	return issued
}

// get asks the server; the answer must be 200.
func (r *running) get(path string, into any) {
	r.Helper()
	req, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+r.address+path, nil)
	req.Header.Set("Authorization", "Bearer "+r.token)
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		r.Fatalf("%s: %d", path, answer.StatusCode)
	}
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		r.Fatalf("%s: %v", path, err)
	}
}

// gauges makes a station of levels and discharges for each code, reporting every hour.
func (b *bench) gauges(codes ...string) {
	b.Helper()
	var features []string
	for i, code := range codes {
		features = append(features, aFeature(fmt.Sprintf(`"code":%q,"type":"discharge","datum":"wusong","interval_s":3600`, code), aPoint(114.3+float64(i), 30.6)))
	}
	b.load(put(b.T, "gauges.geojson", geojson(features...)), "--to", "station", "--class", "public")
}

// series is a file of columns divided by spaces, as an independent reader finds it.
type series struct {
	times  []time.Time
	values map[string][]string
}

func scanSeries(t *testing.T, path string) series {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := series{values: map[string][]string{}}
	var header []string
	for i, line := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		cells := strings.Split(strings.TrimRight(line, "\r"), " ")
		if i == 0 {
			header = cells
			continue
		}
		seconds, err := strconv.ParseInt(cells[0], 10, 64)
		if err != nil {
			t.Fatalf("%s, line %d: %v", path, i+1, err)
		}
		s.times = append(s.times, time.Unix(seconds, 0).UTC())
		for k, name := range header {
			s.values[name] = append(s.values[name], cells[k])
		}
	}
	return s
}

// expect is what must be held of one column: at each time the greatest of the values issued together is not known, so the set of them.
func (s series) expect(column string) map[time.Time][]float64 {
	out := map[time.Time][]float64{}
	for i, at := range s.times {
		if text := s.values[column][i]; text != "" {
			v, err := strconv.ParseFloat(text, 64)
			if err == nil {
				out[at] = append(out[at], v)
			}
		}
	}
	return out
}

// replay plays a file and answers what became of it.
func (r *running) replay(to, token, path string, columns map[string]string) Played {
	r.Helper()
	var out bytes.Buffer
	c := ReplayCmd{File: path, Map: columns, Time: "timestamp", To: to, Token: token, Batch: 500, JSON: true}
	if err := c.Run(context.Background(), &Env{Stdout: &out, Stderr: &out}); err != nil {
		r.Fatalf("replay %s: %v", path, err)
	}
	var p Played
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &p); err != nil {
		r.Fatalf("replay %s: %v: %s", path, err, out.String())
	}
	if p.Accepted+p.Duplicates+p.Corrections+p.Rejected != p.Sent {
		r.Errorf("replay %s: %+v does not add up", path, p)
	}
	return p
}

// history is a series as the server answers it.
func (r *running) history(station, property string, from, to time.Time, more string) (h twin.History) {
	r.Helper()
	q := url.Values{"property": {property}, "from": {from.Format(time.RFC3339)}, "to": {to.Format(time.RFC3339)}}
	r.get("/twin/things/"+url.PathEscape("station:"+station)+"/history?"+q.Encode()+more, &h)
	return h
}

func TestReplay(t *testing.T) {
	for _, c := range []struct{ file, station, level, discharge string }{
		{"gauges/yangtze_hankou.csv", "HK", "level", "inflow"},
		{"gauges/yangtze_yichang.csv", "YC", "level", "inflow"},
		{"gauges/yangtze_shashi-chenglingji.csv", "CLJ", "chenglingji_level", "chenglingji_inflow"},
	} {
		t.Run(c.station, func(t *testing.T) {
			path := shared(t, c.file)
			b := newBench(t)
			b.gauges(c.station)
			r := b.serve()
			gateway := r.grant(auth.Grant{Role: access.Gateway, Name: "rtu-" + c.station, Stations: []string{c.station}})
			columns := map[string]string{c.level: c.station + ".level", c.discharge: c.station + ".discharge"}
			first := r.replay("http://"+r.address, gateway.Token, path, columns)
			file := scanSeries(t, path)
			b.equal("rows", first.Rows, len(file.times))
			b.equal("rejected", first.Rejected, 0)
			distinct := 0
			for column, property := range map[string]string{c.level: "level", c.discharge: "discharge"} {
				want := file.expect(column)
				distinct += len(want)
				b.equal(property+": readings", b.count("SELECT count(*) FROM twin.reading r JOIN twin.datastream d ON d.id = r.datastream WHERE d.code = $1",
					c.station+"."+property), len(want))
				r.compare(c.station, property, want)
			}
			b.equal("accepted", first.Accepted, distinct)
			again := r.replay("http://"+r.address, gateway.Token, path, columns)
			if again.Duplicates != again.Sent || again.Sent != first.Sent {
				t.Errorf("played again: %+v, at first %+v", again, first)
			}
			b.equal("readings after playing again", b.count("SELECT count(*) FROM twin.reading"), distinct)
		})
	}
}

// compare checks values, gaps and peaks of a series against the file's.
func (r *running) compare(station, property string, want map[time.Time][]float64) {
	r.Helper()
	var times []time.Time
	for at := range want {
		times = append(times, at)
	}
	slices.SortFunc(times, time.Time.Compare)
	from, to := times[0].Truncate(24*time.Hour), times[len(times)-1].Add(time.Second)
	held := r.history(station, property, from, to, "")
	r.equal(property+": points", len(held.Points), len(times))
	value := map[time.Time]float64{}
	for _, p := range held.Points {
		value[p.Time] = *p.Value
		if !slices.Contains(want[p.Time], *p.Value) {
			r.Errorf("%s at %v: %v, the file has %v", property, p.Time, *p.Value, want[p.Time])
		}
		if different := len(slices.Compact(slices.Sorted(slices.Values(want[p.Time])))) > 1; *p.Corrected != different {
			r.Errorf("%s at %v: corrected is %v, the file has %v", property, p.Time, *p.Corrected, want[p.Time])
		}
	}
	var gaps []twin.Gap
	for i := 1; i < len(times); i++ {
		if times[i].Sub(times[i-1]) > 90*time.Minute {
			gaps = append(gaps, twin.Gap{From: times[i-1], To: times[i]})
		}
	}
	if !slices.EqualFunc(held.Gaps, gaps, func(a, b twin.Gap) bool { return a.From.Equal(b.From) && a.To.Equal(b.To) }) {
		r.Errorf("%s: %d gaps, want %d", property, len(held.Gaps), len(gaps))
	}
	daily := r.history(station, property, from, to, "&every=P1D")
	highest, lowest := map[time.Time]float64{}, map[time.Time]float64{}
	count := map[time.Time]int64{}
	for at, v := range value {
		day := at.Truncate(24 * time.Hour)
		if count[day] == 0 {
			highest[day], lowest[day] = v, v
		}
		highest[day], lowest[day] = math.Max(highest[day], v), math.Min(lowest[day], v)
		count[day]++
	}
	r.equal(property+": days", len(daily.Points), len(count))
	for _, p := range daily.Points {
		if p.Count != count[p.Time] || *p.Max != highest[p.Time] || *p.Min != lowest[p.Time] {
			r.Errorf("%s on %v: %d readings from %v to %v, the file has %d from %v to %v", property, p.Time, p.Count, *p.Min, *p.Max,
				count[p.Time], lowest[p.Time], highest[p.Time])
		}
	}
}

// TestReplayThroughTrouble plays through a way that refuses, breaks off after the readings were stored, and loses answers.
func TestReplayThroughTrouble(t *testing.T) {
	path := shared(t, "gauges/yangtze_hankou.csv")
	b := newBench(t)
	b.gauges("HK")
	r := b.serve()
	var asked atomic.Int64
	target, _ := url.Parse("http://" + r.address)
	proxy := httputil.NewSingleHostReverseProxy(target)
	way := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		switch n := asked.Add(1); {
		case n <= 2:
			http.Error(w, "away", http.StatusServiceUnavailable)
		case n == 4: // stored, but the answer is lost
			proxy.ServeHTTP(httptest.NewRecorder(), req)
			panic(http.ErrAbortHandler)
		case n == 6:
			http.Error(w, "later", http.StatusTooManyRequests)
		default:
			proxy.ServeHTTP(w, req)
		}
	}))
	defer way.Close()
	p := r.replay(way.URL, r.token, path, map[string]string{"level": "HK.level"})
	want := scanSeries(t, path).expect("level")
	b.equal("readings", b.count("SELECT count(*) FROM twin.reading"), len(want))
	b.equal("retries", p.Retries, 4)
	if p.Duplicates < 400 { // those whose answer was lost came twice
		t.Errorf("%+v", p)
	}
	r.compare("HK", "level", want)
}

func TestReplayRefused(t *testing.T) {
	b := newBench(t)
	b.gauges("HK", "YC")
	r := b.serve()
	gateway := r.grant(auth.Grant{Role: access.Gateway, Name: "rtu", Stations: []string{"YC"}})
	file := put(t, "hk.csv", "timestamp level\n1595098800 28.35\n1595102400 nonsense\n1595106000 28.4\n")
	p := r.replay("http://"+r.address, gateway.Token, file, map[string]string{"level": "HK.level"})
	b.equal("rejected", p.Rejected, 3)
	b.equal("readings of another's station", b.count("SELECT count(*) FROM twin.reading"), 0)
	p = r.replay("http://"+r.address, r.token, file, map[string]string{"level": "HK.level"})
	if p.Accepted != 2 || p.Rejected != 1 {
		t.Errorf("%+v", p)
	}
	for _, c := range []struct {
		text, says string
		columns    map[string]string
	}{
		{"timestamp level\n1595098800 28.35\n", "no column stage", map[string]string{"stage": "HK.level"}},
		{"time level\n1595098800 28.35\n", "no column timestamp", map[string]string{"level": "HK.level"}},
		{"timestamp level\nyesterday 28.35\n", "line 2", map[string]string{"level": "HK.level"}},
	} {
		cmd := ReplayCmd{File: put(t, "bad.csv", c.text), Map: c.columns, Time: "timestamp", To: "http://" + r.address, Token: r.token}
		if err := cmd.Run(context.Background(), &Env{Stdout: &bytes.Buffer{}}); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: %v", c.text, err)
		}
	}
}
