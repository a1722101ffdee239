package ingest

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"basin/fault"
	"basin/twin"
)

// RelayStation is a station whose readings are relayed to another centre, and how far they have been. Table ingest.relay.
type RelayStation struct {
	Address string    // of the field station by SL 651; by SL 323 the thing
	Thing   string    // the station or work
	Profile Profile   // of the field station
	Code    string    // by SL 323 STCD
	Type    string    // by SL 323: tide, pump, or empty for others
	Hourly  bool      // by SL 323: it has amounts of rain by the hour
	Mark    int64     // readings that a transaction below this one stored are done with
	Since   time.Time // only readings received since then are looked at
}

// RelayReading is a reading that is to be relayed.
type RelayReading struct {
	Address  string
	Property string
	Role     string
	Number   int
	Scale    int
	Time     time.Time
	Value    int64 // at Scale
	XID      int64 // of the transaction that stored it
}

// RelayState says how the relay to a centre stands for one station. Table ingest.relay.
type RelayState struct {
	Centre        string     `json:"centre"`
	Protocol      string     `json:"protocol"`
	Address       string     `json:"address"`
	Station       string     `json:"station"` // code of what it observes; empty when it is no longer registered
	Confirmed     int64      `json:"confirmed"`
	Passed        int64      `json:"passed"` // readings that no frame or table can say
	LastConfirmed *time.Time `json:"last_confirmed,omitempty"`
	Failed        *time.Time `json:"failed,omitempty"` // since when the centre confirms nothing
	Reason        string     `json:"reason,omitempty"`
}

// RelayFrame is a timed report with the readings of one field station at one time.
type RelayFrame struct {
	Message  SL651Message
	Readings int
}

// RelayFrames writes readings of one field station, which are in the order of their time, as timed reports that a basin with the same profile reads as they
// are; serial number, time of sending, centre and password are the caller's. A time that is no whole minute stands as the time of sending. It says how many
// readings no frame can say, and why the last of them.
func RelayFrames(s RelayStation, readings []RelayReading) (frames []RelayFrame, passed int, why error) {
	elements, zone := relayElements(s.Profile), sl651Zone(s.Profile)
	for _, chunk := range sameTime(readings) {
		at := chunk[0].Time.In(zone)
		f := RelayFrame{Message: SL651Message{SL651Frame: SL651Frame{Address: s.Address, Function: 0x32, End: sl651ETX},
			Items: []SL651Item{{ID: "F1", Def: 0xF1, Address: s.Address, Class: 'H'}}}}
		if at.Second() == 0 {
			f.Message.Items = append(f.Message.Items, SL651Item{ID: "F0", Def: 0xF0, Time: at})
		} else {
			f.Message.Sent = at
		}
		slices.SortStableFunc(chunk, func(a, b RelayReading) int { return cmp.Compare(a.Number, b.Number) }) // the number of a gate holds for all that follows
		for _, r := range chunk {
			item, err := r.item(elements)
			if err == nil && (at.Nanosecond() != 0 || at.Year() < 2000 || at.Year() > 2099) {
				err = fault.New(fault.Invalid, "relay-unsayable", "no frame can say a reading of {what} at {time}", "what", r.means(), "time", at.Format(time.RFC3339Nano))
			}
			if err != nil {
				passed, why = passed+1, err
				continue
			}
			if r.Number != 0 {
				f.Message.Items = append(f.Message.Items, ElementSL651(elementGate, twin.Decimal(strconv.Itoa(r.Number))))
			}
			f.Message.Items, f.Readings = append(f.Message.Items, item), f.Readings+1
		}
		if f.Readings > 0 {
			frames = append(frames, f)
		}
	}
	return frames, passed, why
}

// sameTime cuts readings where their time changes.
func sameTime(readings []RelayReading) (out [][]RelayReading) {
	for from, i := 0, 1; i <= len(readings); i++ {
		if i == len(readings) || !readings[i].Time.Equal(readings[from].Time) {
			out, from = append(out, readings[from:i]), i
		}
	}
	return out
}

// relayElements are the elements that say each property, or property and role, at a station of that profile; those of the profile come first.
func relayElements(p Profile) map[string]string {
	out := map[string]string{}
	for _, id := range append(slices.Sorted(maps.Keys(p.Elements)), slices.Sorted(maps.Keys(sl651Elements))...) {
		e, known := sl651Elements[id]
		if id == "04" || id == "45" || known && e.digits == 0 || len(id) == 2 && id >= "F0" || strings.Trim(id, "0123456789ABCDEF") != "" ||
			len(id) != 2 && (len(id) != 4 || !strings.HasPrefix(id, "FF")) {
			continue
		}
		property, role := meansSL651(p, id)
		if role != "" {
			property += "." + role
		}
		if _, said := out[property]; property != "" && !said {
			out[property] = id
		}
	}
	return out
}

// means is the property, or property and role, of a reading.
func (r RelayReading) means() string {
	if r.Role == "" {
		return r.Property
	}
	return r.Property + "." + r.Role
}

// item is the element that says a reading, with as many digits as its value takes.
func (r RelayReading) item(elements map[string]string) (SL651Item, error) {
	id, ok := elements[r.means()]
	if !ok || r.Number != 0 && (id != "09" && id != "31" || r.Number > maxNumber) {
		return SL651Item{}, fault.New(fault.Invalid, "relay-no-element", "no element says {what}", "what", r.means())
	}
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(r.decimal(), "-"), ".")
	fraction = strings.TrimRight(fraction, "0")
	def := defineSL651(id)
	decimals := max(int(def&7), len(fraction))
	size := (len(whole) + decimals + 1) / 2
	value := twin.Decimal(strings.TrimSuffix(whole+"."+fraction, "."))
	if r.Value < 0 {
		size, value = size+1, "-"+value
	}
	if decimals > 7 {
		return SL651Item{}, SL651Item{ID: id}.tooLarge(value)
	}
	return SL651Item{ID: id, Def: byte(max(int(def>>3), size)<<3 | decimals), Values: []twin.Decimal{value}}, nil
}
