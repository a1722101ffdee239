package ingest

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"basin/fault"
)

// soundMessage holds what is true of every message, whatever came: it says who sent it, keeps no password, tells people something, and its observations have a
// time and a number that is one.
func soundMessage(t *testing.T, m Message, password []byte, came int) {
	t.Helper()
	if len(m.Frame) > came {
		t.Errorf("%d bytes came, %d are kept", came, len(m.Frame))
	}
	if len(m.Decoded) > 0 && !json.Valid(m.Decoded) {
		t.Errorf("decoded is no JSON: %q", m.Decoded)
	}
	if m.Err != nil && fault.Of(m.Err) == nil {
		t.Errorf("%v is no fault", m.Err)
	}
	if m.Err != nil && len(m.Observations) > 0 {
		t.Errorf("refused for %v with %d observations", m.Err, len(m.Observations))
	}
	if len(password) > 0 && bytes.Contains(m.Frame, password) {
		t.Errorf("the password is kept in %q", m.Frame)
	}
	for _, o := range m.Observations {
		if _, err := o.Value.Scaled(3); o.Time.IsZero() || o.Value != "" && fault.Of(err) != nil && fault.Of(err).Code == "not-a-number" {
			t.Errorf("the observation %+v: %v", o, err)
		}
	}
}

// FuzzSL651Body puts any body into a frame that is right otherwise: it makes one message, the same in any two parts, and a body that is understood is written
// again byte for byte.
func FuzzSL651Body(f *testing.F) {
	for _, m := range []SL651Message{hourly(ElementSL651("39", "4.620"), ElementSL651("0A", "2"), ElementSL651("09", "-1.50"), sl651Series("1.00", "")),
		hourly(StepSL651(5*time.Minute), ElementSL651("39", "1.000", "", "2.000")), hourly(SL651Item{ID: "F2", Def: 0xF2, Raw: []byte("Z 1.234")}),
		hourly(SL651Item{ID: "FF09", Def: 0x08, Raw: []byte{0x20}}, SL651Item{ID: "45", Def: 0x20, Raw: []byte{0, 0, 0, 4}})} {
		body, err := m.body()
		if err != nil {
			f.Fatal(err)
		}
		for _, function := range []byte{0x31, 0x34, 0x35, 0x38, 0x41, 0x4E, 0x51} {
			f.Add(function, body, uint16(20))
		}
	}
	f.Fuzz(func(t *testing.T, function byte, body []byte, cut uint16) {
		frame := SL651Frame{Centre: 1, Address: "0032060001", Password: "A5C3", Function: function, End: sl651ETX, Body: body}
		b, err := frame.Encode()
		if err != nil {
			return
		}
		whole := SL651().Open(nobody).Feed(b, sl651Now)
		if len(whole) != 1 {
			t.Fatalf("%d messages", len(whole))
		}
		m := whole[0]
		soundMessage(t, m, nil, len(b))
		if upperHex(m.Frame[8:10]) != "FFFF" || m.Password != "A5C3" || m.Address != "0032060001" || len(m.Observations) > maxSL651Values {
			t.Errorf("%+v", m)
		}
		s := SL651().Open(nobody)
		at := int(cut) % len(b)
		if parts := append(s.Feed(b[:at], sl651Now), s.Feed(b[at:], sl651Now)...); !reflect.DeepEqual(seeSL651(whole), seeSL651(parts)) {
			t.Errorf("cut at %d it reads %+v", at, parts)
		}
		if next, n := NextSL651(append(bytes.Clone(b), 0x7E)); n != len(b) || next.Function != function || !bytes.Equal(next.Body, body) {
			t.Errorf("a station reads %+v of %d bytes", next, n)
		}
		read := SL651Message{SL651Frame: frame}
		if parseSL651Body(&read, sl651Zone(Profile{})) != nil || read.Sent.IsZero() {
			return
		}
		if len(read.Items) > 0 {
			read.Body = nil
		}
		unclassed := func(i SL651Item) bool { return i.ID == "F1" && i.Class == 0 } // a class of 0 is none, and is not written
		if slices.ContainsFunc(read.Items, unclassed) && bytes.Contains(body, []byte{0, 0xF0, 0xF0}) {
			return
		}
		if again, err := EncodeSL651(read); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%X is written again as %X, %v", b, again, err)
		}
	})
}

// FuzzHJ212Data puts any data into a frame whose sum is right.
func FuzzHJ212Data(f *testing.F) {
	f.Add("QN=20260718080000001;ST=21;CN=2011;PW=secret;MN=A1;Flag=5;CP=&&DataTime=20260718080000;w01010-Rtd=21.4,w01010-Flag=N&&", uint16(9))
	f.Add("QN=1;CN=2061;MN=A1;Flag=7;PNUM=1;PNO=1;CP=&&DataTime=20260718080000;w00000-Avg=1e3;w00000-Max=-2&&", uint16(0))
	f.Fuzz(func(t *testing.T, data string, cut uint16) {
		if len(data) > 9999 {
			return
		}
		b := sealed(data)
		now := time.Date(2026, 7, 18, 0, 0, 0, 0, time.UTC)
		s, parts := HJ212().Open(nobody), HJ212().Open(nobody)
		whole := s.Feed(bytes.Clone(b), now)
		at := int(cut) % len(b)
		again := append(parts.Feed(bytes.Clone(b[:at]), now), parts.Feed(bytes.Clone(b[at:]), now)...)
		if x, y := tell(s, whole, now, asText), tell(parts, again, now, asText); !reflect.DeepEqual(x, y) {
			t.Errorf("cut at %d: %+v, at once %+v", at, y, x)
		}
		for _, m := range whole {
			secret := ""
			if m.Password != "" {
				secret = "PW=" + m.Password + ";"
			}
			soundMessage(t, m, []byte(secret), len(b))
		}
	})
}

// FuzzSZY206Data puts any data into a frame whose sum is right.
func FuzzSZY206Data(f *testing.F) {
	for _, frame := range []string{"681A68B35303810D00C00059000000826110000001106000004508090A3516", "681568B34406070001C0AAAAAAAAAA004040000000000101E516"} {
		b := hexLine(frame)
		f.Add(b[3:len(b)-2], uint8(5))
	}
	f.Fuzz(func(t *testing.T, data []byte, cut uint8) {
		if len(data) == 0 || len(data) > 255 {
			return
		}
		b := append([]byte{0x68, byte(len(data)), 0x68}, data...)
		b = append(b, szy206CRC(data), 0x16)
		now := time.Date(2026, 7, 18, 0, 0, 0, 0, time.UTC)
		s, parts := SZY206().Open(nobody), SZY206().Open(nobody)
		whole := s.Feed(bytes.Clone(b), now)
		at := int(cut) % len(b)
		again := append(parts.Feed(bytes.Clone(b[:at]), now), parts.Feed(bytes.Clone(b[at:]), now)...)
		if x, y := tell(s, whole, now, hexText), tell(parts, again, now, hexText); !reflect.DeepEqual(x, y) {
			t.Errorf("cut at %d: %+v, at once %+v", at, y, x)
		}
		for _, m := range whole {
			soundMessage(t, m, nil, len(b))
		}
	})
}

// FuzzPacked unpacks whatever comes under its bound, and what was packed comes out as it was.
func FuzzPacked(f *testing.F) {
	pack := func(encoding string, body []byte) []byte {
		var out bytes.Buffer
		var w io.WriteCloser = gzip.NewWriter(&out)
		if encoding == "zstd" {
			w, _ = zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1))
		}
		_, _ = w.Write(body)
		_ = w.Close()
		return out.Bytes()
	}
	for _, encoding := range []string{"gzip", "zstd"} {
		f.Add(pack(encoding, []byte(`{"readings":[]}`)), encoding == "zstd")
		f.Add(pack(encoding, bytes.Repeat([]byte("x"), 1<<16)), encoding == "zstd")
	}
	f.Fuzz(func(t *testing.T, body []byte, other bool) {
		encoding := "gzip"
		if other {
			encoding = "zstd"
		}
		if z, err := plain(io.NopCloser(bytes.NewReader(body)), encoding, maxWindow); err == nil {
			if n, err := io.Copy(io.Discard, z); n > maxPlain || err != nil && fault.Of(broken(err)) == nil {
				t.Errorf("%d bytes came out of %d, %v", n, len(body), err)
			}
			_ = z.Close()
		} else if fault.Of(err) == nil {
			t.Errorf("%v is no fault", err)
		}
		z, err := plain(io.NopCloser(iotest.HalfReader(bytes.NewReader(pack(encoding, body)))), encoding, maxWindow)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, body) {
			t.Errorf("%d bytes were packed, %d came out, %v", len(body), len(got), err)
		}
		_ = z.Close()
	})
}

// FuzzStations reads whatever comes as a file of field stations; what is taken is the same when it is written and read again.
func FuzzStations(f *testing.F) {
	f.Add("address,protocol,station\n0032060001,sl651,S1\n")
	f.Add("\ufeffStation,protocol, address,elements,quirks,zone,password,vendor\nS1,sl651,\"a,\"\"b\",39=level.inner 20=rainfall_day;x=y,period-end,+08:00,A5C3,v\n")
	f.Fuzz(func(t *testing.T, text string) {
		stations, err := ReadStations(strings.NewReader(text))
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Errorf("%v is no fault of the file", err)
			}
			return
		}
		var out bytes.Buffer
		w := csv.NewWriter(&out)
		_ = w.Write(stationColumns())
		for _, s := range stations {
			var elements []string
			for _, e := range slices.Sorted(maps.Keys(s.Elements)) {
				elements = append(elements, e+"="+s.Elements[e])
			}
			_ = w.Write([]string{s.Address, s.Protocol, s.Station, s.Vendor, s.Password, s.Zone, strings.Join(elements, " "), strings.Join(s.Quirks, ";")})
		}
		w.Flush()
		again, err := ReadStations(&out)
		if err != nil || !reflect.DeepEqual(stations, again) {
			t.Errorf("%q reads %+v, written again %+v, %v", text, stations, again, err)
		}
	})
}

// FuzzObservationBody reads whatever comes over MQTT as an observation: the fault is the sender's, and any cuts of the bytes read the same.
func FuzzObservationBody(f *testing.F) {
	f.Add([]byte(`{"result":1.5,"phenomenonTime":"2026-07-18T08:00:00+08:00","resultTime":null,"Datastream":{"@iot.id":3}}`))
	f.Add([]byte(`{"result":1} {}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		o, err := readObservation(bytes.NewReader(body), "application/json")
		parts, again := readObservation(iotest.OneByteReader(bytes.NewReader(body)), "")
		if (err == nil) != (again == nil) || !reflect.DeepEqual(o, parts) {
			t.Errorf("%q: %+v %v, a byte at a time %+v %v", body, o, err, parts, again)
		}
		if err == nil {
			_, err = o.Measurement()
		}
		if err != nil && fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: %v", body, err)
		}
	})
}
