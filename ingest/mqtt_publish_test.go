package ingest_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"basin/access"
	"basin/api"
	"basin/ingest"
	"basin/postgis"
	"basin/twin"
)

// hearing is what Mosquitto's own subscriber has heard.
type hearing struct {
	mu    sync.Mutex
	lines []string // topic and payload
	ready bool
}

// hear subscribes with mosquitto_sub until the test ends or the broker does; more are arguments besides.
func (b *broker) hear(topic string, more ...string) *hearing {
	b.Helper()
	host, port, _ := strings.Cut(b.address, ":")
	cmd := exec.Command("stdbuf", append([]string{"-oL", "mosquitto_sub", "-V", "5", "-h", host, "-p", port, "-q", "1", "-t", topic, "-d", "-F", "%t %p"}, more...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	h := &hearing{}
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			h.mu.Lock()
			if line := s.Text(); strings.HasPrefix(line, "v1.1/") || strings.HasPrefix(line, "basin/") {
				h.lines = append(h.lines, line)
			} else if strings.HasPrefix(line, "Subscribed") {
				h.ready = true
			}
			h.mu.Unlock()
		}
	}()
	until(b.T, "subscribed", func() bool { h.mu.Lock(); defer h.mu.Unlock(); return h.ready })
	return h
}

// all is what has been heard.
func (h *hearing) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.lines...)
}

// publish runs a publisher at a broker, with what renders for people.
func (s *brokerSite) publish(b *broker) (p *ingest.MQTTPublisher, stop func()) {
	s.Helper()
	feed := postgis.NewFeed(s.db, s.logger())
	server := api.New(api.Config{DB: s.db, Metrics: prometheus.NewRegistry()})
	p, err := ingest.NewMQTTPublisher(ingest.MQTTConfig{URL: "mqtt://" + b.address, ClientID: fmt.Sprintf("basin-%d", time.Now().UnixNano())}, s.db, feed,
		func(ctx context.Context, streams []int64, times []time.Time) ([][]byte, error) {
			return server.PublicObservations(ctx, "http://basin", streams, times)
		}, s.logger())
	if err != nil {
		s.Fatal(err)
	}
	stopFeed := s.run(feed.Run)
	stopRun := s.run(p.Run)
	return p, func() { stopRun(); stopFeed() }
}

// turned waits until somebody publishes.
func (s *brokerSite) turned() {
	s.Helper()
	until(s.T, "somebody publishes", func() bool { return s.count(`SELECT count(*) FROM ingest.published`) == 1 })
}

// observe stores readings of a datastream, i seconds after the start.
func (s *brokerSite) observe(code string, places ...int) {
	s.Helper()
	var readings []twin.Reading
	for _, i := range places {
		readings = append(readings, twin.Reading{Datastream: code, Time: start.Add(time.Duration(i) * time.Second), Value: "1.5"})
	}
	result, err := s.writer.Append(context.Background(), access.Principal{Role: access.System}, readings)
	if err != nil || len(result.Rejected) > 0 {
		s.Fatal(result, err)
	}
}

// TestMQTTPublish: what is committed of public datastreams is heard under both topics, late and corrected values too, and nothing else is.
func TestMQTTPublish(t *testing.T) {
	b, s := newBroker(t), newBrokerSite(t, nil, "g")
	own, secret := s.another(access.Restricted)
	s.run(s.writer.Run)
	s.observe("S1.level", 0) // before anybody publishes
	set, below, everything := b.hear("v1.1/Observations"), b.hear(fmt.Sprintf("v1.1/Datastreams(%d)/Observations", own)), b.hear("#")
	p, _ := s.publish(b)
	m, _ := s.listen(b, s.writer) // basin takes readings from the same broker
	s.turned()
	s.observe("S2.level", 1, 2)
	s.observe("S1.level", 5)
	s.observe("S1.level", 3) // late
	b.publisher("p").send("g", body(6))
	until(t, "the message is stored", func() bool { return m.Counts().Accepted == 1 })
	result, err := s.writer.Append(context.Background(), access.Principal{Role: access.Operator}, []twin.Reading{{Datastream: "S1.level",
		Time: start.Add(5 * time.Second), Value: "2.5"}})
	if err != nil || result.Corrections != 1 {
		t.Fatal(result, err)
	}
	s.observe("S1.level", 9)
	last := func(h *hearing) bool {
		all := h.all()
		return len(all) > 0 && strings.Contains(all[len(all)-1], start.Add(9*time.Second).Format(time.RFC3339))
	}
	until(t, "everything is heard", func() bool { return last(set) && last(below) })
	for name, h := range map[string]*hearing{"the set": set, "the datastream": below} {
		values := map[string]float64{}
		for _, line := range h.all() {
			_, payload, _ := strings.Cut(line, " ")
			var o struct {
				ID     string    `json:"@iot.id"`
				Link   string    `json:"@iot.selfLink"`
				Time   time.Time `json:"phenomenonTime"`
				Result float64   `json:"result"`
			}
			if err := json.Unmarshal([]byte(payload), &o); err != nil || o.ID != fmt.Sprintf("%d:%d", own, o.Time.UnixMicro()) ||
				o.Link != "http://basin/sensorthings/v1.1/Observations('"+o.ID+"')" {
				t.Errorf("%s: %s: %v", name, line, err)
			}
			values[fmt.Sprint(o.Time.Sub(start).Seconds())] = o.Result
		}
		if got, want := fmt.Sprint(values), "map[3:1.5 5:2.5 6:1.06 9:1.5]"; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	for _, line := range everything.all() {
		if strings.Contains(line, fmt.Sprintf(`"@iot.id":"%d:`, secret)) || strings.HasPrefix(line, fmt.Sprintf("v1.1/Datastreams(%d)", secret)) {
			t.Errorf("a secret is heard: %s", line)
		}
	}
	if m.Counts() != (ingest.MQTTCounts{Accepted: 1}) {
		t.Errorf("basin took what it published: %+v", m.Counts())
	}
	if p.Dropped() != 0 || p.Refused() != 0 {
		t.Errorf("%d dropped, %d refused", p.Dropped(), p.Refused())
	}
}

// remember makes the broker keep messages for a subscriber who is not there.
func (b *broker) remember(name string) {
	b.Helper()
	host, port, _ := strings.Cut(b.address, ":")
	if out, err := exec.Command("mosquitto_sub", "-V", "5", "-h", host, "-p", port, "-q", "1", "-c", "-i", name, "-x", "3600", "-t", "v1.1/Observations", "-E").
		CombinedOutput(); err != nil {
		b.Fatalf("%v %s", err, out)
	}
}

// seconds are the places of the observations that were heard, each once, in the order of the first time.
func (h *hearing) seconds() (out []int) {
	seen := map[int]bool{}
	for _, line := range h.all() {
		_, payload, _ := strings.Cut(line, " ")
		var o struct {
			Time time.Time `json:"phenomenonTime"`
		}
		_ = json.Unmarshal([]byte(payload), &o)
		if i := int(o.Time.Sub(start).Seconds()); !seen[i] {
			seen[i] = true
			out = append(out, i)
		}
	}
	return out
}

// TestMQTTPublishAfterAbsence: what was committed while the broker, or basin, was away is published afterwards, in order.
func TestMQTTPublishAfterAbsence(t *testing.T) {
	b, s := newBroker(t), newBrokerSite(t, nil)
	s.run(s.writer.Run)
	b.remember("r")
	p, stop := s.publish(b)
	s.turned()
	s.observe("S1.level", 0)
	until(t, "published", func() bool { return p.Published() == 1 })
	b.stop(syscall.SIGTERM)
	for i := 1; i <= 20; i++ {
		s.observe("S1.level", i)
	}
	b.start()
	until(t, "published", func() bool { return p.Published() >= 21 })
	stop()
	for i := 21; i <= 30; i++ {
		s.observe("S1.level", i)
	}
	p, _ = s.publish(b)
	until(t, "published", func() bool { return p.Published() >= 10 })
	h := b.hear("v1.1/Observations", "-c", "-i", "r", "-x", "3600")
	until(t, "everything is heard", func() bool { return len(h.seconds()) == 31 })
	for i, got := range h.seconds() {
		if got != i {
			t.Fatalf("heard in the order %v", h.seconds())
		}
	}
	if s.logged("passed over") {
		t.Error("something was passed over")
	}
}

// TestMQTTPublishTooMany: of more than may wait the last are published, the others are counted, and the log says so once.
func TestMQTTPublishTooMany(t *testing.T) {
	const n, most = 10_150, 10_000
	b, s := newBroker(t), newBrokerSite(t, nil)
	s.run(s.writer.Run)
	_, stop := s.publish(b)
	s.turned()
	stop()
	for from := 0; from < n; from += 1000 {
		var places []int
		for i := from; i < min(n, from+1000); i++ {
			places = append(places, i)
		}
		s.observe("S1.level", places...)
	}
	p, _ := s.publish(b)
	until(t, "published", func() bool { return p.Published() == most })
	if p.Dropped() != n-most {
		t.Errorf("%d were passed over, want %d", p.Dropped(), n-most)
	}
	s.observe("S1.level", n)
	until(t, "published", func() bool { return p.Published() == most+1 })
	s.mu.Lock()
	defer s.mu.Unlock()
	if said := strings.Count(s.log.String(), "passed over"); said != 1 {
		t.Errorf("said %d times", said)
	}
}

// TestMQTTPublishOneAtATime: of two basins one publishes, and the other takes over.
func TestMQTTPublishOneAtATime(t *testing.T) {
	b, s := newBroker(t), newBrokerSite(t, nil)
	s.run(s.writer.Run)
	h := b.hear("v1.1/Observations")
	one, stopOne := s.publish(b)
	s.turned()
	two, _ := s.publish(b)
	for i := range 20 {
		s.observe("S1.level", i)
	}
	until(t, "published", func() bool { return one.Published()+two.Published() >= 20 })
	time.Sleep(500 * time.Millisecond) // the other would have published by now
	if one.Published() != 20 || two.Published() != 0 {
		t.Errorf("the first published %d, the second %d", one.Published(), two.Published())
	}
	stopOne()
	for i := 20; i < 30; i++ {
		s.observe("S1.level", i)
	}
	until(t, "the other takes over", func() bool { return len(h.seconds()) == 30 })
	if two.Published() < 10 {
		t.Errorf("the second published %d", two.Published())
	}
}

// TestMQTTPublishRefused: a broker that lets basin publish nothing is told of once, and nothing waits.
func TestMQTTPublishRefused(t *testing.T) {
	b := newBroker(t)
	b.stop(syscall.SIGTERM)
	b.write("acl", "topic read #\n")
	b.restrict()
	s := newBrokerSite(t, nil)
	s.run(s.writer.Run)
	p, _ := s.publish(b)
	s.turned()
	s.observe("S1.level", 1, 2, 3)
	until(t, "refused", func() bool { return p.Refused() == 3 })
	if p.Published() != 0 || !s.logged("may basin write v1.1/#") {
		t.Errorf("%d published", p.Published())
	}
}
