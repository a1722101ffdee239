package ingest_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"basin/fault"
	"basin/ingest"
	"basin/postgis"
)

// TestUDP: the same over datagrams.
func TestUDP(t *testing.T) {
	s := newField(t, ingest.DefaultLimits())
	s.register(ingest.Station{Address: "A1", Station: "S1"})
	const peers, messages = 20, 10
	for i := range peers {
		c := s.dial("udp")
		for k := range messages {
			at := anHourAgo().Add(time.Duration(i*messages+k) * time.Second)
			if !c.ask(level("A1", k, at, "1")) || s.count(`SELECT count(*) FROM twin.reading WHERE time = $1`, at) != 1 {
				t.Fatalf("peer %d, message %d: not confirmed or not stored", i, k)
			}
		}
	}
	c := s.dial("udp")
	c.send(level("A9", 1, anHourAgo(), "1"))
	s.until("the address to be noted", func() bool { return s.count(`SELECT count(*) FROM ingest.pending WHERE address = 'A9'`) == 1 })
	if f := s.frames()[0]; f.Channel != "udp" || f.Verdict != "pending" {
		t.Errorf("%+v", f)
	}
}

// TestQuery: the centre asks down the line that is open, and the answer is stored.
func TestQuery(t *testing.T) {
	s, ctx := newField(t, ingest.DefaultLimits()), context.Background()
	s.register(ingest.Station{Address: "A1", Station: "S1"})
	if err := s.listener.Query(ctx, "tiny", "A9", ingest.Question{}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("nobody is asked: %v", err)
	}
	if err := s.listener.Query(ctx, "tiny", "A1", ingest.Question{}); fault.Of(err) == nil || fault.Of(err).Code != "no-open-line" {
		t.Errorf("asked without a line: %v", err)
	}
	at := anHourAgo()
	for _, network := range []string{"tcp", "udp"} {
		c := s.dial(network)
		if !c.ask(level("A1", 1, at, "1")) {
			t.Fatal("refused")
		}
		if err := s.listener.Query(ctx, "tiny", "A1", ingest.Question{}); err != nil {
			t.Fatal(err)
		}
		if got := c.hear(); got.Asked != "A1" {
			t.Errorf("%s: asked %+v", network, got)
		}
		f := level("A1", 2, at.Add(time.Minute), "2")
		f.Kind = "answer"
		if !c.ask(f) {
			t.Error("the answer is refused")
		}
		_ = c.Close()
	}
	if s.readings("S1.level") != 2 {
		t.Errorf("%d readings", s.readings("S1.level"))
	}
}

// away takes the database away, or gives it back. While it is away nobody can connect to it.
func (s *field) away(away bool) {
	s.Helper()
	ctx := context.Background()
	c := s.db.Config().ConnConfig
	admin, err := postgis.Open(ctx, postgis.Config{URL: fmt.Sprintf("host=%s port=%d user=%s dbname=postgres sslmode=disable", c.Host, c.Port, c.User)})
	if err != nil {
		s.Fatal(err)
	}
	defer admin.Close()
	if _, err := admin.Exec(ctx, fmt.Sprintf("ALTER DATABASE %s ALLOW_CONNECTIONS %t", c.Database, !away)); err != nil {
		s.Fatal(err)
	}
	if _, err := admin.Exec(ctx, `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = $1 AND $2`, c.Database, away); err != nil {
		s.Fatal(err)
	}
}

// TestDatabaseAway: while the database is away nothing is confirmed, whether the station is remembered or not; once it is back everything is.
func TestDatabaseAway(t *testing.T) {
	s := newField(t, ingest.DefaultLimits())
	s.register(ingest.Station{Address: "A1", Station: "S1"}, ingest.Station{Address: "A2", Station: "W1"})
	c, other := s.dial("tcp"), s.dial("tcp")
	if !c.ask(level("A1", 1, anHourAgo(), "1")) {
		t.Fatal("refused")
	}
	s.away(true)
	warned := s.warnings.Load()
	c.send(level("A1", 2, anHourAgo(), "2"))
	other.send(said{Address: "A2", Serial: 2, Values: []observed{{Property: "level", Role: "inner", Time: anHourAgo(), Value: "2"}}})
	s.until("both messages to be given up", func() bool { return s.warnings.Load() >= warned+2 })
	s.away(false)
	for name, line := range map[string]caller{"remembered": c, "not remembered": other} {
		s.until("the database to be used again", func() bool { return s.db.Ping(context.Background()) == nil })
		line.send(said{Address: map[bool]string{true: "A1", false: "A2"}[name == "remembered"], Serial: 3, Kind: "test"})
		if got := line.hear(); got.Serial != 3 {
			t.Errorf("%s: message %d is confirmed, which came while the database was away", name, got.Serial)
		}
	}
	held := func(f said, code string) {
		t.Helper()
		s.until("a confirmation of "+code, func() bool {
			again := s.dial("tcp")
			again.send(f)
			_ = again.SetReadDeadline(time.Now().Add(5 * time.Second))
			n, _ := again.Read(make([]byte, 1))
			return n > 0
		})
	}
	at := anHourAgo().Add(time.Minute)
	held(level("A1", 3, at, "2"), "S1.level")
	held(said{Address: "A2", Serial: 3, Values: []observed{{Property: "level", Role: "inner", Time: at, Value: "2"}}}, "W1.level.inner")
	if n := s.count(`SELECT count(*) FROM twin.reading WHERE time = $1`, at); n != 2 {
		t.Errorf("%d readings are held of two confirmed", n)
	}
}
