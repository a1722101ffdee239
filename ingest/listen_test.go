package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"basin/ingest"
)

// TestVerdicts walks through what can become of a message: what the sender is told, what is stored, and what the log says.
func TestVerdicts(t *testing.T) {
	s := newField(t, ingest.DefaultLimits())
	s.register(ingest.Station{Address: "A1", Station: "S1", Password: "1234"}, ingest.Station{Address: "A2", Station: "S2"},
		ingest.Station{Address: "A3", Station: "S3"}, ingest.Station{Address: "AW", Station: "W1", Profile: ingest.Profile{Elements: map[string]string{"39": "level"}}},
		ingest.Station{Address: "AX", Station: "S2"})
	if err := s.desk.Disable(context.Background(), "tiny", "AX"); err != nil {
		t.Fatal(err)
	}
	at := anHourAgo()
	one := func(property, role string, number int, value string) []observed {
		return []observed{{Property: property, Role: role, Number: number, Time: at, Value: value}}
	}
	silent := "silent"
	for i, step := range []struct {
		name     string
		give     said
		told     string // accepted, refused, silent
		verdict  string
		reason   string // part of it
		readings int    // of the frame
		skipped  string // part of what is decoded
		held     map[string]int
	}{
		{"a level", said{Address: "A1", Password: "1234", Values: one("level", "", 0, "3.21")}, "accepted", "accepted", "", 1, "", map[string]int{"S1.level": 1}},
		{"the same again", said{Address: "A1", Password: "1234", Values: one("level", "", 0, "3.21")}, "accepted", "accepted", "", 1, "", map[string]int{"S1.level": 1}},
		{"a wrong password", said{Address: "A1", Password: "4321", Values: one("rainfall", "", 0, "1")}, "refused", "refused", "password", 0, "", map[string]int{"S1.rainfall": 0}},
		{"no password", said{Address: "A1", Values: one("rainfall", "", 0, "1")}, "refused", "refused", "password", 0, "", map[string]int{"S1.rainfall": 0}},
		{"a disabled station", said{Address: "AX", Values: one("rainfall", "", 0, "1")}, "refused", "refused", "disabled", 0, "", map[string]int{"S2.rainfall": 0}},
		{"a wrong checksum", said{Address: "A2", Kind: "broken", Values: one("rainfall", "", 0, "1")}, "refused", "refused", "checksum", 0, "", map[string]int{"S2.rainfall": 0}},
		{"nobody", said{Address: "A9", Values: one("level", "", 0, "1")}, silent, "pending", "not registered", 0, "", nil},
		{"nobody, broken", said{Address: "A8", Kind: "broken"}, silent, "refused", "checksum", 0, "", nil},
		{"keep-alive", said{Address: "A2", Kind: "alive"}, silent, "keep-alive", "", 0, "", nil},
		{"a test", said{Address: "A2", Kind: "test", Values: one("rainfall", "", 0, "1")}, "accepted", "test", "", 1, "", map[string]int{"S2.rainfall": 0}},
		{"an answer", said{Address: "A2", Kind: "answer", Values: one("voltage", "", 0, "12.1")}, "accepted", "accepted", "", 1, "", map[string]int{"S2.voltage": 1}},
		{"rain, of which there is no datastream yet", said{Address: "A2", Values: one("rainfall_hour", "", 0, "1.5")}, "accepted", "accepted", "", 1, "", map[string]int{"S2.rainfall_hour": 1}},
		{"a gate", said{Address: "AW", Values: one("gate_opening", "", 3, "1.5")}, "accepted", "accepted", "", 1, "", map[string]int{"W1.gate_opening.3": 1}},
		{"a level that has no datastream", said{Address: "A2", Values: one("level", "", 0, "1")}, "accepted", "accepted", "", 0, "not made without its datum", map[string]int{"S2.level": 0}},
		{"a level of which side", said{Address: "AW", Values: one("39", "", 0, "1")}, "accepted", "accepted", "", 0, "several levels", map[string]int{"W1.level.inner": 0}},
		{"a level inside", said{Address: "AW", Values: one("39", "inner", 0, "1")}, "accepted", "accepted", "", 1, "", map[string]int{"W1.level.inner": 1}},
		{"a station without a place", said{Address: "A3", Values: one("rainfall", "", 0, "1")}, "accepted", "accepted", "", 0, "without a place", map[string]int{"S3.rainfall": 0}},
		{"a property that nobody knows", said{Address: "A2", Values: one("colour", "", 0, "1")}, "accepted", "accepted", "", 0, "no property colour", nil},
		{"a side that there is not", said{Address: "A2", Values: one("velocity", "left", 0, "1")}, "accepted", "accepted", "", 0, "no such side", nil},
		{"a missing value", said{Address: "A2", Values: one("rainfall_hour", "", 0, "")}, "accepted", "accepted", "", 0, "has no value", map[string]int{"S2.rainfall_hour": 1}},
		{"an impossible value", said{Address: "A2", Values: one("rainfall_hour", "", 0, "-5")}, "accepted", "accepted", "impossible", 1, "", map[string]int{"S2.rainfall_hour": 1}},
		{"another station that opens without a password", said{Address: "A2", Values: []observed{{Address: "AW", Property: "level", Role: "outer", Time: at, Value: "2"}}},
			"accepted", "accepted", "", 1, "", map[string]int{"W1.level.outer": 1}},
		{"another station with a password of its own", said{Address: "A2", Values: []observed{{Address: "A1", Property: "rainfall", Time: at, Value: "2"}}},
			"accepted", "accepted", "", 0, "password is not the one", map[string]int{"S1.rainfall": 0}},
		{"another station that is not registered", said{Address: "A2", Values: []observed{{Address: "A9", Property: "rainfall", Time: at, Value: "2"}}},
			"accepted", "accepted", "", 0, "not registered", nil},
		{"another station that is disabled", said{Address: "A2", Values: []observed{{Address: "AX", Property: "rainfall", Time: at, Value: "2"}}},
			"accepted", "accepted", "", 0, "disabled", map[string]int{"S2.rainfall": 0}},
	} {
		t.Run(step.name, func(t *testing.T) {
			c := s.dial("tcp")
			c.T = t
			step.give.Serial = 100 + i
			c.send(step.give)
			if step.told != silent {
				if got := c.hear(); got.Serial != step.give.Serial || got.Accepted != (step.told == "accepted") {
					t.Errorf("told %+v; want %s", got, step.told)
				}
			} else { // whoever hears the answer to the next message knows that there was none to this one
				s.until("the frame to be logged", func() bool {
					found := s.frames()
					return len(found) > 0 && found[0].Address == step.give.Address
				})
				if !c.ask(said{Address: "A2", Kind: "test", Serial: 1}) {
					t.Error("the next message is refused")
				}
			}
			found := s.frames()
			f := found[0]
			if step.told == silent {
				f = found[1]
			}
			if f.Verdict != step.verdict || !strings.Contains(f.Reason, step.reason) || (step.reason == "") != (f.Reason == "") || f.Readings != step.readings ||
				!strings.Contains(string(f.Decoded), step.skipped) || (step.skipped != "") != strings.Contains(string(f.Decoded), "skipped") || f.Channel != "tcp" {
				t.Errorf("logged %+v, %s", f, f.Decoded)
			}
			for code, want := range step.held {
				if got := s.readings(code); got != want {
					t.Errorf("%d readings of %s; want %d", got, code, want)
				}
			}
		})
	}
	if n := s.count(`SELECT count(*) FROM ingest.pending WHERE address = 'A9' AND frames = 1`); n != 1 || s.count(`SELECT count(*) FROM ingest.pending`) != 1 {
		t.Errorf("%d rows of A9 among those pending", n)
	}
	if n := s.count(`SELECT count(*) FROM ingest.frame WHERE position('1234'::bytea in bytes) > 0 OR position('4321'::bytea in bytes) > 0`); n != 0 {
		t.Errorf("%d frames hold a password", n)
	}
	if n := s.count(`SELECT count(*) FROM twin.datastream WHERE code = 'S2.rainfall_hour' AND class = 'restricted'`); n != 1 {
		t.Error("a datastream that was made has not the class of its thing")
	}
}

// TestConfirmedAfterCommit: when the confirmation arrives, the row is there for everybody, and so is the frame.
func TestConfirmedAfterCommit(t *testing.T) {
	s := newField(t, ingest.DefaultLimits())
	s.register(ingest.Station{Address: "A1", Station: "S1"})
	c := s.dial("tcp")
	for i := range 50 {
		at := anHourAgo().Add(time.Duration(i) * time.Second)
		if !c.ask(level("A1", i, at, "1.5")) {
			t.Fatalf("message %d is refused", i)
		}
		if n := s.count(`SELECT count(*) FROM twin.reading WHERE time = $1`, at); n != 1 {
			t.Fatalf("message %d is confirmed with %d readings", i, n)
		}
		if n := s.count(`SELECT count(*) FROM ingest.frame`); n != i+1 {
			t.Fatalf("message %d is confirmed with %d frames", i, n)
		}
	}
	if n := s.count(`SELECT count(*) FROM twin.reading WHERE issued = time`); n != 50 {
		t.Errorf("%d readings keep when they were sent", n)
	}
}

// TestReplay: a frame sent again changes nothing and is confirmed again.
func TestReplay(t *testing.T) {
	s := newField(t, ingest.DefaultLimits())
	s.register(ingest.Station{Address: "A1", Station: "S1"})
	f := level("A1", 7, anHourAgo(), "2.5")
	picture := func() string {
		var text string
		if err := s.db.QueryRow(context.Background(), `SELECT json_agg(r)::text FROM twin.reading r`).Scan(&text); err != nil {
			t.Fatal(err)
		}
		return text
	}
	first := ""
	for range 5 {
		if !s.dial("tcp").ask(f) {
			t.Fatal("refused")
		}
		if first == "" {
			first = picture()
		}
	}
	if again := picture(); again != first || s.count(`SELECT count(*) FROM twin.superseded`) != 0 || len(s.frames()) != 5 {
		t.Errorf("%s, at first %s; %d frames", again, first, len(s.frames()))
	}
}

// TestClockAhead: a station whose clock is a year ahead does not win over every correction to come.
func TestClockAhead(t *testing.T) {
	s := newField(t, ingest.DefaultLimits())
	s.register(ingest.Station{Address: "A1", Station: "S1"})
	f := level("A1", 7, anHourAgo(), "2.5")
	f.Sent = time.Now().AddDate(1, 0, 0)
	if !s.dial("tcp").ask(f) || s.count(`SELECT count(*) FROM twin.reading WHERE issued <= now()`) != 1 {
		t.Error("a time of issue in the future is kept")
	}
}

// TestManyLines: many stations at the same time, and of each confirmed reading one row.
func TestManyLines(t *testing.T) {
	const lines, messages = 200, 50
	s := newField(t, ingest.DefaultLimits())
	var stations []ingest.Station
	for i := range lines {
		stations = append(stations, ingest.Station{Address: fmt.Sprintf("A%d", i), Station: "S1", Password: fmt.Sprint("p", i)})
	}
	s.register(stations...)
	var confirmed atomic.Int64
	var all sync.WaitGroup
	start := anHourAgo().Add(-time.Hour)
	for i := range lines {
		c := s.dial("tcp")
		all.Go(func() {
			for k := range messages {
				f := level(fmt.Sprintf("A%d", i), k, start.Add(time.Duration(i*messages+k)*100*time.Millisecond), fmt.Sprintf("%d.%d", i%7, k))
				f.Password = fmt.Sprint("p", i)
				if _, err := c.Write(packed(f)); err != nil {
					t.Error(err)
					return
				}
				answer, err := c.listen()
				if err != nil || !answer.Accepted || answer.Serial != k {
					t.Errorf("line %d, message %d: %+v, %v", i, k, answer, err)
					return
				}
				confirmed.Add(1)
			}
		})
	}
	all.Wait()
	if n := s.readings("S1.level"); confirmed.Load() != lines*messages || n != lines*messages {
		t.Errorf("%d messages confirmed, %d readings held; want %d", confirmed.Load(), n, lines*messages)
	}
	if n := s.count(`SELECT count(*) FROM ingest.frame WHERE verdict = 'accepted'`); n != lines*messages {
		t.Errorf("%d frames logged", n)
	}
	t.Logf("%d commits of readings for %d messages", s.writer.Counts().Commits, lines*messages)
}

// TestBrokenLines: lines that are cut in the middle of a frame, that say nothing, that dribble or that make the protocol fail harm no other.
func TestBrokenLines(t *testing.T) {
	s := newField(t, ingest.DefaultLimits())
	s.register(ingest.Station{Address: "A1", Station: "S1"})
	whole := packed(level("A1", 1, anHourAgo(), "1"))
	for size := range len(whole) {
		c := s.dial("tcp")
		if _, err := c.Write(whole[:size]); err != nil {
			t.Fatal(err)
		}
		if size%2 == 0 {
			_ = c.Close()
		} // the others stay open in the middle of a frame
	}
	failing := s.dial("tcp")
	failing.send(said{Kind: "panic"})
	if _, err := failing.listen(); !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) && !strings.Contains(fmt.Sprint(err), "reset") {
		t.Errorf("the line of a failing protocol: %v", err)
	}
	if s.readings("S1.level") != 0 || len(s.frames()) != 0 {
		t.Error("a part of a frame was taken for a frame")
	}
	if !s.dial("tcp").ask(level("A1", 2, anHourAgo(), "1")) {
		t.Error("refused")
	}
	slow := s.dial("tcp")
	for _, b := range packed(level("A1", 3, anHourAgo().Add(time.Second), "1")) {
		if _, err := slow.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	if !slow.hear().Accepted || s.readings("S1.level") != 2 {
		t.Error("a frame that came byte by byte is not stored")
	}
}

// TestLimits: lines that stay silent are closed, and there are never too many.
func TestLimits(t *testing.T) {
	limits := ingest.DefaultLimits()
	limits.First, limits.Idle, limits.PerPeer = 50*time.Millisecond, 100*time.Millisecond, 2
	s := newField(t, limits)
	s.register(ingest.Station{Address: "A1", Station: "S1"})
	closed := func(c caller) {
		t.Helper()
		if _, err := c.listen(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the line is not closed: %v", err)
		}
	}
	closed(s.dial("tcp")) // silent
	half := s.dial("tcp")
	half.send(said{Address: "A1", Kind: "alive"})
	if _, err := half.Write([]byte{0, 0}); err != nil {
		t.Fatal(err)
	}
	closed(half) // half a frame
	limits = ingest.DefaultLimits()
	limits.PerPeer = 2
	s = newField(t, limits)
	s.register(ingest.Station{Address: "A1", Station: "S1"})
	a, b := s.dial("tcp"), s.dial("tcp")
	if !a.ask(level("A1", 1, anHourAgo(), "1")) || !b.ask(level("A1", 1, anHourAgo(), "1")) {
		t.Error("refused")
	}
	closed(s.dial("tcp")) // the third of one peer
	_ = a.Close()
	s.until("the place of a line that ended", func() bool {
		c := s.dial("tcp")
		if _, err := c.Write(packed(level("A1", 1, anHourAgo(), "1"))); err != nil {
			return false
		}
		answer, err := c.listen()
		return err == nil && answer.Accepted
	})
}

// TestFlood: a line that sends faster than the rate waits, and nothing of what it sent is lost.
func TestFlood(t *testing.T) {
	limits := ingest.DefaultLimits()
	limits.Rate, limits.Burst = 64<<10, 1<<10
	s := newField(t, limits)
	s.register(ingest.Station{Address: "A1", Station: "S1"})
	c := s.dial("tcp")
	const n = 100
	var flood []byte
	for i := range n {
		flood = append(flood, packed(level("A1", i, anHourAgo().Add(time.Duration(i)*time.Second), "1"))...)
	}
	go func() { _, _ = c.Write(flood) }()
	for i := range n {
		if answer := c.hear(); !answer.Accepted || answer.Serial != i {
			t.Fatalf("%+v to message %d", answer, i)
		}
	}
	if s.readings("S1.level") != n {
		t.Errorf("%d readings", s.readings("S1.level"))
	}
}
