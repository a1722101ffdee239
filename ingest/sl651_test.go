package ingest

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"basin/fault"
	"basin/twin"
)

// sl651Now is when the tests' frames come.
var sl651Now = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)

// nobody knows no address.
func nobody(string) (Profile, bool) { return Profile{}, false }

// profiled knows one profile for all addresses.
func profiled(p Profile) func(string) (Profile, bool) {
	return func(string) (Profile, bool) { return p, true }
}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sl651Vector is a frame of the shared vectors with what it says.
type sl651Vector struct {
	Hex     string
	Decoded struct {
		Centre    int
		RTU       string
		Password  string
		Func      string
		Start     string
		Packets   int
		PacketNo  int `json:"packet_no"`
		BodyLen   int `json:"body_len"`
		BodyBytes int `json:"body_bytes"`
		CRC       string
		Serial    int
		SendTime  string `json:"send_time"`
		Station   string
		Class     string
		RawParams string `json:"raw_params"`
		Elements  []struct {
			ID, Def, T, T0 string
			Value          *json.Number
			Series         []*json.Number
			Rain           []*json.Number `json:"rain5min_mm"`
			Level          []*json.Number `json:"rel_level_5min_m"`
			Step           string         `json:"step_dhm"`
			Status         string         `json:"status_bits"`
			ASCII          string
		}
	}
}

// sl651Vectors are the shared vectors; without them the test is skipped, but not where CI promises them.
func sl651Vectors(t testing.TB) []sl651Vector {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "shared", "vectors", "sl651_frames.json"))
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("../shared is absent")
	}
	var file struct{ Frames []sl651Vector }
	if err := json.Unmarshal(text, &file); err != nil || len(file.Frames) == 0 {
		t.Fatalf("%d frames, %v", len(file.Frames), err)
	}
	return file.Frames
}

// same says whether a decimal is the number of a vector, which was written without the zeros at its end.
func same(d twin.Decimal, n *json.Number) bool {
	if n == nil || d == "" {
		return n == nil && d == ""
	}
	a, errA := d.Scaled(6)
	b, errB := twin.Decimal(*n).Scaled(6)
	return errA == nil && errB == nil && a == b
}

// TestSL651Vectors decodes every shared frame to the stated values and writes it again byte for byte.
func TestSL651Vectors(t *testing.T) {
	zone := time.FixedZone("", 8*3600)
	vectors := sl651Vectors(t)
	for i, v := range vectors {
		t.Run(fmt.Sprintf("%d %s", i, v.Decoded.Func), func(t *testing.T) {
			b, want := unhex(t, v.Hex), v.Decoded
			f, err := ParseSL651(b)
			if err != nil {
				t.Fatal(err)
			}
			if int(f.Centre) != want.Centre || f.Address != want.RTU || f.Password != want.Password || fmt.Sprintf("%02X", f.Function) != want.Func[:2] ||
				f.Total != want.Packets || f.Index != want.PacketNo {
				t.Errorf("the frame reads %+v", f)
			}
			m := SL651Message{SL651Frame: f}
			if f.Total == 0 {
				if err := parseSL651Body(&m, zone); err != nil {
					t.Fatal(err)
				}
				m.Body = nil
			} else if len(f.Body) != want.BodyBytes {
				t.Errorf("%d bytes in the body", len(f.Body))
			}
			if again, err := EncodeSL651(m); err != nil || upperHex(again) != v.Hex {
				t.Errorf("written again it is %X, %v", again, err)
			}
			messages := SL651().Open(nobody).Feed(b, sl651Now)
			if len(messages) != 1 {
				t.Fatalf("%d messages", len(messages))
			}
			got := messages[0]
			if f.Total > 0 {
				if fault.Of(got.Err).Code != "packets-missing" {
					t.Errorf("one packet of 13 gives %v", got.Err)
				}
				return
			}
			if got.Err != nil || got.Address != want.RTU || got.Password != want.Password || got.Serial != want.Serial ||
				got.Sent.In(zone).Format("2006-01-02T15:04:05") != want.SendTime {
				t.Errorf("the message reads %+v", got)
			}
			if want.Station != "" && (m.Items[0].ID != "F1" || m.Items[0].Address != want.Station || want.Class != "" && string(rune(m.Items[0].Class)) != want.Class) {
				t.Errorf("the station reads %+v", m.Items[0])
			}
			if !strings.HasSuffix(v.Hex, want.RawParams+v.Hex[len(v.Hex)-6:]) {
				t.Errorf("the body does not end with %s", want.RawParams)
			}
			compareElements(t, v, m, got.Observations)
		})
	}
	t.Logf("%d frames", len(vectors))
}

// compareElements compares the elements of a vector with items and observations, in their order.
func compareElements(t *testing.T, v sl651Vector, m SL651Message, seen []Observation) {
	t.Helper()
	items := map[string]SL651Item{}
	for _, i := range m.Items {
		items[i.ID] = i
	}
	for _, e := range v.Decoded.Elements {
		i, ok := items[e.ID]
		if !ok {
			t.Errorf("element %s is lost", e.ID)
			continue
		}
		if e.Def != "" && upperHex([]byte{i.Def}) != e.Def {
			t.Errorf("element %s is defined %02X, wanted %s", e.ID, i.Def, e.Def)
		}
		start, values := e.T, []*json.Number{e.Value}
		switch {
		case e.Step+e.Status != "":
			if upperHex(i.Raw) != e.Step+e.Status {
				t.Errorf("element %s is %X, wanted %s", e.ID, i.Raw, e.Step+e.Status)
			}
			continue
		case e.ASCII != "":
			if string(i.Raw) != e.ASCII {
				t.Errorf("the text is %q, wanted %q", i.Raw, e.ASCII)
			}
			for _, entry := range manualSL651(i.Raw, time.UTC) {
				if len(seen) == 0 || seen[0].Element != entry.ID || seen[0].Value != entry.Values[0] {
					t.Fatalf("%s of the text is %+v", entry.ID, seen)
				}
				seen = seen[1:]
			}
			continue
		case e.T0 != "":
			start, values = e.T0, append(append(e.Series, e.Rain...), e.Level...)
		}
		at, err := time.ParseInLocation("2006-01-02T15:04", start, time.FixedZone("", 8*3600))
		if err != nil {
			t.Fatal(err)
		}
		for n, want := range values {
			if len(seen) == 0 {
				t.Fatalf("no observation of %s is left", e.ID)
			}
			o := seen[0]
			seen = seen[1:]
			if o.Element != e.ID || !same(o.Value, want) || !o.Time.Equal(at.Add(time.Duration(n)*5*time.Minute)) {
				t.Errorf("value %d of %s is %+v, wanted %v", n, e.ID, o, want)
			}
		}
	}
	if len(seen) > 0 && len(v.Decoded.Elements) > 0 {
		t.Errorf("%d observations too many", len(seen))
	}
}
