package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// scrape is what a server tells Prometheus.
func (r *running) scrape() string {
	r.Helper()
	req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, "http://"+r.address+"/metrics", nil)
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+r.token)
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		r.Fatal(answer.StatusCode, err)
	}
	return string(text)
}

// TestMetricsOfFrames: what field stations send, the lines that they have open, and what the database has still to do are measured.
func TestMetricsOfFrames(t *testing.T) {
	b := newBench(t)
	b.load(put(t, "station.geojson", geojson(aFeature(`"code":"S1","type":"level","datum":"wusong"`, aPoint(120.8, 32)))), "--to", "station")
	if o := b.basin("station", "add", "--protocol", "sl651", "--address", "0032060001", "--station", "S1", "--password", "A5C3"); o.code != 0 {
		t.Fatal(o.err)
	}
	if _, err := b.db.Exec(t.Context(), `INSERT INTO ingest.relay (centre, protocol, address, confirmed, passed, failed) VALUES ('province', 'sl651', '1', 5, 1, NULL), ('province', 'sl323', '2', 2, 0, now())`); err != nil {
		t.Fatal(err)
	}
	r, tcp, _ := b.serveField()
	play := func(wait string, args ...string) { // those that are confirmed wait for that, the others not long
		b.basin(append([]string{"rtu", "--to", tcp, "--element", "39=3.2..4.8", "--wait", wait, "--speed", "0"}, args...)...)
	}
	play("30s", "--station", "0032060001", "--password", "A5C3", "--count", "3")
	play("100ms", "--station", "0032060001", "--password", "FFFF", "--mode", "m1")
	play("100ms", "--station", "0032060009", "--mode", "m1", "--count", "30")
	open, err := net.Dial("tcp", tcp)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	want := []string{`basin_frames_total{protocol="sl651",verdict="accepted"} 3`, `basin_frames_total{protocol="sl651",verdict="refused"} 1`,
		`basin_frames_total{protocol="sl651",verdict="pending"} 30`, `basin_frame_log_dropped_total{reason="flood"}`, `basin_frame_log_dropped_total{reason="failed"} 0`,
		`basin_field_lines{protocol="hj212"} 0`, `basin_field_lines{protocol="sl651"} `, `basin_rollups_dirty `, `basin_feed_held_back_seconds `,
		`basin_relay_readings_total{centre="province",outcome="confirmed"} 7`, `basin_relay_failing{centre="province"} 1`, `basin_readings_total{outcome="accepted"} `}
	want = append(want, "basin_frame_log_waiting 0")
	text, missing := "", want
	for deadline := time.Now().Add(30 * time.Second); len(missing) > 0 && time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		text, missing = r.scrape(), nil
		for _, w := range want {
			if !strings.Contains(text, "\n"+w) {
				missing = append(missing, w)
			}
		}
	}
	if len(missing) > 0 || strings.Contains(text, "\nbasin_field_lines{protocol=\"sl651\"} 0\n") {
		t.Errorf("lacking %s in\n%s", strings.Join(missing, "; "), grepped(text, "basin_f"))
	}
	_, flood, _ := strings.Cut(text, `reason="flood"} `)
	logged, dropped := b.count(`SELECT count(*) FROM ingest.frame`), 0
	if _, err := fmt.Sscan(flood, &dropped); err != nil || logged+dropped != 34 {
		t.Errorf("%d logged and %d dropped of 34, %v", logged, dropped, err)
	}
}

// grepped are the lines of a text that begin so.
func grepped(text, start string) string {
	var out []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, start) {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}
