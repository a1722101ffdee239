package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"basin/hydro"
	"basin/ingest"
)

// singles commits single rows over one connection, as many as there are, and says how long that took.
func (f *field) singles(b *testing.B, rows, round int) time.Duration {
	b.Helper()
	conn, err := f.db.Acquire(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Release()
	start := time.Now()
	for i := range rows {
		if _, err := conn.Exec(context.Background(), "INSERT INTO twin.reading (datastream, time, value, issued) VALUES ($1, $2, $3, $4)", int64(2_000_000+i%streams),
			f.start.Add(time.Duration(round*(rows/streams+1)+i/streams)*time.Minute), int64(i), start); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start)
}

// BenchmarkFrames lets 256 field stations report by SL 651, each over a connection of its own and each report once the one before it is confirmed, and compares
// that with commits of single rows into the table of readings over one connection. A frame is confirmed when its reading is committed.
func BenchmarkFrames(b *testing.B) {
	f := newField(b)
	f.start = time.Now().UTC().Truncate(time.Hour).AddDate(0, 0, -1) // field stations report what is, not what was months ago
	ctx := context.Background()
	const reports = 16
	stations := make([]ingest.Station, streams)
	for i := range stations {
		stations[i] = ingest.Station{Protocol: "sl651", Address: fmt.Sprintf("%010d", 32060000+i), Station: fmt.Sprintf("S%d", i), Password: "A5C3"}
	}
	if err := f.desk.Put(ctx, stations...); err != nil {
		b.Fatal(err)
	}
	cmd := &RtuCmd{To: f.door, Wait: 20 * time.Second, Function: "32", Password: "A5C3", Centre: 1, Mode: "m2"}
	lines := make([]*rtuLine, streams)
	for i := range lines {
		lines[i] = &rtuLine{cmd: cmd, network: "tcp"}
		defer lines[i].goodbye()
	}
	var ours, single, behind time.Duration
	round := 0
	for b.Loop() {
		frames := make([][][][]byte, streams)
		for i := range frames {
			for n := range reports {
				at := f.start.Add(time.Duration(round*reports+n) * time.Minute).In(time.FixedZone("+08:00", 8*3600))
				packets, err := cmd.frames(stations[i].Address, []swing{{"39", 3.2, 4.8}}, at, round*reports+n)
				if err != nil {
					b.Fatal(err)
				}
				frames[i] = append(frames[i], packets)
			}
		}
		ours += together(streams, func(i int) {
			for _, packets := range frames[i] {
				lines[i].report(ctx, packets)
			}
		})
		late := f.behind(b)
		single += f.singles(b, streams*reports, round)
		behind = max(behind, <-late)
		round++
	}
	confirmed := 0
	for _, l := range lines {
		if l.unconfirmed > 0 {
			b.Fatal(l.err)
		}
		confirmed += l.confirmed
	}
	if n := f.writer.Counts().Accepted; int(n) != confirmed {
		b.Fatalf("%d frames were confirmed, %d readings accepted", confirmed, n)
	}
	b.ReportMetric(float64(confirmed)/ours.Seconds(), "frames/s")
	b.ReportMetric(float64(confirmed)/single.Seconds(), "single/s")
	b.ReportMetric(single.Seconds()/ours.Seconds(), "times-single")
	b.ReportMetric(behind.Seconds(), "s-behind")
}

// arrival is a reading: when it was sent, which is its time too, or when a listener heard of it.
type arrival struct {
	stream    string
	at, heard time.Time
}

// BenchmarkEvent measures from the sending of a reading to the event that tells of it at a listener, while 16 gateways send 64 requests of one reading a second
// each: about a tenth of what the server takes at full load. Each round lasts two seconds.
func BenchmarkEvent(b *testing.B) {
	f := newField(b)
	const gateways, perSecond, rounds, own = 16, 64, 2 * 64, streams / 16
	h := f.hear(b)
	var took []time.Duration
	begun, n := time.Now(), 0
	for b.Loop() {
		sent := make([][]arrival, gateways)
		together(gateways, func(g int) {
			tick := time.NewTicker(time.Second / perSecond)
			defer tick.Stop()
			for i := range rounds {
				<-tick.C
				r := arrival{stream: fmt.Sprintf("S%d.level", g*own+i%own), at: time.Now().UTC().Truncate(time.Microsecond)}
				sent[g] = append(sent[g], r)
				f.send(b, fmt.Appendf(nil, `{"readings":[{"datastream":%q,"time":%q,"value":2.5}]}`, r.stream, r.at.Format(time.RFC3339Nano)))
			}
		})
		n += gateways * rounds
		took = append(took, h.after(b, slices.Concat(sent...))...)
	}
	slices.Sort(took)
	b.ReportMetric(milliseconds(took[len(took)/2]), "ms-p50")
	b.ReportMetric(milliseconds(took[len(took)*99/100]), "ms-p99")
	b.ReportMetric(float64(n)/time.Since(begun).Seconds(), "readings/s")
}

// hearing is a listener of the event stream: what it heard of each datastream.
type hearing struct {
	mu    sync.Mutex
	heard map[string][]arrival
}

// hear opens the stream of all events.
func (f *field) hear(b *testing.B) *hearing {
	b.Helper()
	ctx, stop := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url+"/twin/events", nil)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+f.token)
	answer, err := f.client.Do(req)
	if err != nil || answer.StatusCode != http.StatusOK {
		b.Fatal(answer, err)
	}
	h, done := &hearing{heard: map[string][]arrival{}}, make(chan struct{})
	go func() {
		defer close(done)
		defer answer.Body.Close()
		s := bufio.NewScanner(answer.Body)
		s.Buffer(nil, 1<<20)
		for s.Scan() {
			data, found := strings.CutPrefix(s.Text(), "data: ")
			var state hydro.State
			if !found || json.Unmarshal([]byte(data), &state) != nil {
				continue
			}
			h.mu.Lock()
			for _, v := range state.Values {
				h.heard[v.Datastream] = append(h.heard[v.Datastream], arrival{v.Datastream, v.Time, time.Now()})
			}
			h.mu.Unlock()
		}
	}()
	b.Cleanup(func() { stop(); <-done })
	return h
}

// after says for each reading how long after its sending it was heard of. Of two in quick succession the stream tells the later one only, which tells of both.
func (h *hearing) after(b *testing.B, sent []arrival) (took []time.Duration) {
	b.Helper()
	for deadline := time.Now().Add(10 * time.Second); len(took) < len(sent); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.Fatalf("of %d readings %d were heard of", len(sent), len(took))
		}
		took = took[:0]
		h.mu.Lock()
		for _, r := range sent {
			heard := h.heard[r.stream]
			if i := slices.IndexFunc(heard, func(t arrival) bool { return !t.at.Before(r.at) }); i >= 0 {
				took = append(took, heard[i].heard.Sub(r.at))
			}
		}
		h.mu.Unlock()
	}
	return took
}
