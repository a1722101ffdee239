package ingest

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"basin/fault"
)

// told is a message as the files of expected messages write it.
type told struct {
	Frame, Address, Password, Function string
	Kind                               Kind
	Sent                               string
	Observations                       []string
	Decoded                            json.RawMessage
	Fault                              string
	Answer                             string
}

// session opens a session whose stations all have the profile of a case.
func session(t *testing.T, p Protocol, dir string) Session {
	t.Helper()
	var profile Profile
	if text, err := os.ReadFile(filepath.Join(dir, "profile.json")); err == nil {
		if err := json.Unmarshal(text, &profile); err != nil {
			t.Fatal(err)
		}
	}
	return p.Open(func(string) (Profile, bool) { return profile, true })
}

// tell writes messages down.
func tell(s Session, messages []Message, now time.Time, text func([]byte) string) []told {
	out := []told{}
	for _, m := range messages {
		w := told{Frame: text(m.Frame), Address: m.Address, Password: m.Password, Function: m.Function, Kind: m.Kind,
			Decoded: m.Decoded, Answer: text(s.Confirm(m, true, now))}
		if s.Confirm(m, false, now) != nil {
			w.Answer = "an answer to what was not accepted"
		}
		if !m.Sent.IsZero() {
			w.Sent = m.Sent.Format(time.RFC3339Nano)
		}
		for _, o := range m.Observations {
			line := strings.Join([]string{o.Element, o.Property, o.Role, string(rune('0' + o.Number)), o.Time.Format(time.RFC3339), string(o.Value)}, " ")
			w.Observations = append(w.Observations, line)
		}
		if f := (*fault.Error)(nil); errors.As(m.Err, &f) {
			w.Fault = f.Code
		} else if m.Err != nil {
			w.Fault = "not a fault: " + m.Err.Error()
		}
		out = append(out, w)
	}
	return out
}

// frameCases runs the cases of a protocol: in.txt or in.hex is what comes, want.json what it says, profile.json how the station departs from the standard.
// The bytes come at once, one by one, and in chunks of seven.
func frameCases(t *testing.T, p Protocol, read func(line string) []byte, text func([]byte) string) {
	t.Helper()
	now := time.Date(2019, 10, 13, 0, 0, 0, 0, time.UTC)
	dirs, err := filepath.Glob(filepath.Join("testdata", p.Name(), "*", "want.json"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("%d cases, %v", len(dirs), err)
	}
	for _, name := range dirs {
		dir := filepath.Dir(name)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			lines, err := os.ReadFile(filepath.Join(dir, "in.txt"))
			if err != nil {
				t.Fatal(err)
			}
			var in []byte
			for line := range strings.Lines(string(lines)) {
				in = append(in, read(strings.TrimSuffix(line, "\n"))...)
			}
			wanted, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var want []told
			if err := json.Unmarshal(wanted, &want); err != nil {
				t.Fatal(err)
			}
			for _, size := range []int{len(in), 1, 7} {
				s := session(t, p, dir)
				var messages []Message
				for from := 0; from < len(in); from += size {
					messages = append(messages, s.Feed(in[from:min(from+size, len(in))], now)...)
				}
				got := tell(s, messages, now, text)
				if a, b := canonical(t, got), canonical(t, want); !bytes.Equal(a, b) {
					t.Errorf("in chunks of %d: got\n%s\nwant\n%s", size, a, b)
				}
			}
		})
	}
}

// canonical is a value as JSON whose members are sorted.
func canonical(t *testing.T, v any) []byte {
	t.Helper()
	var loose any
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, &loose)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, _ = json.MarshalIndent(loose, "", " ")
	return text
}

// vectors are the frames of a file of the shared vectors.
func vectors(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../shared/vectors", name))
	if errors.Is(err, os.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skip("../shared is absent")
	}
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Frames []string }
	if err := json.Unmarshal(text, &file); err != nil || len(file.Frames) == 0 {
		t.Fatalf("%d frames, %v", len(file.Frames), err)
	}
	return file.Frames
}

func hj212Line(line string) []byte {
	return []byte(strings.NewReplacer(`\r`, "\r", `\n`, "\n").Replace(line) + "\r\n")
}

func hexLine(line string) []byte {
	b, _ := hex.DecodeString(strings.ReplaceAll(line, " ", ""))
	return b
}

func hexText(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }

func asText(b []byte) string { return string(b) }

func TestHJ212Cases(t *testing.T) { frameCases(t, HJ212(), hj212Line, asText) }

func TestSZY206Cases(t *testing.T) { frameCases(t, SZY206(), hexLine, hexText) }

func TestHJ212Vectors(t *testing.T) {
	for i, frame := range vectors(t, "hj212_frames.json") {
		s := session(t, HJ212(), "")
		got := s.Feed([]byte(frame+"\r\n"), time.Now())
		if len(got) != 1 || got[0].Err != nil || strings.Contains(string(got[0].Frame), "PW=1") || strings.Contains(string(got[0].Decoded), "PW") {
			t.Fatalf("frame %d: %+v", i, got)
		}
		if n := strings.Count(frame, "-Rtd="); len(got[0].Observations) != n {
			t.Errorf("frame %d: %d observations, want %d", i, len(got[0].Observations), n)
		}
	}
}

func TestSZY206Vectors(t *testing.T) {
	for i, frame := range vectors(t, "szy206_frames.json") {
		s := session(t, SZY206(), "")
		got := s.Feed(hexLine(frame), time.Now())
		if len(got) != 1 || got[0].Err != nil || len(got[0].Observations) == 0 || hexText(got[0].Frame) != frame {
			t.Fatalf("frame %d: %+v", i, got)
		}
	}
}

// TestFrameSumsNotice holds that no changed byte of a frame passes.
func TestFrameSumsNotice(t *testing.T) {
	for _, c := range []struct {
		p     Protocol
		frame []byte
	}{{HJ212(), sealed("QN=20260718080000001;ST=21;CN=2011;PW=secret;MN=A1;Flag=5;CP=&&DataTime=20260718080000;w01010-Rtd=21.4,w01010-Flag=N&&")},
		{SZY206(), hexLine("681A68B35303810D00C00059000000826110000001106000004508090A3516")}} {
		for i := range c.frame {
			bad := bytes.Clone(c.frame)
			bad[i] ^= 0x11
			s := session(t, c.p, "")
			for _, m := range s.Feed(bad, time.Now()) {
				if m.Err == nil || s.Confirm(m, true, time.Now()) != nil {
					t.Errorf("%s: byte %d changed: %+v", c.p.Name(), i, m)
				}
			}
			if got := s.Feed(append(bytes.Repeat([]byte{'x'}, 10100), c.frame...), time.Now()); len(got) == 0 || got[len(got)-1].Err != nil {
				t.Errorf("%s: byte %d changed: the frame after it is lost", c.p.Name(), i)
			}
		}
	}
}

// sealed makes a frame of HJ 212.
func sealed(data string) []byte {
	return fmt.Appendf(nil, "##%04d%s%04X\r\n", len(data), data, hj212CRC([]byte(data)))
}

func pad(n int) string { return fmt.Sprintf("%04d", n) }

func TestHJ212ManyPackets(t *testing.T) {
	s, ok := session(t, HJ212(), "").(*hj212Session)
	if !ok {
		t.Fatal("not the session")
	}
	for i := range 5000 {
		s.Feed(sealed("QN="+pad(i)+";CN=2011;MN=A1;Flag=7;PNUM=64;PNO=1;CP=&&"+strings.Repeat("x", 900)+"&&"), time.Now())
		if s.waiting > hj212Partial || len(s.partial) > hj212Partial/900 {
			t.Fatalf("%d bytes in %d messages wait", s.waiting, len(s.partial))
		}
	}
}

func TestSZY206Time(t *testing.T) {
	zone := time.FixedZone("", 8*3600)
	for _, c := range []struct{ now, tp, want string }{
		{"2026-07-18T08:01:00+08:00", "00000818", "2026-07-18T08:00:00+08:00"},
		{"2026-07-31T23:59:00+08:00", "00000001", "2026-08-01T00:00:00+08:00"}, // its clock is ahead
		{"2026-08-01T00:01:00+08:00", "00592331", "2026-07-31T23:59:00+08:00"},
		{"2026-01-01T00:01:00+08:00", "00592331", "2025-12-31T23:59:00+08:00"},
		{"2026-03-01T08:00:00+08:00", "00000831", "2026-01-31T08:00:00+08:00"},
		{"2024-03-01T08:00:00+08:00", "00000829", "2024-02-29T08:00:00+08:00"},
		{"2026-03-01T08:00:00+08:00", "00000832", ""}, {"2026-03-01T08:00:00+08:00", "60000801", ""}, {"2026-03-01T08:00:00+08:00", "0000AA01", ""},
	} {
		now, _ := time.Parse(time.RFC3339, c.now)
		at, ok := szy206Time(hexLine(c.tp), zone, now)
		if got := at.Format(time.RFC3339); ok != (c.want != "") || (ok && got != c.want) {
			t.Errorf("now %s, Tp %s: %s %t, want %s", c.now, c.tp, got, ok, c.want)
		}
	}
}

func TestMeaning(t *testing.T) {
	p := Profile{Elements: map[string]string{"level1": "level.outer", "level": "level", "rain": ""}}
	for _, c := range []struct {
		elements       []string
		property, role string
		named          bool
	}{{[]string{"level1", "level"}, "level", "outer", true}, {[]string{"level2", "level"}, "level", "", true},
		{[]string{"rain"}, "", "", true}, {[]string{"flow"}, "", "", false}} {
		if property, role, named := meaningOf(p, c.elements...); property != c.property || role != c.role || named != c.named {
			t.Errorf("%v: %q %q %t", c.elements, property, role, named)
		}
	}
	for text, want := range map[string]string{"": "2026-01-01T00:00:00+08:00", "+05:30": "2026-01-01T00:00:00+05:30", "Asia/Shanghai": "fault"} {
		zone, err := zoneOf(Profile{Zone: text})
		got := "fault"
		if err == nil {
			got = time.Date(2026, 1, 1, 0, 0, 0, 0, zone).Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("zone %q: %s, want %s", text, got, want)
		}
	}
	for in, want := range map[string]string{"12.5": "12.5e-3", "1e2": "1e-1", "": ""} {
		if got := shifted(number(in), -3); string(got) != want {
			t.Errorf("%q in thousandths: %q, want %q", in, got, want)
		}
	}
	if got := perHour("5.900"); string(got) != "16e-4" {
		t.Errorf("5.9 m3/h: %s m3/s", got)
	}
}

// fuzzFrames holds that whatever comes, in whatever chunks, does no harm, and means the same in any chunks.
func fuzzFrames(f *testing.F, p Protocol) {
	f.Helper()
	f.Fuzz(func(t *testing.T, in []byte, size uint8) {
		now := time.Date(2026, 7, 18, 0, 0, 0, 0, time.UTC)
		whole, parts := session(t, p, ""), session(t, p, "")
		want := whole.Feed(bytes.Clone(in), now)
		var got []Message
		for from, step := 0, int(size)+1; from < len(in); from += step {
			got = append(got, parts.Feed(bytes.Clone(in[from:min(from+step, len(in))]), now)...)
		}
		a, b := tell(whole, want, now, hexText), tell(parts, got, now, hexText)
		if !reflect.DeepEqual(a, b) {
			t.Errorf("in chunks of %d: %+v, at once %+v", int(size)+1, b, a)
		}
		bytesOut := 0
		for _, m := range want {
			bytesOut += len(m.Frame)
		}
		if bytesOut > len(in) {
			t.Errorf("%d bytes came, %d are in frames", len(in), bytesOut)
		}
	})
}

func FuzzHJ212(f *testing.F) {
	f.Add(sealed("QN=20260718080000001;ST=21;CN=2011;PW=secret;MN=A1;Flag=5;CP=&&DataTime=20260718080000;w01010-Rtd=21.4,w01010-Flag=N&&"), uint8(3))
	f.Add(sealed("QN=1;CN=2061;MN=A1;Flag=7;PNUM=2;PNO=1;CP=&&DataTime=20260718080000;w00000-Avg=1&&"), uint8(200))
	f.Add([]byte("##0010##0000##"), uint8(0))
	fuzzFrames(f, HJ212())
}

func FuzzSZY206(f *testing.F) {
	f.Add(hexLine("681A68B35303810D00C00059000000826110000001106000004508090A3516"), uint8(3))
	f.Add(hexLine("681568B34406070001C0AAAAAAAAAA004040000000000101E516"), uint8(200))
	f.Add(hexLine("6807686868686868"), uint8(0))
	fuzzFrames(f, SZY206())
}
