package ingest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"basin/twin"
)

// TestSL651Gates reads what a work says of its gates and pumps without a profile: an element 0A names the gate that what follows belongs to, until another
// gate, time or station.
func TestSL651Gates(t *testing.T) {
	later := SL651Item{ID: "F0", Def: 0xF0, Time: time.Date(2026, 7, 1, 5, 0, 0, 0, time.FixedZone("", 8*3600))}
	gate := func(number string) SL651Item { return ElementSL651("0A", twin.Decimal(number)) }
	opening := func(value string) SL651Item { return ElementSL651("09", twin.Decimal(value)) }
	for _, c := range []struct {
		name  string
		items []SL651Item
		want  []string
	}{
		{"the whole work", []SL651Item{opening("1.50")}, []string{"gate_opening/0=1.50"}},
		{"two gates", []SL651Item{gate("1"), opening("1.50"), gate("2"), opening("0.75")}, []string{"/0=1", "gate_opening/1=1.50", "/0=2", "gate_opening/2=0.75"}},
		{"levels are of the work", []SL651Item{gate("12"), opening("1.50"), ElementSL651("3B", "4.620"), ElementSL651("19", "3")},
			[]string{"/0=12", "gate_opening/12=1.50", "level.upper/0=4.620", "pump_running/0=3"}},
		{"the whole work by number 0", []SL651Item{gate("1"), opening("1.50"), gate("0"), opening("2.00")},
			[]string{"/0=1", "gate_opening/1=1.50", "/0=0", "gate_opening/0=2.00"}},
		{"another time", []SL651Item{gate("1"), later, opening("1.50")}, []string{"/0=1", "gate_opening/0=1.50"}},
		{"another station", []SL651Item{gate("1"), {ID: "F1", Def: 0xF1, Address: "0032060002", Class: 'Z'}, later, opening("1.50")},
			[]string{"/0=1", "gate_opening/0=1.50"}},
		{"no number", []SL651Item{gate(""), opening("1.50")}, []string{"/0=", "gate_opening/-1=1.50"}},
		{"a fraction", []SL651Item{{ID: "0A", Def: 0x11, Values: []twin.Decimal{"1.5"}}, opening("1.50")}, []string{"/0=1.5", "gate_opening/-1=1.50"}},
		{"digits that are none", []SL651Item{gate("1"), {ID: "0A", Def: 0x08, Raw: []byte{0xAB}}, opening("1.50")}, []string{"/0=1", "gate_opening/-1=1.50"}},
		{"wind", []SL651Item{ElementSL651("35", "12.5")}, []string{"wind_speed/0=12.5"}},
	} {
		m := one(t, Profile{}, encoded(t, hourly(c.items...)))
		var got []string
		for _, o := range m.Observations {
			property := o.Property
			if o.Role != "" {
				property += "." + o.Role
			}
			got = append(got, fmt.Sprintf("%s/%d=%s", property, o.Number, o.Value))
		}
		if !slices.Equal(got, c.want) || m.Err != nil {
			t.Errorf("%s: %q, %v; want %q", c.name, got, m.Err, c.want)
		}
	}
	p := Profile{Elements: map[string]string{"31": "discharge"}}
	m := one(t, p, encoded(t, hourly(gate("2"), ElementSL651("31", "4.500"))))
	if o := m.Observations[1]; o.Property != "discharge" || o.Number != 2 {
		t.Errorf("a discharge of a gate reads %+v", o)
	}
}
