package ingest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"basin/access"
	"basin/fault"
	"basin/ingest"
)

// TestRegister: what is registered again is changed, an empty password keeps what is held, and a batch with a fault changes nothing.
func TestRegister(t *testing.T) {
	s, ctx := newField(t, ingest.DefaultLimits()), context.Background()
	list := func(clearance access.Class) map[string]ingest.Registered {
		t.Helper()
		found, err := s.desk.List(ctx, "", clearance)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]ingest.Registered{}
		for _, r := range found {
			out[r.Address] = r
		}
		return out
	}
	s.register(ingest.Station{Address: "A1", Station: "S1", Password: "1234", Vendor: "甲厂"}, ingest.Station{Address: "A2", Station: "station:S2"})
	s.register(ingest.Station{Address: "A1", Station: "W1", Profile: ingest.Profile{Zone: "+00:00", Elements: map[string]string{"39": "level.inner"}}})
	a := list(access.Restricted)["A1"]
	if !a.Secured || a.Thing != "work:W1" || a.Station != "W1" || a.Vendor != "" || a.Profile.Elements["39"] != "level.inner" || a.Profile.Zone != "+00:00" {
		t.Errorf("%+v", a)
	}
	s.register(ingest.Station{Address: "A1", Station: "S1", Password: "-"})
	if list(access.Restricted)["A1"].Secured {
		t.Error("the password is still asked for")
	}
	if public := list(access.Public); len(public) != 1 || public["A1"].Address == "" {
		t.Errorf("the public sees %v", public)
	}
	for _, step := range []struct {
		give ingest.Station
		code string
	}{
		{ingest.Station{Protocol: "tiny", Address: "B2", Station: "S9"}, "unknown-station"},
		{ingest.Station{Protocol: "tiny", Address: "B2"}, "rtu-incomplete"},
		{ingest.Station{Protocol: "Tiny!", Address: "B2", Station: "S1"}, "bad-field"},
		{ingest.Station{Protocol: "tiny", Address: strings.Repeat("x", 65), Station: "S1"}, "bad-field"},
		{ingest.Station{Protocol: "tiny", Address: "a\x00b", Station: "S1"}, "bad-field"},
		{ingest.Station{Protocol: "tiny", Address: "B2", Station: "S1", Profile: ingest.Profile{Zone: "Beijing"}}, "bad-field"},
		{ingest.Station{Protocol: "tiny", Address: "B2", Station: "S1", Profile: ingest.Profile{Elements: map[string]string{"39": "height"}}}, "bad-field"},
		{ingest.Station{Protocol: "tiny", Address: "B2", Station: "S1", Profile: ingest.Profile{Elements: map[string]string{"39": "level.left"}}}, "bad-field"},
	} {
		err := s.desk.Put(ctx, ingest.Station{Protocol: "tiny", Address: "B1", Station: "S1"}, step.give)
		if f := fault.Of(err); f == nil || f.Code != step.code {
			t.Errorf("%+v: %v; want %s", step.give, err, step.code)
		}
	}
	if n := s.count(`SELECT count(*) FROM ingest.rtu`); n != 2 {
		t.Errorf("%d are registered after batches with a fault", n)
	}
	if err := s.desk.Disable(ctx, "tiny", "A9"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("disabled one that there is not: %v", err)
	}
	if err := s.desk.Disable(ctx, "tiny", "A1"); err != nil || list(access.Restricted)["A1"].Disabled == nil {
		t.Errorf("not disabled: %v", err)
	}
	if c := s.dial("tcp"); c.ask(level("A1", 1, anHourAgo(), "1")) {
		t.Error("a disabled field station is heard")
	}
	s.register(ingest.Station{Address: "A1", Station: "S1"})
	if c := s.dial("tcp"); !c.ask(level("A1", 1, anHourAgo(), "1")) {
		t.Error("one that is registered again is not heard")
	}
}

// TestPending: addresses are noted up to a bound, those that are noted go on counting, and registering one takes it off.
func TestPending(t *testing.T) {
	s, ctx := newField(t, ingest.DefaultLimits()), context.Background()
	if _, err := s.db.Exec(ctx, `INSERT INTO ingest.pending (protocol, address, peer) SELECT 'tiny', 'P' || n, '' FROM generate_series(1, 9999) n`); err != nil {
		t.Fatal(err)
	}
	s.register(ingest.Station{Address: "A1", Station: "S1"})
	for i, address := range []string{"A9", "A8", "P1"} {
		c := s.dial("tcp")
		c.send(level(address, 1, anHourAgo(), "1"))
		s.until("the frame", func() bool { return len(s.frames()) == i+1 })
	}
	if n := s.count(`SELECT count(*) FROM ingest.pending`); n != 10_000 {
		t.Errorf("%d rows", n)
	}
	if n := s.count(`SELECT count(*) FROM ingest.pending WHERE (address, frames) IN (('A9', 1), ('P1', 2))`); n != 2 {
		t.Errorf("%d of two are counted", n)
	}
	s.register(ingest.Station{Address: "P1", Station: "S1"})
	found, err := s.desk.Pending(ctx)
	if err != nil || len(found) != 9999 || found[0].Address != "A9" || found[0].Peer == "" {
		t.Errorf("%d pending, %v", len(found), err)
	}
	if c := s.dial("tcp"); !c.ask(level("P1", 1, anHourAgo(), "1")) {
		t.Error("one that was pending is refused once it is registered")
	}
}

// TestPrune: old frames and addresses go, the others stay.
func TestPrune(t *testing.T) {
	s, ctx := newField(t, ingest.DefaultLimits()), context.Background()
	if _, err := s.db.Exec(ctx, `INSERT INTO ingest.frame (received, protocol, channel, bytes, verdict)
		SELECT now() - n * interval '1 hour', 'tiny', 'tcp', '', 'accepted' FROM generate_series(0, 20999) n`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Exec(ctx, `INSERT INTO ingest.pending (protocol, address, peer, last_seen) VALUES ('tiny', 'old', '', now() - interval '31 days'), ('tiny', 'new', '', now())`); err != nil {
		t.Fatal(err)
	}
	gone, err := ingest.Prune(ctx, s.db, time.Now().Add(-30*24*time.Hour))
	if err != nil || gone < 20_279 || gone > 20_280 || s.count(`SELECT count(*) FROM ingest.frame`) != 21_000-int(gone) {
		t.Errorf("%d frames deleted, %v", gone, err)
	}
	if s.count(`SELECT count(*) FROM ingest.frame WHERE received < now() - interval '30 days 1 minute'`) != 0 || s.count(`SELECT count(*) FROM ingest.pending`) != 1 {
		t.Error("something old is left")
	}
}

// TestFramesOf: pages, filters and clearance.
func TestFramesOf(t *testing.T) {
	s, ctx := newField(t, ingest.DefaultLimits()), context.Background()
	s.register(ingest.Station{Address: "A1", Station: "S1"}, ingest.Station{Address: "A2", Station: "S2"}) // public and restricted
	c := s.dial("tcp")
	for i := range 5 {
		for _, address := range []string{"A1", "A2"} {
			if !c.ask(said{Address: address, Kind: "test", Serial: i}) {
				t.Fatal("refused")
			}
		}
	}
	s.dial("tcp").send(level("A9", 1, anHourAgo(), "1"))
	s.until("the stranger's frame", func() bool { return len(s.frames()) == 11 })
	all := s.frames()
	for _, step := range []struct {
		name string
		of   ingest.FramesOf
		want int
	}{
		{"the public", ingest.FramesOf{}, 6},
		{"an operator", ingest.FramesOf{Clearance: access.Restricted}, 11},
		{"a gateway of S2", ingest.FramesOf{Clearance: access.Restricted, Stations: []string{"S2"}}, 5},
		{"a gateway of nothing", ingest.FramesOf{Clearance: access.Restricted, Stations: []string{}}, 0},
		{"of S1", ingest.FramesOf{Thing: "S1", Clearance: access.Restricted}, 5},
		{"of station:S1", ingest.FramesOf{Thing: "station:S1"}, 5},
		{"of A9", ingest.FramesOf{Address: "A9"}, 1},
		{"of nobody", ingest.FramesOf{Thing: "S7", Clearance: access.Restricted}, 0},
		{"before one", ingest.FramesOf{Before: all[3].ID, Clearance: access.Restricted}, 7},
		{"three", ingest.FramesOf{Limit: 3, Clearance: access.Restricted}, 3},
	} {
		found, err := ingest.Frames(ctx, s.db, step.of)
		if err != nil || len(found) != step.want {
			t.Errorf("%s: %d frames, %v; want %d", step.name, len(found), err, step.want)
		}
	}
}

// shanghai is the zone of the clocks in these tests.
func shanghai(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// TestReadStations reads files of field stations, good and bad.
func TestReadStations(t *testing.T) {
	got, err := ingest.ReadStations(strings.NewReader("\ufeffprotocol,address,station,password,elements,quirks,zone,vendor\n" +
		"sl651,0012345678,60117200,1234,39=level.inner 20=rainfall_day,f5-5c;centre-00,+08:00,某厂\nhj212,MN1, S2\n"))
	want := []ingest.Station{
		{Protocol: "sl651", Address: "0012345678", Station: "60117200", Vendor: "某厂", Password: "1234", Profile: ingest.Profile{Zone: "+08:00",
			Elements: map[string]string{"39": "level.inner", "20": "rainfall_day"}, Quirks: []string{"f5-5c", "centre-00"}}},
		{Protocol: "hj212", Address: "MN1", Station: "S2"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	for _, bad := range []string{"", "address,protocol\n", "address,protocol,station,colour\n", "address,protocol,station\n\"x", "address,protocol,station,elements\na,b,c,39\n",
		"address,protocol,station\n" + strings.Repeat("a,b,c\n", 1<<20)} {
		if got, err := ingest.ReadStations(strings.NewReader(bad)); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%.40q: %d stations, %v", bad, len(got), err)
		}
	}
}

// TestParseDoor reads sockets.
func TestParseDoor(t *testing.T) {
	for text, want := range map[string]ingest.Door{"sl651=:5020": {"sl651", "tcp", ":5020"}, "sl651/udp=0.0.0.0:5020": {"sl651", "udp", "0.0.0.0:5020"},
		"hj212/tcp=[::1]:1": {"hj212", "tcp", "[::1]:1"}} {
		if got, err := ingest.ParseDoor(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "sl651", "=:1", "sl651=5020", "sl651/sctp=:1", ":5020"} {
		if got, err := ingest.ParseDoor(text); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	l := ingest.NewListener(nil, nil, ingest.DefaultLimits(), tiny{})
	if _, err := l.Open(context.Background(), ingest.Door{Protocol: "morse", Network: "tcp", Address: "127.0.0.1:0"}); fmt.Sprint(err) != "there is no protocol morse; there are: tiny" {
		t.Error(err)
	}
}
