package ingest

import (
	"encoding/json"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"

	"basin/fault"
	"basin/twin"
)

// Quirks of a profile that this protocol knows. The first three change what is read; the others are departures that are read anyway, and that a message's
// Decoded names unless the profile does.
const (
	quirkPeriodEnd = "period-end"        // F0 before a series tells its end: the last slot that is filled
	quirkZero      = "zero-unfilled"     // slots at the end of F5 to FC that read 0000 are not filled
	quirkSentinel  = "sentinel-9999.999" // 9999.999 means that the value is missing
	quirkKeepLine  = "keep-line"         // confirmed by ESC: the station stays on the line
	quirkF5        = "f5-definition"     // the definition byte of F4 to FC is not 60 or C0
	quirkCentre    = "centre-00"         // it sends to a centre 0
	quirkAddress   = "non-bcd-address"   // its address is neither 00 and four bytes BCD nor a region code and a number (6.2.3.2)
	quirkSendTime  = "send-time"         // its send time is no time
)

// sl651Zone is the zone of a profile's clock; UTC+8 where it names none.
func sl651Zone(p Profile) *time.Location {
	t, err := time.Parse("Z07:00", p.Zone)
	if err != nil {
		return time.FixedZone("+08:00", 8*3600)
	}
	_, offset := t.Zone()
	return time.FixedZone(p.Zone, offset)
}

// meansSL651 is the property and the role that an element has at a station of that profile.
func meansSL651(p Profile, element string) (property, role string) {
	means, ok := p.Elements[element]
	if !ok {
		means = sl651Elements[element].means
	}
	property, role, _ = strings.Cut(means, ".")
	return property, role
}

// sl651Told is a message for people.
type sl651Told struct {
	Centre     byte            `json:"centre"`
	Address    string          `json:"address"`
	Function   string          `json:"function"`
	Name       sl651Name       `json:"name"`
	Serial     int             `json:"serial"`
	Sent       *time.Time      `json:"sent,omitempty"`
	Packets    int             `json:"packets,omitempty"`
	Elements   []sl651ToldItem `json:"elements,omitempty"`
	Departures []string        `json:"departures,omitempty"` // from the standard, which the profile does not name
}

// sl651ToldItem is an item for people: a value or a series with the time of its first value.
type sl651ToldItem struct {
	Code    string         `json:"code,omitempty"`
	Name    *sl651Name     `json:"name,omitempty"`
	Station string         `json:"station,omitempty"` // where it is another than the sender
	Unit    string         `json:"unit,omitempty"`
	Value   *json.Number   `json:"value,omitempty"`
	Missing bool           `json:"missing,omitempty"`
	Values  []*json.Number `json:"values,omitempty"`
	Time    *time.Time     `json:"time,omitempty"`
	Step    string         `json:"step,omitempty"`
	Text    string         `json:"text,omitempty"`
	Hex     string         `json:"hex,omitempty"`
	Bytes   int            `json:"bytes,omitempty"`
	Error   string         `json:"error,omitempty"`
}

// sl651Sense makes sense of a body's items.
type sl651Sense struct {
	profiles func(string) (Profile, bool)
	sender   Profile // whose clock and quirks count
	station  Profile // whose elements count
	address  string  // of the station, empty for the sender
	message  *SL651Message
	time     time.Time
	step     time.Duration
	gate     int // the gate or group that an element 0A named; 0 for the whole work, -1 for one that nobody can tell
	out      *Message
	told     sl651Told
}

// senseSL651 fills in what a message says: its kind, times, observations and the text for people.
func senseSL651(m *SL651Message, out *Message, profiles func(string) (Profile, bool)) {
	sender, _ := profiles(m.Address)
	code := upperHex([]byte{m.Function})
	out.Address, out.Password, out.Function, out.Kind = m.Address, m.Password, code, kindSL651(m.Function)
	s := &sl651Sense{profiles: profiles, sender: sender, station: sender, message: m, out: out,
		told: sl651Told{Centre: m.Centre, Address: m.Address, Function: code, Packets: m.Total}}
	name, known := sl651Functions[m.Function]
	if s.told.Name = name; !known {
		s.told.Name = sl651Name{"未知功能", "unknown function"}
		out.Err = fault.New(fault.Invalid, "unknown-function", "the function {function} is not known", "function", code)
	}
	if err := parseSL651Body(m, sl651Zone(sender)); err != nil && out.Err == nil {
		out.Err = err
	}
	out.Serial, out.Sent, s.told.Serial = m.Serial, m.Sent, m.Serial
	if m.Sent.IsZero() {
		s.depart(quirkSendTime)
	} else {
		s.told.Sent = &out.Sent
	}
	if m.Centre == 0 {
		s.depart(quirkCentre)
	}
	if !regularSL651(m.Address) {
		s.depart(quirkAddress)
	}
	for _, i := range m.Items {
		s.item(i)
	}
	if len(out.Observations) > maxSL651Values && out.Err == nil {
		out.Err = fault.New(fault.Invalid, "too-many-values", "the message holds more than {limit} values", "limit", maxSL651Values)
	}
	if out.Err != nil {
		out.Observations = nil
	}
	out.Decoded, _ = json.Marshal(s.told)
}

// kindSL651 is what is to be done with the messages of a function. Pumps, valves and gates report by themselves under the functions of their commands.
func kindSL651(function byte) Kind {
	switch {
	case function == 0x2F:
		return KeepAlive
	case function == 0x30:
		return Test
	case function >= 0x37 && function <= 0x4B, function >= 0x4F:
		return Answer
	}
	return Report
}

// regularSL651 says whether an address follows clause 6.2.3.2.
func regularSL651(address string) bool {
	n := 6 // a region code, then a number in binary
	if strings.HasPrefix(address, "00") {
		n = 10
	}
	return len(address) == 10 && strings.Trim(address[:n], "0123456789") == ""
}

// depart notes a departure that the profile does not name.
func (s *sl651Sense) depart(quirk string) {
	if !slices.Contains(s.sender.Quirks, quirk) && !slices.Contains(s.told.Departures, quirk) {
		s.told.Departures = append(s.told.Departures, quirk)
	}
}

func (s *sl651Sense) item(i SL651Item) {
	if shapeSL651(s.message.Function) == sl651Settings && i.ID != "F1" && i.ID != "" {
		s.setting(i)
		return
	}
	switch i.ID {
	case "F1":
		s.station, s.address, s.time, s.step, s.gate = s.sender, "", time.Time{}, 0, 0
		if i.Address != s.message.Address {
			s.address = i.Address
			if p, ok := s.profiles(i.Address); ok {
				s.station = p
			}
		}
	case "F0":
		s.time, s.step, s.gate = i.Time, 0, 0
	case "04":
		s.step, _ = sl651Step(i.Raw)
	case "F2":
		s.tell(i, sl651ToldItem{Text: printable(i.Raw)})
		for _, entry := range manualSL651(i.Raw, sl651Zone(s.sender)) {
			s.item(entry)
		}
	case "F3", "FD":
		s.tell(i, sl651ToldItem{Bytes: len(i.Raw)})
	case "":
		s.plain(i.Raw)
	default:
		s.element(i)
	}
}

// tell adds an item for people, with its name.
func (s *sl651Sense) tell(i SL651Item, t sl651ToldItem) {
	t.Code, t.Station = i.ID, s.address
	if e, ok := sl651Elements[i.ID]; ok {
		t.Name, t.Unit = &sl651Name{e.zh, e.en}, e.unit
	}
	s.told.Elements = append(s.told.Elements, t)
}

// setting tells a parameter of annex D; a password is told only to be one.
func (s *sl651Sense) setting(i SL651Item) {
	t := sl651ToldItem{Code: i.ID, Hex: upperHex(i.Raw)}
	if i.ID == "03" {
		t.Hex = strings.Repeat("FF", len(i.Raw))
	}
	s.told.Elements = append(s.told.Elements, t)
}

// element turns a value or a series into observations.
func (s *sl651Sense) element(i SL651Item) {
	step, series := s.step, len(i.Values) > 1
	if len(i.ID) == 2 && i.ID >= "F4" && i.ID <= "FC" {
		step, series = 5*time.Minute, true
		if i.Def != defineSL651(i.ID) {
			s.depart(quirkF5)
		}
	}
	if i.Values == nil {
		t := sl651ToldItem{Hex: upperHex(i.Raw)}
		if i.ID != "45" && len(i.Raw) > 0 {
			t.Error = "bad-digits"
		}
		if i.ID == elementGate {
			s.gate = -1
		}
		s.tell(i, t)
		return
	}
	values := s.clean(i)
	first := s.time
	if first.IsZero() {
		first = s.message.Sent
	}
	if series && slices.Contains(s.sender.Quirks, quirkPeriodEnd) {
		filled := len(values)
		for filled > 1 && values[filled-1] == "" {
			filled--
		}
		first = first.Add(-time.Duration(filled-1) * step)
	}
	property, role := meansSL651(s.station, i.ID)
	number := 0
	switch i.ID {
	case elementGate:
		s.gate = gateSL651(values)
	case "09", "31":
		number = s.gate
	}
	told := sl651ToldItem{Time: &first}
	if series {
		told.Step = step.String()
	}
	if first.IsZero() || series && step <= 0 {
		told.Error, told.Time = "no-time", nil
		if s.out.Err == nil {
			s.out.Err = fault.New(fault.Invalid, "no-observation-time", "the values of element {element} have no time", "element", i.ID)
		}
	}
	for n, v := range values {
		if told.Error == "" {
			s.out.Observations = append(s.out.Observations, Observation{Address: s.address, Element: i.ID, Property: property, Role: role, Number: number,
				Time: first.Add(time.Duration(n) * step), Value: v})
		}
		var shown *json.Number
		if v != "" {
			shown = new(json.Number(v))
		}
		if told.Missing = !series && v == ""; series {
			told.Values = append(told.Values, shown)
		} else {
			told.Value = shown
		}
	}
	s.tell(i, told)
}

// elementGate is the element that says which gate or group of gates the openings (09) and discharges (31) after it belong to, until another station, another
// time or another gate.
const elementGate = "0A"

// gateSL651 is the number of a gate as element 0A says it: 0 for the whole work, -1 where it says none.
func gateSL651(values []twin.Decimal) int {
	if len(values) != 1 {
		return -1
	}
	n, err := strconv.Atoi(string(values[0]))
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// clean are the values of an element without those that stand for none.
func (s *sl651Sense) clean(i SL651Item) []twin.Decimal {
	values := slices.Clone(i.Values)
	if slices.Contains(s.sender.Quirks, quirkSentinel) {
		for n, v := range values {
			if v == "9999.999" {
				values[n] = ""
			}
		}
	}
	if len(i.ID) == 2 && i.ID >= "F5" && i.ID <= "FC" && slices.Contains(s.sender.Quirks, quirkZero) {
		for n := len(values) - 1; n >= 0 && values[n] == "0.00"; n-- {
			values[n] = ""
		}
	}
	return values
}

// plain reads the bytes of the functions that have a form of their own (6.6.4.20 and 6.6.4.26 to 6.6.4.30).
func (s *sl651Sense) plain(b []byte) {
	switch f := s.message.Function; {
	case f == 0x45 && len(b) > 0:
		s.told.Elements = append(s.told.Elements, sl651ToldItem{Text: printable(b[1:])})
	case f == 0x4C && len(b) > 1 && int(b[0]) == len(b)-1: // table 71: how many bytes, then a bit for each pump
		running := 0
		for _, c := range b[1:] {
			running += bits.OnesCount8(c)
		}
		s.state("pump_running", 0, twin.Decimal(strconv.Itoa(running)), "1")
		s.told.Elements = append(s.told.Elements, sl651ToldItem{Hex: upperHex(b)})
	case f == 0x4E && len(b) > 0 && len(b) == 1+(int(b[0])+7)/8+2*int(b[0]): // table 77: how many gates, a bit for each, then their openings in cm
		for n := range int(b[0]) {
			at := 1 + (int(b[0])+7)/8 + 2*n
			if v, ok := bcdValue(b[at:at+2], 2); ok {
				s.state("gate_opening", n+1, v, "m")
			}
		}
		s.told.Elements = append(s.told.Elements, sl651ToldItem{Hex: upperHex(b)})
	default:
		s.told.Elements = append(s.told.Elements, sl651ToldItem{Hex: upperHex(b[:min(len(b), 512)]), Bytes: len(b)})
	}
}

// state is an observation of a gate or of the pumps at the moment of sending. A profile may give function 4C or 4E another meaning, or none.
func (s *sl651Sense) state(property string, number int, v twin.Decimal, unit string) {
	code := upperHex([]byte{s.message.Function})
	role := ""
	if means, ok := s.station.Elements[code]; ok {
		property, role, _ = strings.Cut(means, ".")
	}
	t := sl651ToldItem{Code: code, Unit: unit, Missing: v == "", Station: s.address}
	if v != "" {
		t.Value = new(json.Number(v))
	}
	s.told.Elements = append(s.told.Elements, t)
	if !s.message.Sent.IsZero() {
		s.out.Observations = append(s.out.Observations, Observation{Address: s.address, Element: code, Property: property, Role: role, Number: number,
			Time: s.message.Sent, Value: v})
	}
}

// printable is text with what cannot be shown replaced by dots.
func printable(b []byte) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0xFFFD || r == 0x7F {
			return '.'
		}
		return r
	}, string(b[:min(len(b), 1024)]))
}
