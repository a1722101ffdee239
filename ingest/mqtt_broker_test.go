package ingest_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"
	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/auth"
	"basin/geo"
	"basin/ingest"
	"basin/postgis"
	"basin/postgis/postgistest"
	"basin/twin"
)

// until waits for what must come about; it fails only when it has not come about by far.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in a minute: %s", what)
		}
	}
}

// broker is a Mosquitto of the test's own.
type broker struct {
	*testing.T
	dir, address string
	process      *exec.Cmd
}

// newBroker starts a broker; more are lines of its configuration besides.
func newBroker(t *testing.T, more ...string) *broker {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &broker{T: t, dir: t.TempDir(), address: l.Addr().String()}
	l.Close()
	_, port, _ := net.SplitHostPort(b.address)
	if len(more) == 0 {
		more = []string{"allow_anonymous true"}
	}
	conf := append([]string{"listener " + port + " 127.0.0.1", "user root", "persistence true",
		"persistence_location " + b.dir + "/",
		"max_queued_messages 0", "max_inflight_messages 0"}, more...)
	b.write("mosquitto.conf", strings.Join(conf, "\n")+"\n")
	b.start()
	t.Cleanup(func() { b.stop(syscall.SIGTERM) })
	return b
}

func (b *broker) path(name string) string { return filepath.Join(b.dir, name) }

func (b *broker) write(name, text string) {
	b.Helper()
	if err := os.WriteFile(b.path(name), []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
}

// start starts the broker and waits until it listens.
func (b *broker) start() {
	b.Helper()
	b.process = exec.Command("/usr/sbin/mosquitto", "-c", b.path("mosquitto.conf"))
	log, err := os.OpenFile(b.path("log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	b.process.Stdout, b.process.Stderr = log, log
	b.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := b.process.Start(); err != nil {
		b.Fatal(err)
	}
	until(b.T, "the broker listens", func() bool {
		c, err := net.Dial("tcp", b.address)
		if err != nil {
			return false
		}
		c.Close()
		return true
	})
}

// stop ends the broker with a signal.
func (b *broker) stop(s syscall.Signal) {
	if b.process != nil {
		_ = b.process.Process.Signal(s)
		_ = b.process.Wait()
		b.process = nil
	}
}

// saved has the broker write down what it holds, which it does in its own time, and says whether the file holds a text.
func (b *broker) saved(text string) bool {
	_ = b.process.Process.Signal(syscall.SIGUSR1)
	file, _ := os.ReadFile(b.path("mosquitto.db"))
	return bytes.Contains(file, []byte(text))
}

// publisher is a client that publishes as gateways do.
type publisher struct {
	*testing.T
	*paho.Client
}

func (b *broker) publisher(name string) publisher {
	b.Helper()
	conn, err := net.Dial("tcp", b.address)
	if err != nil {
		b.Fatal(err)
	}
	c := paho.NewClient(paho.ClientConfig{Conn: conn, PacketTimeout: time.Minute})
	if _, err := c.Connect(context.Background(), &paho.Connect{ClientID: name, CleanStart: true, KeepAlive: 60}); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = c.Disconnect(&paho.Disconnect{}) })
	return publisher{b.T, c}
}

// send publishes a body and waits for the broker's acknowledgement.
func (p publisher) send(gateway string, body []byte, properties ...paho.PublishProperties) {
	p.Helper()
	m := &paho.Publish{QoS: 1, Topic: "basin/v1/" + gateway + "/readings", Payload: body}
	for i := range properties {
		m.Properties = &properties[i]
	}
	if _, err := p.Publish(context.Background(), m); err != nil {
		p.Fatal(err)
	}
}

// start is when the readings of the tests begin.
var start = time.Now().UTC().Truncate(time.Second).Add(-24 * time.Hour)

// body holds one reading of S1.level, i seconds after the start.
func body(i int) []byte {
	return fmt.Appendf(nil, `{"readings":[{"datastream":"S1.level","time":"%s","value":%d.%02d}]}`,
		start.Add(time.Duration(i)*time.Second).Format(time.RFC3339), i%5, i%100)
}

// site is a database with a station, gateways bound to it, and a writer that may run.
type brokerSite struct {
	*testing.T
	db     *postgis.DB
	store  *auth.Store
	writer *twin.Writer
	log    *bytes.Buffer
	mu     sync.Mutex
}

func newBrokerSite(t *testing.T, db *postgis.DB, gateways ...string) *brokerSite {
	t.Helper()
	if db == nil {
		db = postgistest.New(t)
	}
	ctx := context.Background()
	err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if _, err := twin.PutThings(ctx, tx, []twin.Thing{{Kind: "station", Code: "S1", Name: twin.Name{Zh: "站"},
			Geometry: geo.Point(geo.Place{120.8, 32}), Class: access.Public}}); err != nil {
			return err
		}
		return twin.PutDatastreams(ctx, tx, []twin.Datastream{{Thing: "station:S1", Property: "level", Datum: "wusong", Class: access.Public,
			Longitude: 120.8, Latitude: 32}})
	})
	if err != nil {
		t.Fatal(err)
	}
	s := &brokerSite{T: t, db: db, store: auth.New(db), log: &bytes.Buffer{}}
	s.writer = twin.NewWriter(db, s.logger())
	for _, g := range gateways {
		s.gateway(g)
	}
	return s
}

// Write takes what is logged.
func (s *brokerSite) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(p)
}

// logged says whether a text was logged.
func (s *brokerSite) logged(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Contains(s.log.String(), text)
}

func (s *brokerSite) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(s, nil)) }

// gateway registers a gateway of station S1 and returns the identifier of its token.
func (s *brokerSite) gateway(name string) string {
	s.Helper()
	grant := auth.Grant{Role: access.Gateway, Name: name, Stations: []string{"S1"}}
	issued, err := s.store.Issue(context.Background(), access.Principal{ID: "t", Role: access.System}, grant, "test")
	if err != nil {
		s.Fatal(err)
	}
	return issued.ID
}

// run runs something until the test ends or stop is called.
func (s *brokerSite) run(fn func(ctx context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := fn(ctx); err != nil {
			s.Error(err)
		}
	}()
	stop = func() { cancel(); <-done }
	s.Cleanup(stop)
	return stop
}

// client makes the MQTT way in.
func (s *brokerSite) client(cfg ingest.MQTTConfig, w *twin.Writer) *ingest.MQTT {
	s.Helper()
	if cfg.ClientID == "" {
		cfg.ClientID = "basin-test"
	}
	m, err := ingest.NewMQTT(cfg, w, s.db, s.store.ByName, s.logger())
	if err != nil {
		s.Fatal(err)
	}
	return m
}

// listen runs the MQTT way in at a broker and waits until it is subscribed.
func (s *brokerSite) listen(b *broker, w *twin.Writer) (m *ingest.MQTT, stop func()) {
	s.Helper()
	m = s.client(ingest.MQTTConfig{URL: "mqtt://" + b.address}, w)
	stop = s.run(m.Run)
	until(s.T, "subscribed", m.Connected)
	return m, stop
}

// count is the answer to a question after a number.
func (s *brokerSite) count(sql string, args ...any) (n int) {
	s.Helper()
	if err := s.db.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		s.Fatal(err)
	}
	return n
}

// stored is how many readings there are.
func (s *brokerSite) stored() int {
	s.Helper()
	return s.count(`SELECT count(*) FROM twin.reading`)
}
