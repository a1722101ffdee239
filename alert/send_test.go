package alert_test

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/alert"
)

// receiver is a webhook on a real server that answers as it is told to.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	statuses []int // of the next requests; 200 afterwards
	got      []request
}

type request struct {
	header http.Header
	body   []byte
}

func receive(t *testing.T, statuses ...int) *receiver {
	t.Helper()
	r := &receiver{statuses: statuses}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got = append(r.got, request{q.Header, body})
		status := http.StatusOK
		if len(r.statuses) > 0 {
			status, r.statuses = r.statuses[0], r.statuses[1:]
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	}))
	t.Cleanup(r.Close)
	return r
}

// events are what the receiver was told, in order.
func (r *receiver) events(t *testing.T) string {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, q := range r.got {
		var m struct{ Event string }
		if err := json.Unmarshal(q.body, &m); err != nil {
			t.Fatal(err)
		}
		out = append(out, m.Event)
	}
	return strings.Join(out, ", ")
}

func (b *bench) channel(r alert.ChannelRequest) alert.ChannelMade {
	b.Helper()
	var made alert.ChannelMade
	b.do(func(tx pgx.Tx) (err error) {
		made, err = alert.AddChannel(b.Context(), tx, r)
		return err
	})
	return made
}

// post sends what is due.
func (b *bench) post(cfg alert.SenderConfig) {
	b.Helper()
	if err := alert.NewSender(b.db, slog.New(slog.DiscardHandler), cfg).Send(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// due lets time go by for what waits.
func (b *bench) due() { b.exec(`UPDATE alert.delivery SET next_try = now()`) }

// queue is how the only channel stands.
func (b *bench) queue() alert.Channel {
	b.Helper()
	found, err := alert.Channels(b.Context(), b.db)
	if err != nil || len(found) != 1 {
		b.Fatal(found, err)
	}
	return found[0]
}

// TestWebhook: a server that fails first gets every message, in order, signed, each with its number; redirects are not followed.
func TestWebhook(t *testing.T) {
	b := newBench(t)
	r := receive(t, http.StatusInternalServerError, http.StatusFound)
	made := b.channel(alert.ChannelRequest{Kind: alert.Webhook, Address: r.URL, Language: "en"})
	key, err := hex.DecodeString(made.Secret)
	if err != nil || len(key) != 32 {
		t.Fatal(made.Secret, err)
	}
	b.play(3.2, 3.2, 3.6, 3.6)
	open := alert.SenderConfig{AllowPrivate: true}
	b.post(open)
	if q := b.queue(); r.events(t) != "raised" || q.Waiting != 2 || q.Error != "answered with 500" || q.Sent != nil {
		t.Errorf("%s, %+v", r.events(t), q)
	}
	b.post(open) // not due yet
	if got := r.events(t); got != "raised" {
		t.Error(got)
	}
	b.due()
	b.post(open)
	if q := b.queue(); r.events(t) != "raised, raised" || q.Error != "answered with 302" {
		t.Errorf("%s, %+v", r.events(t), q)
	}
	b.due()
	b.post(open)
	if q := b.queue(); r.events(t) != strings.Repeat("raised, ", 3)+"escalated" || q.Waiting != 0 || q.Error != "" || q.Sent == nil {
		t.Errorf("%s, %+v", r.events(t), q)
	}
	for i, q := range r.got {
		at, err := strconv.ParseInt(q.header.Get("Basin-Time"), 10, 64)
		if err != nil || q.header.Get("Basin-Signature") != alert.Sign(key, at, q.body) {
			t.Errorf("request %d: %v", i, q.header)
		}
		var m struct {
			Delivery int64
			Text     string
			Alert    alert.Alert
		}
		if err := json.Unmarshal(q.body, &m); err != nil || m.Alert.Thing != "station:S1" || !strings.HasPrefix(m.Text, "First station: High water level, orange warning\nWater level 3.60 m above Wusong datum") {
			t.Errorf("request %d: %v %s", i, err, q.body)
		}
	}
	if first, again := r.got[0].body, r.got[1].body; cmp.Diff(first, again) != "" {
		t.Error("the second try says something else")
	}
}

// TestWebhookLimits: what is hidden is not sent, private addresses only if allowed, a message that nobody takes is given up after a day, and holds up no other channel.
func TestWebhookLimits(t *testing.T) {
	b := newBench(t)
	b.exec(`UPDATE alert.rule SET enabled = id = 'level-high'`)
	r := receive(t)
	b.channel(alert.ChannelRequest{Kind: alert.Webhook, Address: r.URL, Severity: alert.Red})
	b.play(3.2, 3.2)
	if q := b.queue(); q.Waiting != 0 {
		t.Errorf("%+v", q)
	}
	b.exec(`DELETE FROM alert.channel`)
	b.exec(`UPDATE twin.thing SET class = 'internal' WHERE id = 'station:S1'`)
	b.channel(alert.ChannelRequest{Kind: alert.Webhook, Address: r.URL})
	b.play(3.6, 3.6)
	if q := b.queue(); q.Waiting != 0 {
		t.Errorf("%+v", q)
	}
	b.exec(`UPDATE twin.thing SET class = 'public' WHERE id = 'station:S1'`)
	b.play(2, 2, 2, 2)
	b.post(alert.SenderConfig{})
	if q := b.queue(); q.Waiting != 1 || !strings.Contains(q.Error, "is private") || len(r.got) > 0 {
		t.Errorf("%+v", q)
	}
	b.exec(`UPDATE alert.delivery SET created = now() - interval '25 hours', next_try = now()`)
	b.post(alert.SenderConfig{})
	if q := b.queue(); q.Waiting != 0 || q.Failed != 1 {
		t.Errorf("%+v", q)
	}
	b.play(3.2, 3.2)
	b.exec(`UPDATE twin.thing SET class = 'internal' WHERE id = 'station:S1'`) // since it was queued
	b.post(alert.SenderConfig{AllowPrivate: true})
	if q := b.queue(); q.Waiting != 0 || len(r.got) > 0 {
		t.Errorf("%+v, %d requests", q, len(r.got))
	}
	b.exec(`UPDATE twin.thing SET class = 'public' WHERE id = 'station:S1'`)
	b.channel(alert.ChannelRequest{Kind: alert.Webhook, Address: "http://127.0.0.1:1/nobody"})
	b.play(3.6, 3.6)
	b.post(alert.SenderConfig{AllowPrivate: true})
	if r.events(t) != "escalated" {
		t.Error(r.events(t))
	}
}

// TestChannels refuses what is none.
func TestChannels(t *testing.T) {
	b := newBench(t)
	good := alert.ChannelRequest{Kind: alert.Webhook, Address: "https://example.org/hook"}
	b.channel(good)
	for name, r := range map[string]alert.ChannelRequest{
		"twice":                     good,
		"a file":                    {Kind: alert.Webhook, Address: "file:///etc/passwd"},
		"a password in the address": {Kind: alert.Webhook, Address: "https://me:secret@example.org/"},
		"no host":                   {Kind: alert.Webhook, Address: "https:///hook"},
		"a long address":            {Kind: alert.Webhook, Address: "https://example.org/" + strings.Repeat("x", 2000)},
		"a kind unknown":            {Kind: "pigeon", Address: "roof"},
		"two lines":                 {Kind: alert.Mail, Address: "duty@example.org\r\nBcc: all@example.org"},
		"a name with the address":   {Kind: alert.Mail, Address: "Duty <duty@example.org>"},
		"a language unknown":        {Kind: alert.Mail, Address: "duty@example.org", Language: "la"},
		"a class unknown":           {Kind: alert.Mail, Address: "duty@example.org", Class: "secret"},
		"a severity unknown":        {Kind: alert.Mail, Address: "duty@example.org", Severity: "pink"},
	} {
		if err := b.db.Do(t.Context(), func(tx pgx.Tx) error { _, err := alert.AddChannel(t.Context(), tx, r); return err }); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	q := b.queue()
	if body, _ := json.Marshal(q); strings.Contains(string(body), "ecret") || q.Severity != alert.Blue || q.Class != "public" || q.Language != "zh" {
		t.Errorf("%s", body)
	}
	b.do(func(tx pgx.Tx) error { return alert.RemoveChannel(t.Context(), tx, q.ID) })
	if err := b.db.Do(t.Context(), func(tx pgx.Tx) error { return alert.RemoveChannel(t.Context(), tx, q.ID) }); err == nil {
		t.Error("removed twice")
	}
}

// TestTwoSenders: two servers send each message once.
func TestTwoSenders(t *testing.T) {
	b := newBench(t)
	r := receive(t)
	b.channel(alert.ChannelRequest{Kind: alert.Webhook, Address: r.URL, Class: string(access.Internal)})
	b.play(3.2, 3.2, 3.6, 3.6, 2, 2, 2, 2)
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() { b.post(alert.SenderConfig{AllowPrivate: true}) })
	}
	all.Wait()
	for b.queue().Waiting > 0 { // who found the first under way went home
		b.post(alert.SenderConfig{AllowPrivate: true})
	}
	if got := r.events(t); got != "raised, escalated, cleared" {
		t.Error(got)
	}
}
