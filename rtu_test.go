package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"basin/ingest"
)

// centre is a centre in this process that confirms by the protocol itself. It says nothing to the first deaf messages, and loses the first lost packets.
type centre struct {
	deaf, lost int
	mu         sync.Mutex
	messages   []ingest.Message
}

func (c *centre) serve(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go c.line(conn)
		}
	}()
	return l.Addr().String()
}

func (c *centre) line(conn net.Conn) {
	defer conn.Close()
	s := ingest.SL651().Open(func(string) (ingest.Profile, bool) { return ingest.Profile{}, true })
	b := make([]byte, 4096)
	for {
		n, err := conn.Read(b)
		if err != nil {
			return
		}
		c.mu.Lock()
		if c.lost > 0 { // what came first is lost up to the last frame in it
			c.lost--
			n = copy(b, b[bytes.LastIndex(b[:n], []byte{0x7E, 0x7E}):n])
		}
		for _, m := range s.Feed(b[:n], time.Now()) {
			if m.Err == nil {
				c.messages = append(c.messages, m)
			}
			if c.deaf--; c.deaf >= 0 {
				continue
			}
			if _, err := conn.Write(s.Confirm(m, m.Err == nil, time.Now())); err != nil {
				c.mu.Unlock()
				return
			}
		}
		c.mu.Unlock()
	}
}

// TestRtu plays stations against a centre that hears, is deaf at first, loses packets, or is not there.
func TestRtu(t *testing.T) {
	for _, c := range []struct {
		name   string
		centre *centre
		args   string
		want   Simulated
		came   int
		code   int
	}{
		{"one", &centre{}, "", Simulated{Stations: 1, Sent: 1, Confirmed: 1}, 1, 0},
		{"many", &centre{}, "--connections 20 --count 5 --speed 0", Simulated{Stations: 20, Sent: 100, Confirmed: 100}, 100, 0},
		{"several on one line", &centre{}, "--station 0032060001,0032060002,0032060003 --count 2 --speed 0", Simulated{Stations: 3, Sent: 6, Confirmed: 6}, 6, 0},
		{"deaf once", &centre{deaf: 1}, "--wait 200ms", Simulated{Stations: 1, Sent: 1, Confirmed: 1, Resent: 1}, 2, 0},
		{"deaf", &centre{deaf: 9}, "--wait 50ms", Simulated{Stations: 1, Sent: 1, Resent: 2, Unconfirmed: 1}, 3, 1},
		{"no confirmation wanted", &centre{}, "--mode m1 --count 3 --speed 0", Simulated{Stations: 1, Sent: 3}, 3, 0},
		{"packets", &centre{}, "--multi --count 3 --speed 0", Simulated{Stations: 1, Sent: 3, Confirmed: 3}, 3, 0},
		{"a packet lost", &centre{lost: 1}, "--multi", Simulated{Stations: 1, Sent: 1, Confirmed: 1, Resent: 1}, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append([]string{"rtu", "--to", c.centre.serve(t), "--password", "A5C3"}, strings.Fields(c.args)...)
			var out, errors bytes.Buffer
			code := run(context.Background(), args, strings.NewReader(""), &out, &errors)
			var got Simulated
			if err := json.Unmarshal(out.Bytes(), &got); err != nil {
				t.Fatalf("%s: %v, %s", out.String(), err, errors.String())
			}
			got.P50, got.P99, got.Seconds = 0, 0, 0
			for wait := 0; wait < 100 && c.want.Confirmed == 0; wait++ { // nobody said that they arrived
				c.centre.mu.Lock()
				came := len(c.centre.messages)
				c.centre.mu.Unlock()
				if came >= c.came {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			c.centre.mu.Lock()
			defer c.centre.mu.Unlock()
			if got != c.want || code != c.code || len(c.centre.messages) != c.came {
				t.Errorf("%+v with code %d and %d messages, wanted %+v with %d and %d: %s",
					got, code, len(c.centre.messages),
					c.want, c.code, c.came, errors.String())
			}
			for _, m := range c.centre.messages {
				if o := m.Observations; len(o) != 2 || o[1].Element != "39" || o[1].Value < "3.200" || o[1].Value > "4.800" || time.Until(o[0].Time) > 0 {
					t.Errorf("%+v", m.Observations)
				}
			}
		})
	}
}

// TestRtuWrongUse tells a wrong command line from a centre that is away, and prints a frame that can be read.
func TestRtuWrongUse(t *testing.T) {
	for args, want := range map[string]int{"--element 39=high": 2, "--element F5=1": 2, "--station 12": 2, "--every 0s": 2, "--count 0 --speed 0": 2, "--mode m9": 2,
		"--to 127.0.0.1:1 --wait 10ms": 1} {
		var out, errors bytes.Buffer
		if code := run(context.Background(), append([]string{"rtu"}, strings.Fields(args)...), strings.NewReader(""), &out, &errors); code != want {
			t.Errorf("%s: code %d, wanted %d: %s", args, code, want, errors.String())
		}
	}
	var out bytes.Buffer
	run(context.Background(), []string{"rtu", "--print", "--element", "3A=-1.5..-0.5"}, strings.NewReader(""), &out, &out)
	b, err := hex.DecodeString(strings.TrimSpace(out.String()))
	if err != nil {
		t.Fatal(out.String())
	}
	m := ingest.SL651().Open(func(string) (ingest.Profile, bool) { return ingest.Profile{}, false }).Feed(b, time.Now())
	if len(m) != 1 || m[0].Err != nil || m[0].Observations[0].Value[0] != '-' || m[0].Observations[0].Role != "lower" {
		t.Errorf("%+v", m)
	}
}
