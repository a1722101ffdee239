package ingest_test

import (
	"testing"
	"time"

	"basin/ingest"
	"basin/twin"
)

// TestRelayFrames: what is written for another centre reads there as it was; what no frame can say is passed over.
func TestRelayFrames(t *testing.T) {
	at := time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC)
	station := ingest.RelayStation{Address: "0032060001", Profile: ingest.Profile{Zone: "+07:00", Elements: map[string]string{"3C": "level.inner", "39": ""}}}
	cases := []struct {
		reading ingest.RelayReading
		element string // empty where it is passed over
		value   twin.Decimal
	}{
		{ingest.RelayReading{Property: "level", Role: "inner", Scale: 4, Value: 32500, Time: at}, "3C", "3.250"},
		{ingest.RelayReading{Property: "level", Role: "inner", Scale: 4, Value: -12345, Time: at.Add(time.Minute)}, "3C", "-1.2345"},
		{ingest.RelayReading{Property: "level", Role: "inner", Scale: 4, Value: -1, Time: at.Add(2 * time.Minute)}, "3C", "-0.0001"},
		{ingest.RelayReading{Property: "level", Role: "upper", Scale: 4, Value: 89999999, Time: at.Add(90 * time.Second)}, "3B", "8999.9999"},
		{ingest.RelayReading{Property: "rainfall_total", Scale: 3, Value: 999999999, Time: at}, "26", "999999.999"},
		{ingest.RelayReading{Property: "discharge", Scale: 4, Value: 0, Time: at}, "27", "0.000"},
		{ingest.RelayReading{Property: "level", Scale: 4, Value: 1, Time: at}, "", ""},
		{ingest.RelayReading{Property: "pump_running", Value: 1, Time: at}, "19", "1"},
		{ingest.RelayReading{Property: "gate_opening", Number: 2, Scale: 4, Value: 15000, Time: at}, "09", "1.50"},
		{ingest.RelayReading{Property: "gate_opening", Number: 1000, Scale: 4, Value: 1, Time: at}, "", ""},
		{ingest.RelayReading{Property: "pump_running", Number: 2, Value: 1, Time: at}, "", ""},
		{ingest.RelayReading{Property: "level", Role: "upper", Scale: 4, Value: 1, Time: at.Add(time.Millisecond)}, "", ""},
		{ingest.RelayReading{Property: "level", Role: "upper", Scale: 4, Value: 1, Time: at.AddDate(-50, 0, 0)}, "", ""},
		{ingest.RelayReading{Property: "level", Role: "upper", Scale: 9, Value: 1, Time: at}, "", ""},
	}
	for _, c := range cases {
		frames, passed, why := ingest.RelayFrames(station, []ingest.RelayReading{c.reading})
		if c.element == "" {
			if len(frames) != 0 || passed != 1 || why == nil {
				t.Errorf("%+v: %d frames, %d passed over, %v", c.reading, len(frames), passed, why)
			}
			continue
		}
		if len(frames) != 1 || passed != 0 || frames[0].Readings != 1 {
			t.Errorf("%+v: %d frames, %d passed over, %v", c.reading, len(frames), passed, why)
			continue
		}
		m := frames[0].Message
		m.Serial, m.Centre, m.Password = 7, 1, "0000"
		if m.Sent.IsZero() {
			m.Sent = at.Add(time.Hour)
		}
		b, err := ingest.EncodeSL651(m)
		if err != nil {
			t.Errorf("%+v: %v", c.reading, err)
			continue
		}
		got := ingest.SL651().Open(func(string) (ingest.Profile, bool) { return station.Profile, true }).Feed(b, at)
		if len(got) != 1 || got[0].Err != nil || len(got[0].Observations) == 0 {
			t.Errorf("%+v reads as %+v", c.reading, got)
			continue
		}
		o := got[0].Observations[len(got[0].Observations)-1] // the number of a gate stands before it
		if o.Number != c.reading.Number || o.Element != c.element || o.Property != c.reading.Property || o.Role != c.reading.Role || o.Value != c.value || !o.Time.Equal(c.reading.Time) {
			t.Errorf("%+v reads as %+v", c.reading, o)
		}
	}
}
