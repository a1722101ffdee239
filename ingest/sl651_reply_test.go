package ingest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"basin/fault"
	"basin/twin"
)

// hourly is a message with one level at 06:00.
func hourly(items ...SL651Item) SL651Message {
	at := time.Date(2026, 7, 1, 6, 0, 0, 0, time.FixedZone("", 8*3600))
	return SL651Message{Serial: 7, Sent: at.Add(4 * time.Second), Items: append([]SL651Item{
		{ID: "F1", Def: 0xF1, Address: "0032060001", Class: 'H'}, {ID: "F0", Def: 0xF0, Time: at}}, items...),
		SL651Frame: SL651Frame{Centre: 1, Address: "0032060001", Password: "A5C3", Function: 0x34, End: sl651ETX}}
}

func encoded(t testing.TB, m SL651Message) []byte {
	t.Helper()
	b, err := EncodeSL651(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// one feeds a frame and gives the only message.
func one(t testing.TB, p Profile, b []byte) Message {
	t.Helper()
	got := SL651().Open(profiled(p)).Feed(b, sl651Now)
	if len(got) != 1 {
		t.Fatalf("%d messages of %X", len(got), b)
	}
	return got[0]
}

// TestSL651Confirm holds to clause 6.3.1: what is confirmed, by which control character, with serial number and the centre's time.
func TestSL651Confirm(t *testing.T) {
	now := time.Date(2026, 6, 30, 22, 0, 5, 0, time.UTC)
	for _, c := range []struct {
		name     string
		function byte
		end      byte
		profile  Profile
		accepted bool
		want     string // without its CRC
	}{
		{"report", 0x34, sl651ETX, Profile{}, true, "7E7E003206000101A5C3348008020007260701060005" + "04"},
		{"test", 0x30, sl651ETX, Profile{}, true, "7E7E003206000101A5C3308008020007260701060005" + "04"},
		{"more follows", 0x34, sl651ETB, Profile{}, true, "7E7E003206000101A5C3348008020007260701060005" + "1B"},
		{"stays on the line", 0x32, sl651ETX, Profile{Quirks: []string{"keep-line"}}, true, "7E7E003206000101A5C3328008020007260701060005" + "1B"},
		{"another zone", 0x32, sl651ETX, Profile{Zone: "+00:00"}, true, "7E7E003206000101A5C3328008020007260630220005" + "04"},
		{"refused", 0x34, sl651ETX, Profile{}, false, ""},
		{"keep-alive", 0x2F, sl651ETX, Profile{}, true, ""},
		{"answer", 0x37, sl651ETX, Profile{}, true, ""},
		{"unknown", 0x60, sl651ETX, Profile{}, true, ""},
	} {
		m := hourly(ElementSL651("39", "4.620"))
		if m.Function, m.End = c.function, c.end; c.function == 0x2F {
			m.Items = nil
		}
		s := SL651().Open(profiled(c.profile))
		got := upperHex(s.Confirm(s.Feed(encoded(t, m), now)[0], c.accepted, now))
		if len(got) > 4 {
			if _, err := ParseSL651(unhex(t, got)); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			got = got[:len(got)-4]
		}
		if got != c.want {
			t.Errorf("%s: confirmed by %s, wanted %s", c.name, got, c.want)
		}
	}
}

// TestSL651Packets cuts a message into packets and brings them in any order, twice, and with some lost (M3).
func TestSL651Packets(t *testing.T) {
	m := hourly(ElementSL651("39", "4.620"), ElementSL651("27", "12.500"), ElementSL651("26", "310.5"))
	packets, err := PacketsSL651(m, 12)
	if err != nil || len(packets) != 4 {
		t.Fatalf("%d packets, %v", len(packets), err)
	}
	whole := one(t, Profile{}, encoded(t, m)).Observations
	for _, c := range []struct {
		name  string
		order []int
		want  []string // of each message, its fault or nothing
	}{
		{"in order", []int{0, 1, 2, 3}, []string{""}},
		{"last first", []int{3, 2, 1, 0}, []string{"packets-missing", ""}},
		{"twice", []int{0, 0, 1, 1, 2, 2, 3}, []string{""}},
		{"one again after", []int{0, 1, 2, 3, 1}, []string{""}},
		{"all again", []int{0, 1, 2, 3, 0, 1, 2, 3}, []string{"", ""}},
		{"one lost, then sent", []int{0, 2, 3, 1}, []string{"packets-missing", ""}},
	} {
		s := SL651().Open(nobody)
		var got []string
		for _, i := range c.order {
			for _, m := range s.Feed(packets[i], sl651Now) {
				if m.Err != nil {
					got = append(got, fault.Of(m.Err).Code)
					continue
				}
				got = append(got, "")
				if fmt.Sprint(m.Observations) != fmt.Sprint(whole) {
					t.Errorf("%s: %v, wanted %v", c.name, m.Observations, whole)
				}
				if f, err := ParseSL651(s.Confirm(m, true, sl651Now)); err != nil || f.Total != 4 || f.Index != 4 || f.End != sl651EOT || len(f.Body) != 8 {
					t.Errorf("%s: confirmed by %+v, %v", c.name, f, err)
				}
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, wanted %q", c.name, got, c.want)
		}
	}
	s := SL651().Open(nobody)
	s.Feed(packets[0], sl651Now)
	refused := s.Feed(packets[3], sl651Now)[0]
	ask := s.Confirm(refused, false, sl651Now)
	for i, index := range []int{2, 3} {
		f, err := ParseSL651(ask[i*len(ask)/2 : (i+1)*len(ask)/2])
		if err != nil || f.Index != index || f.End != sl651NAK || f.Body[1] != 7 {
			t.Errorf("asked again by %+v, %v", f, err)
		}
	}
	late := s.Feed(nil, sl651Now.Add(2*time.Minute))
	if len(late) != 1 || fault.Of(late[0].Err).Code != "packets-missing" || len(late[0].Frame) != len(packets[0])+len(packets[3]) {
		t.Errorf("after two minutes: %+v", late)
	}
	if more := s.Feed(packets[1], sl651Now.Add(3*time.Minute)); more != nil {
		t.Errorf("a late packet made %+v", more)
	}
}

// series is a relative level of each five minutes.
func sl651Series(values ...twin.Decimal) SL651Item { return ElementSL651("F5", values...) }

// TestSL651Profiles reads the same frames by profiles that depart from the standard.
func TestSL651Profiles(t *testing.T) {
	slots := sl651Series("1.07", "1.08", "1.09", "1.10", "1.11", "1.12", "1.13", "0.00", "0.00", "0.00", "0.00", "0.00")
	odd := slots
	odd.Def = 0x5C
	for _, c := range []struct {
		name    string
		profile Profile
		item    SL651Item
		want    string // property, role, first time in UTC+8, last time, last value, departures
	}{
		{"standard", Profile{}, slots, "  06:00 06:55 0.00 []"},
		{"zero-unfilled", Profile{Quirks: []string{"zero-unfilled"}}, slots, "  06:00 06:55  []"},
		{"period-end", Profile{Quirks: []string{"period-end"}}, slots, "  05:05 06:00 0.00 []"},
		{"period-end of what is filled", Profile{Quirks: []string{"period-end", "zero-unfilled"}}, slots, "  05:30 06:25  []"},
		{"a level", Profile{Elements: map[string]string{"F5": "level.inner"}}, slots, "level inner 06:00 06:55 0.00 []"},
		{"definition", Profile{}, odd, "  06:00 06:55 0.00 [f5-definition]"},
		{"known definition", Profile{Quirks: []string{"f5-definition"}}, odd, "  06:00 06:55 0.00 []"},
		{"zone", Profile{Zone: "+07:00"}, slots, "  07:00 07:55 0.00 []"},
		{"upper", Profile{}, ElementSL651("3B", "4.620"), "level upper 06:00 06:00 4.620 []"},
		{"sentinel kept", Profile{}, ElementSL651("39", "9999.999"), "level  06:00 06:00 9999.999 []"},
		{"sentinel", Profile{Quirks: []string{"sentinel-9999.999"}}, ElementSL651("39", "9999.999"), "level  06:00 06:00  []"},
		{"missing", Profile{}, ElementSL651("39", ""), "level  06:00 06:00  []"},
		{"negative", Profile{}, SL651Item{ID: "39", Def: 0x2A, Values: []twin.Decimal{"-1.72"}}, "level  06:00 06:00 -1.72 []"},
		{"no meaning", Profile{}, ElementSL651("46", "7.12"), "  06:00 06:00 7.12 []"},
		{"meaning taken away", Profile{Elements: map[string]string{"39": ""}}, ElementSL651("39", "7.120"), "  06:00 06:00 7.120 []"},
	} {
		m := one(t, c.profile, encoded(t, hourly(c.item)))
		if m.Err != nil {
			t.Errorf("%s: %v", c.name, m.Err)
			continue
		}
		clock := func(o Observation) string { return o.Time.In(time.FixedZone("", 8*3600)).Format("15:04") }
		departures := "[]"
		if _, rest, ok := strings.Cut(string(m.Decoded), `"departures":`); ok {
			departures = strings.ReplaceAll(strings.TrimSuffix(rest, "}"), `"`, "")
		}
		first, last := m.Observations[0], m.Observations[len(m.Observations)-1]
		if got := fmt.Sprintf("%s %s %s %s %s %s", first.Property, first.Role, clock(first), clock(last), last.Value, departures); got != c.want {
			t.Errorf("%s: %q, wanted %q", c.name, got, c.want)
		}
	}
	if b := encoded(t, hourly(SL651Item{ID: "39", Def: 0x2A, Values: []twin.Decimal{"-1.72"}})); !bytes.Contains(b, unhex(t, "392AFF00000172")) {
		t.Errorf("−1.72 is written %X", b)
	}
}

// TestSL651Stations reads several stations and times in one message, gates and pumps.
func TestSL651Stations(t *testing.T) {
	at := time.Date(2026, 7, 1, 5, 0, 0, 0, time.FixedZone("", 8*3600))
	m := one(t, Profile{}, encoded(t, hourly(ElementSL651("39", "1.000"), SL651Item{ID: "F0", Def: 0xF0, Time: at}, ElementSL651("39", "2.000"),
		SL651Item{ID: "F1", Def: 0xF1, Address: "0032060002", Class: 'P'}, SL651Item{ID: "F0", Def: 0xF0, Time: at}, ElementSL651("26", "3.0"))))
	var got []string
	for _, o := range m.Observations {
		got = append(got, o.Address+" "+o.Property+" "+o.Time.Format("15:04")+" "+string(o.Value))
	}
	if want := []string{" level 06:00 1.000", " level 05:00 2.000", "0032060002 rainfall_total 05:00 3.0"}; !slices.Equal(got, want) {
		t.Errorf("%q, wanted %q", got, want)
	}
	for _, c := range []struct {
		function byte
		raw      string
		want     string
	}{
		{0x4C, "0113", "[pump_running/0=3]"},
		{0x4E, "0203 0150 FFFF", "[gate_opening/1=1.50 gate_opening/2=]"},
		{0x4E, "0203 01", "[]"},
	} {
		s := hourly(SL651Item{Raw: unhex(t, c.raw)})
		s.Function, s.Items = c.function, append(s.Items[:1:1], s.Items[2])
		s.Items[0].Class = 0
		m := one(t, Profile{}, encoded(t, s))
		got := make([]string, 0)
		for _, o := range m.Observations {
			got = append(got, fmt.Sprintf("%s/%d=%s", o.Property, o.Number, o.Value))
		}
		if fmt.Sprint(got) != c.want || m.Err != nil {
			t.Errorf("%02X %s: %v, %v, wanted %s", c.function, c.raw, got, m.Err, c.want)
		}
	}
}

// TestSL651Query writes what a centre asks; the commands to gates and pumps it never writes.
func TestSL651Query(t *testing.T) {
	at := time.Date(2013, 3, 25, 11, 5, 33, 0, time.UTC)
	q := SL651Query{Centre: 0x10, Address: "0032060001", Password: "A5C3", At: at, From: at.Add(-25 * time.Hour), To: at.Add(-time.Hour), Step: time.Hour}
	for _, c := range []struct {
		function byte
		elements []string
		want     string // from the function to the end mark, or the fault
	}{
		{0x37, nil, "37 8008 02 0000 130325110533 05"},
		{0x4A, nil, "4A 8008 02 0000 130325110533 05"},
		{0x38, []string{"F4"}, "38 8017 02 0000 130325110533 13032410 13032510 0418000000 F460 05"},
		{0x38, []string{"39"}, "38 8017 02 0000 130325110533 13032410 13032510 0418000100 3923 05"},
		{0x3A, []string{"F5", "38"}, "3A 800C 02 0000 130325110533 F5C0 3812 05"},
		{0x38, nil, "wrong-elements"},
		{0x4C, nil, "never-sent"},
		{0x4F, nil, "never-sent"},
	} {
		q.Function, q.Elements = c.function, c.elements
		b, err := QuerySL651(q)
		var got string
		if err != nil {
			got = fault.Of(err).Code
		} else {
			got = upperHex(b[10 : len(b)-2])
		}
		if got != strings.ReplaceAll(c.want, " ", "") {
			t.Errorf("%02X %v: %s, wanted %s", c.function, c.elements, got, c.want)
		}
	}
}

// TestSL651Secrets looks for passwords in what is kept.
func TestSL651Secrets(t *testing.T) {
	m := hourly()
	m.Function, m.Items = 0x41, []SL651Item{{ID: "F1", Def: 0xF1, Address: "0032060001"}, {ID: "03", Def: 0x10, Raw: []byte{0xBE, 0xEF}},
		{ID: "04", Def: 8, Raw: []byte{2}}}
	packets, err := PacketsSL651(m, 17)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range [][]byte{encoded(t, m), bytes.Join(packets, nil)} {
		got := one(t, Profile{}, b)
		for _, text := range []string{upperHex(got.Frame), string(got.Decoded)} {
			if strings.Contains(text, "A5C3") || strings.Contains(text, "BEEF") {
				t.Errorf("a password is kept: %s", text)
			}
		}
		if !strings.Contains(string(got.Decoded), `"elements":[{"code":"03","hex":"FFFF"},{"code":"04","hex":"02"}]`) {
			t.Errorf("the settings read %s", got.Decoded)
		}
		if got.Password != "A5C3" || got.Err != nil || len(got.Frame) != len(b) {
			t.Errorf("%+v", got)
		}
	}
}
