package ingest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"basin/fault"
)

// sl651Seen is what a test's want.json says of a message.
type sl651Seen struct {
	Address      string   `json:"address,omitempty"`
	Function     string   `json:"function,omitempty"`
	Serial       int      `json:"serial,omitempty"`
	Sent         string   `json:"sent,omitempty"`
	Err          string   `json:"err,omitempty"`
	Observations []string `json:"observations,omitempty"`
	Length       int      `json:"length"` // of the bytes kept
}

func seeSL651(messages []Message) []sl651Seen {
	out := []sl651Seen{}
	for _, m := range messages {
		s := sl651Seen{Address: m.Address, Function: m.Function, Serial: m.Serial, Length: len(m.Frame)}
		if !m.Sent.IsZero() {
			s.Sent = m.Sent.Format(time.RFC3339)
		}
		if m.Err != nil {
			s.Err = fault.Of(m.Err).Code
		}
		for _, o := range m.Observations {
			s.Observations = append(s.Observations, fmt.Sprintf("%s %s %s", o.Element, o.Time.Format(time.RFC3339), o.Value))
		}
		out = append(out, s)
	}
	return out
}

// TestSL651Broken reads frames that are broken, at once and cut in two at every byte. UPDATE=1 writes what came.
func TestSL651Broken(t *testing.T) {
	cases, err := filepath.Glob("testdata/sl651/*/frame.hex")
	if err != nil || len(cases) < 10 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, name := range cases {
		t.Run(filepath.Base(filepath.Dir(name)), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			for line := range strings.Lines(string(text)) {
				if !strings.HasPrefix(line, "#") {
					lines = append(lines, line)
				}
			}
			b := unhex(t, strings.Join(lines, ""))
			wanted := filepath.Join(filepath.Dir(name), "want.json")
			read := func(parts ...[]byte) []sl651Seen {
				s := SL651().Open(nobody)
				var all []Message
				for _, p := range parts {
					all = append(all, s.Feed(p, sl651Now)...)
				}
				return seeSL651(append(all, s.Feed(nil, sl651Now.Add(time.Hour))...))
			}
			got := read(b)
			if os.Getenv("UPDATE") == "1" {
				out, _ := json.MarshalIndent(got, "", "  ")
				if err := os.WriteFile(wanted, append(out, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			text, err = os.ReadFile(wanted)
			if err != nil {
				t.Fatal(err)
			}
			var want []sl651Seen
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("read at once (-want +got):\n%s", d)
			}
			for i := range b {
				if d := cmp.Diff(want, read(b[:i], b[i:])); d != "" {
					t.Fatalf("cut at byte %d (-want +got):\n%s", i, d)
				}
			}
		})
	}
}

// TestSL651Bounds feeds what never ends and holds that a session keeps little of it.
func TestSL651Bounds(t *testing.T) {
	junk := bytes.Repeat([]byte{0x7E}, 1<<20)
	head := unhex(t, "7E7E010032060001A5C3320FFF02")
	huge := hourly()
	huge.Function, huge.Items = 0x36, append(huge.Items, SL651Item{ID: "F3", Def: 0xF3, Raw: make([]byte, 60*4000)})
	packets, err := PacketsSL651(huge, 4000)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"markers": junk, "heads": bytes.Repeat(head, 1<<14), "ascii": bytes.Repeat([]byte{1, '0'}, 1<<18)} {
		s := SL651().Open(nobody).(*sl651Session)
		kept := 0
		for _, m := range s.Feed(b, sl651Now) {
			kept += len(m.Frame)
		}
		if len(s.buf) > sl651Head+sl651MaxBody+sl651Tail || kept > len(b) {
			t.Errorf("%s: %d bytes wait, %d are in messages", name, len(s.buf), kept)
		}
	}
	s := SL651().Open(nobody).(*sl651Session)
	for n := range 10 { // ten stations leave all but one packet each
		for _, b := range packets[1:] {
			b = bytes.Clone(b)
			b[7] = byte(n)
			crc := sl651CRC(b[:len(b)-2])
			b[len(b)-2], b[len(b)-1] = byte(crc>>8), byte(crc)
			s.Feed(b, sl651Now.Add(time.Duration(n)*time.Second))
		}
	}
	size := 0
	for _, p := range s.parts {
		size += p.size
	}
	if size > sl651Assembled {
		t.Errorf("%d bytes of packets wait", size)
	}
}

// FuzzSL651 feeds anything in chunks of any size: what comes is what comes at once, and little is kept.
func FuzzSL651(f *testing.F) {
	for _, v := range sl651Seeds(f) {
		f.Add(v, uint16(7))
	}
	f.Fuzz(func(t *testing.T, b []byte, cut uint16) {
		at := SL651().Open(nobody)
		want := seeSL651(at.Feed(b, sl651Now))
		s := SL651().Open(nobody).(*sl651Session)
		got := []sl651Seen{}
		size := uint32(cut)
		for rest := b; len(rest) > 0; {
			size = size*1103515245 + 12345
			n := min(len(rest), 1+int(size>>16)%40)
			messages := s.Feed(rest[:n], sl651Now)
			for _, m := range messages {
				s.Confirm(m, m.Err == nil, sl651Now)
			}
			got, rest = append(got, seeSL651(messages)...), rest[n:]
			if len(s.buf) > sl651Head+sl651MaxBody+sl651Tail {
				t.Fatalf("%d bytes wait", len(s.buf))
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
	})
}

// sl651Seeds are the broken frames and one that is whole.
func sl651Seeds(t testing.TB) [][]byte {
	t.Helper()
	names, _ := filepath.Glob("testdata/sl651/*/frame.hex")
	out := [][]byte{encoded(t, hourly(ElementSL651("39", "4.620"), sl651Series("1.00")))}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, text, _ = bytes.Cut(text, []byte("\n"))
		out = append(out, unhex(t, string(text)))
	}
	return out
}
