package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"basin/access"
	"basin/auth"
	"basin/ingest"
)

// logFrames writes frames of S1, a public station, and of S2, a restricted one, as if they had come.
func (b *bench) logFrames() {
	b.Helper()
	b.load(put(b.T, "open.geojson", geojson(aFeature(`"code":"S1","type":"level","datum":"wusong"`, aPoint(120.8, 32)))), "--to", "station", "--class", "public")
	b.load(put(b.T, "closed.geojson", geojson(aFeature(`"code":"S2","type":"rainfall"`, aPoint(120.8, 32)))), "--to", "station", "--class", "restricted")
	for _, args := range [][]string{{"sl651", "A1", "S1"}, {"sl651", "A2", "S2"}} {
		if o := b.basin("station", "add", "--protocol", args[0], "--address", args[1], "--station", args[2]); o.code != 0 {
			b.Fatal(o.err)
		}
	}
	if _, err := b.db.Exec(context.Background(), `INSERT INTO ingest.frame (protocol, channel, peer, address, thing, function, bytes, decoded, verdict, reason, readings)
		VALUES ('sl651', 'tcp', '10.0.0.1:5', 'A1', 'station:S1', '32', '\x7e7e01', '{"serial":1}', 'accepted', '', 3),
			('sl651', 'tcp', '10.0.0.1:5', 'A1', 'station:S1', '32', '\x7e7e02', NULL, 'refused', 'the password is wrong', 0),
			('sl651', 'udp', '10.0.0.2:5', 'A2', 'station:S2', '2F', '\x7e7e03', NULL, 'keep-alive', '', 0),
			('sl651', 'tcp', '10.0.0.3:5', 'A9', NULL, '32', '\x7e7e04', NULL, 'pending', 'the address is not registered', 0)`); err != nil {
		b.Fatal(err)
	}
}

// TestStationWatch shows frames that came, and those that come.
func TestStationWatch(t *testing.T) {
	b := newBench(t)
	b.logFrames()
	o := b.basin("station", "watch", "S1", "--once")
	first, second := strings.Index(o.out, "7E7E01"), strings.Index(o.out, "7E7E02")
	if o.code != 0 || first < 0 || second < first || strings.Contains(o.out, "7E7E03") || !strings.Contains(o.out, `decoded  {"serial": 1}`) ||
		!strings.Contains(o.out, "why      the password is wrong") {
		t.Errorf("%d %s %s", o.code, o.out, o.err)
	}
	o = b.basin("station", "watch", "S1", "--once", "--json", "--last", "1")
	var f ingest.Frame
	if err := json.Unmarshal([]byte(o.out), &f); err != nil || f.Bytes != "7E7E02" || f.Verdict != "refused" {
		t.Errorf("%s: %v", o.out, err)
	}
	o = b.basin("station", "test", "S1")
	if o.code != 1 || !strings.Contains(o.out, "refused: the password is wrong\n         mend: basin station add --protocol sl651 --address A1 --station S1 --password PASSWORD") {
		t.Errorf("%d %s", o.code, o.out)
	}
	ctx, cancel := context.WithCancel(context.Background())
	out := make(chan string, 100)
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"--database-url", b.db.Config().ConnString(), "station", "watch", "S2", "--last", "0"}, strings.NewReader(""), lines(out), lines(out))
	}()
	for i := 0; ; i++ { // the watch begins at some time: what comes after is shown
		if _, err := b.db.Exec(ctx, `INSERT INTO ingest.frame (protocol, channel, address, thing, bytes, verdict) VALUES ('sl651', 'tcp', 'A2', 'station:S2', '\xabcd', 'accepted')`); err != nil {
			t.Fatal(err)
		}
		select {
		case line := <-out:
			if !strings.Contains(line, "sl651/") {
				t.Errorf("shown: %s", line)
			}
		case <-time.After(100 * time.Millisecond):
			if i < 600 {
				continue
			}
			t.Error("nothing is shown")
		}
		break
	}
	cancel()
	for {
		select {
		case <-out:
			continue
		case code := <-ended:
			if code != 0 {
				t.Errorf("the watch ends with %d", code)
			}
		}
		break
	}
}

// lines is a writer whose texts can be waited for.
type lines chan string

func (l lines) Write(text []byte) (int, error) {
	l <- string(text)
	return len(text), nil
}

// TestFieldOverHTTP: who sees which frames and stations; what registering and disabling leave in the audit trail.
func TestFieldOverHTTP(t *testing.T) {
	b := newBench(t)
	b.logFrames()
	r := b.serve()
	ask := func(token, method, path, body string, into any) int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+r.address+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if into != nil {
			if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
		}
		return answer.StatusCode
	}
	for _, step := range []struct {
		grant auth.Grant
		path  string
		want  int
	}{
		{auth.Grant{Role: access.Operator}, "/ingest/frames", 4},
		{auth.Grant{Role: access.Operator}, "/ingest/frames?thing=S1", 2},
		{auth.Grant{Role: access.Operator}, "/ingest/frames?address=A9&limit=1", 1},
		{auth.Grant{Role: access.Operator}, "/ingest/frames?before=1", 0},
		{auth.Grant{Role: access.Gateway, Stations: []string{"S2"}}, "/ingest/frames", 1},
		{auth.Grant{Role: access.Gateway, Stations: []string{"S2"}}, "/ingest/frames?thing=S1", 0},
	} {
		var got ingest.FrameList
		if status := ask(r.grant(step.grant).Token, http.MethodGet, step.path, "", &got); status != http.StatusOK || len(got.Frames) != step.want {
			t.Errorf("%s as %s: %d, %d frames; want %d", step.path, step.grant.Role, status, len(got.Frames), step.want)
		}
	}
	for _, step := range []struct {
		method, path, body string
		want               int
	}{
		{http.MethodPost, "/ingest/rtus", `{"stations":[{"protocol":"sl651","address":"A3","station":"S1","password":"secret"}]}`, 200},
		{http.MethodPost, "/ingest/rtus", `{"stations":[{"protocol":"sl651","address":"A4","station":"S9"}]}`, 400},
		{http.MethodPost, "/ingest/rtus", `{"stations":[{"protocol":"sl651","address":"A4","height":1}]}`, 400},
		{http.MethodPost, "/ingest/rtus", `{"stations":[`, 400},
		{http.MethodPost, "/ingest/rtus", strings.Repeat(" ", 5<<20), 413},
		{http.MethodDelete, "/ingest/rtus/sl651/A3", "", 204},
		{http.MethodDelete, "/ingest/rtus/sl651/A7", "", 404},
		{http.MethodPost, "/ingest/rtus/sl651/A1/query", "", 409}, // no protocol that asks
		{http.MethodPost, "/ingest/rtus/sl651/A7/query", "", 404},
		{http.MethodGet, "/ingest/frames?limit=0", "", 400},
		{http.MethodGet, "/ingest/frames?limit=1001", "", 400},
		{http.MethodGet, "/ingest/arrival?month=November", "", 400},
		{http.MethodGet, "/ingest/arrival?month=2026-11&station=S1", "", 200},
	} {
		if status := ask(r.token, step.method, step.path, step.body, nil); status != step.want {
			t.Errorf("%s %s %.60s: %d; want %d", step.method, step.path, step.body, status, step.want)
		}
	}
	trail := rows[struct{ Action, Object, Detail string }](b, `SELECT action, object, coalesce(detail::text, '') AS detail FROM auth.audit WHERE action LIKE 'rtu.%' ORDER BY id`)
	if len(trail) != 4 || trail[2].Object != "sl651:A3" || trail[3].Action != "rtu.disable" || strings.Contains(trail[2].Detail, "secret") {
		t.Errorf("the audit trail: %v", trail)
	}
	if o := b.basin("station", "query", "S1", "--to", "http://"+r.address, "--token", r.token); o.code != 1 || !strings.Contains(o.err, "cannot be asked") {
		t.Errorf("%d %s %s", o.code, o.out, o.err)
	}
	if o := b.basin("station", "query", "S9", "--to", "http://"+r.address, "--token", r.token); o.code != 1 || !strings.Contains(o.err, "no field station is registered for S9") {
		t.Errorf("%d %s %s", o.code, o.out, o.err)
	}
	if o := b.basin("station", "pending"); o.code != 0 {
		t.Errorf("%d %s", o.code, o.err)
	}
}
