package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"basin/hydro"
	"basin/postgis"
)

// event is a server-sent event.
type event struct {
	id, name string
	data     string
}

// state is what a state event tells.
func (e event) state(t *testing.T) (s hydro.State) {
	t.Helper()
	if err := json.Unmarshal([]byte(e.data), &s); err != nil {
		t.Fatalf("%s: %v", e.data, err)
	}
	return s
}

// listening is a client of the event stream; it remembers everything that it heard.
type listening struct {
	*running
	mu     sync.Mutex
	heard  []event
	last   string // id of the last event, as a browser remembers it
	ended  chan struct{}
	cancel context.CancelFunc
}

// listen opens a stream and waits until it has begun. An empty token is nobody's.
func (r *running) listen(query, token, lastID string) *listening {
	r.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.address+"/twin/events"+query, nil)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/event-stream" {
		r.Fatalf("events: %d %s", answer.StatusCode, answer.Header.Get("Content-Type"))
	}
	l := &listening{running: r, ended: make(chan struct{}), cancel: cancel}
	go l.read(answer.Body)
	r.Cleanup(l.close)
	until(r.T, "the stream to begin", func() bool { return l.at() != "" })
	return l
}

// read takes events in, as the HTML standard says.
func (l *listening) read(body io.ReadCloser) {
	defer close(l.ended)
	defer body.Close()
	var e event
	for s := bufio.NewScanner(body); s.Scan(); {
		name, value, _ := strings.Cut(s.Text(), ": ")
		switch name {
		case "id":
			e.id = value
		case "event":
			e.name = value
		case "data":
			e.data += value
		case "":
			l.mu.Lock()
			if e.id != "" {
				l.last = e.id
			}
			l.heard = append(l.heard, e)
			l.mu.Unlock()
			e = event{}
		}
	}
}

func (l *listening) close() {
	l.cancel()
	<-l.ended
}

// at is the id of the last event.
func (l *listening) at() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// all is everything heard once the stream has passed everything that is committed by now.
func (l *listening) all() []event {
	l.Helper()
	end := l.end()
	until(l.T, "the stream to pass "+end.String(), func() bool {
		p, err := postgis.ParsePosition(l.at())
		return err == nil && !p.Before(end)
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.heard)
}

// end is the last entry of the feed.
func (l *listening) end() postgis.Position {
	l.Helper()
	text := l.text("SELECT coalesce((SELECT xid::text || '-' || seq FROM feed.event ORDER BY xid DESC, seq DESC LIMIT 1), '0-0')")
	p, err := postgis.ParsePosition(text)
	if err != nil {
		l.Fatal(err)
	}
	return p
}

// states are the last states heard, by thing.
func (l *listening) states() map[string]hydro.State {
	l.Helper()
	out := map[string]hydro.State{}
	for _, e := range l.all() {
		if e.name == "state" {
			s := e.state(l.T)
			out[s.Thing] = s
		}
	}
	return out
}
