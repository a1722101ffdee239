package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"basin/access"
	"basin/auth"
	"basin/ingest"
)

// TestVendorOverHTTP: a vendor sees its field stations and what they sent, restricted ones too, nothing of others', and changes nothing; from another
// machine it watches with its token alone.
func TestVendorOverHTTP(t *testing.T) {
	b := newBench(t)
	b.logFrames()
	for _, args := range [][]string{{"00000000A1", "S1", "ACME"}, {"00000000A2", "S2", "BETA"}} {
		if o := b.basin("station", "add", "--protocol", "sl651", "--address", args[0], "--station", args[1], "--vendor", args[2]); o.code != 0 {
			t.Fatal(o.err)
		}
	}
	if _, err := b.db.Exec(t.Context(), `UPDATE ingest.frame SET spoken_for = '{}'`); err != nil {
		t.Fatal(err)
	}
	r := b.serve()
	if o := b.basin("token", "create", "--role", "vendor"); o.code != 1 || !strings.Contains(o.err, "a vendor needs the name") {
		t.Errorf("%d %s", o.code, o.err)
	}
	o := b.basin("token", "create", "--role", "vendor", "--vendor", "BETA", "--json")
	var beta auth.Issued
	if err := json.Unmarshal([]byte(o.out), &beta); err != nil {
		t.Fatal(o.out, o.err)
	}
	acme := r.grant(auth.Grant{Role: access.Vendor, Vendor: "ACME"})
	get := func(token, path string) (status int, text string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		var raw json.RawMessage
		if err := json.NewDecoder(answer.Body).Decode(&raw); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		return answer.StatusCode, string(raw)
	}
	for _, step := range []struct {
		token, path   string
		with, without string
	}{
		{acme.Token, "/ingest/frames", "7E7E01", "7E7E03"},
		{acme.Token, "/ingest/frames?thing=S2", "[]", "7E7E"},
		{acme.Token, "/ingest/frames?address=00000000A9", "[]", "7E7E"},
		{acme.Token, "/ingest/rtus", "00000000A1", "00000000A2"},
		{acme.Token, "/ingest/arrival", "station:S1", "station:S2"},
		{acme.Token, "/twin/things?kind=station", "station:S1", "station:S2"},
		{acme.Token, "/auth/session", `"vendor":"ACME"`, "BETA"},
		{beta.Token, "/ingest/frames", "7E7E03", "7E7E01"},
		{beta.Token, "/ingest/rtus", "00000000A2", "00000000A1"},
		{beta.Token, "/ingest/arrival", "station:S2", "station:S1"},
		{beta.Token, "/twin/things?kind=station", "station:S1", "station:S2"},
	} {
		if status, text := get(step.token, step.path); status != http.StatusOK || !strings.Contains(text, step.with) || strings.Contains(text, step.without) {
			t.Errorf("%s: %d %s; want %s and not %s", step.path, status, text, step.with, step.without)
		}
	}
	page := func(path, language string) (string, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+acme.Token)
		req.Header.Set("Accept-Language", language)
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %d, %v", path, answer.StatusCode, err)
		}
		return string(text), answer.Header.Get("Content-Type")
	}
	for _, step := range []struct{ path, language, with, without, media string }{
		{"/ingest/arrival.html", "zh-CN,en", "遥测站到报统计", "BETA", "text/html; charset=utf-8"},
		{"/ingest/arrival.html?by=vendor", "en,zh", "Arrival of readings", "BETA", "text/html; charset=utf-8"},
		{"/ingest/arrival.html?by=channel&lang=zh", "en", "遥测站到报统计", "BETA", "text/html; charset=utf-8"},
		{"/ingest/arrival?format=csv&by=vendor&bom=true", "", "\ufeffmonth,vendor", "BETA", "text/csv; charset=utf-8; header=present"},
		{"/ingest/arrival?format=csv", "", ",S1,ACME,", "S2", "text/csv; charset=utf-8; header=present"},
	} {
		if text, media := page(step.path, step.language); !strings.Contains(text, step.with) || strings.Contains(text, step.without) || media != step.media {
			t.Errorf("%s: %s %s; want %s and not %s", step.path, media, text, step.with, step.without)
		}
	}
	for _, path := range []string{"/ingest/pending", "/metrics", "/admin/audit"} {
		if status, _ := get(acme.Token, path); status != http.StatusForbidden {
			t.Errorf("%s: %d", path, status)
		}
	}
	far := func(ctx context.Context, out chan string, args ...string) int { // without the database
		return run(ctx, append([]string{"--data", t.TempDir(), "station", "watch", "S2", "--url", "http://" + r.address, "--token", beta.Token}, args...),
			strings.NewReader(""), lines(out), lines(out))
	}
	out := make(chan string, 100)
	if code := far(t.Context(), out, "--once", "--json"); code != 0 || len(out) != 1 {
		t.Fatalf("%d, %d lines", code, len(out))
	}
	var f ingest.Frame
	if err := json.Unmarshal([]byte(<-out), &f); err != nil || f.Bytes != "7E7E03" {
		t.Errorf("%+v, %v", f, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() { ended <- far(ctx, out, "--last", "0", "--json") }()
	for i := 0; ; i++ {
		if _, err := b.db.Exec(ctx, `INSERT INTO ingest.frame (protocol, channel, address, thing, bytes, verdict) VALUES ('sl651', 'tcp', '00000000A2', 'station:S2', '\xabcd', 'accepted'),
			('sl651', 'tcp', '00000000A1', 'station:S1', '\x0bad', 'accepted')`); err != nil {
			t.Fatal(err)
		}
		select {
		case line := <-out:
			if !strings.Contains(line, "ABCD") {
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
	for done := false; !done; {
		select {
		case line := <-out:
			if strings.Contains(line, "0BAD") {
				t.Errorf("shown: %s", line)
			}
		case code := <-ended:
			if done = true; code != 0 {
				t.Errorf("the watch ends with %d", code)
			}
		}
	}
	if code := run(t.Context(), []string{"station", "watch", "S1", "--once", "--url", "http://" + r.address, "--token", "wrong"}, strings.NewReader(""), lines(out), lines(out)); code != 1 {
		t.Errorf("a wrong token: %d", code)
	}
}
