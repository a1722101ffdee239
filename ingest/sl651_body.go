package ingest

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"basin/fault"
	"basin/twin"
)

// SL651Message is a body with the frame that it came in (SL 651-2014, 6.6.1, table 24).
type SL651Message struct {
	SL651Frame
	Serial int         // 1 to 65535; 0 for what the centre begins
	Sent   time.Time   // in the zone of the station's clock; zero where it is no time
	Items  []SL651Item // in their order
}

// SL651Item is one piece of a body: where, when or what. ID says which: F1 a station, F0 a time, 04 a step, F2 text, F3 a picture, the others an element;
// an empty ID bytes that no identifier leads.
type SL651Item struct {
	ID      string         // one byte, or two from FF00 on, in upper-case hexadecimal
	Def     byte           // length and decimals, as sent
	Address string         // of F1
	Class   byte           // of F1: H for a river, P for rain and so on (annex A); 0 where none stands there
	Time    time.Time      // of F0
	Values  []twin.Decimal // of an element: one, or a series; empty where all its digits are F
	Raw     []byte         // what is no number: status, text, pictures, settings, and digits that are none
}

// maxSL651Values bounds how many values one message may hold.
const maxSL651Values = 10_000

// sl651Classes are the classes of stations of annex A.
const sl651Classes = "PHKZDTMGQIO"

// sl651Reader walks over a body.
type sl651Reader struct {
	function byte
	zone     *time.Location
	body     []byte // all of it
	rest     []byte
	step     bool // a time step came: what follows is a series
	values   int
	items    []SL651Item
}

// parseSL651Body reads what stands in a body after its serial number and time.
func parseSL651Body(m *SL651Message, zone *time.Location) error {
	if len(m.Body) < 8 {
		return fault.New(fault.Invalid, "bad-body-length", "the body has {length} bytes; serial number and time take eight", "length", len(m.Body))
	}
	m.Serial = int(m.Body[0])<<8 | int(m.Body[1])
	m.Sent, _ = bcdTime(m.Body[2:8], zone)
	r := &sl651Reader{function: m.Function, zone: zone, body: m.Body, rest: m.Body[8:]}
	for len(r.rest) > 0 {
		if err := r.next(); err != nil {
			return err
		}
	}
	m.Items = r.items
	return nil
}

// sl651Shape is how the part of a body after the station's address is written.
type sl651Shape uint8

const (
	sl651Listed   sl651Shape = iota // elements of annex C
	sl651Settings                   // parameters of annex D
	sl651Plain                      // bytes that the function alone explains
)

func shapeSL651(function byte) sl651Shape {
	switch {
	case function >= 0x40 && function <= 0x43, function == 0x49:
		return sl651Settings
	case function < 0x40, function == 0x44, function == 0x46, function == 0x4B:
		return sl651Listed
	}
	return sl651Plain
}

// next reads one item.
func (r *sl651Reader) next() error {
	b := r.rest
	switch {
	case bytes.HasPrefix(b, []byte{0xF1, 0xF1}):
		return r.station()
	case shapeSL651(r.function) == sl651Plain:
		r.take(SL651Item{Raw: b}, len(b))
		return nil
	case shapeSL651(r.function) == sl651Settings:
		return r.setting()
	case bytes.HasPrefix(b, []byte{0xF0, 0xF0}):
		if len(b) < 7 {
			return r.short("F0")
		}
		t, ok := bcdTime(b[2:7], r.zone)
		if !ok {
			return fault.New(fault.Invalid, "bad-clock", "the observation time {value} is not a time", "value", upperHex(b[2:7]))
		}
		r.step = false
		r.take(SL651Item{ID: "F0", Def: 0xF0, Time: t}, 7)
		return nil
	case b[0] == 0xF0, b[0] == 0xF1: // they lead times and stations, and stand twice
		return r.short(upperHex(b[:1]))
	case bytes.HasPrefix(b, []byte{0xF2, 0xF2}), bytes.HasPrefix(b, []byte{0xF3, 0xF3}), b[0] == 0xFD && len(b) > 1:
		r.take(SL651Item{ID: upperHex(b[:1]), Def: b[1], Raw: b[2:]}, len(b))
		return nil
	}
	return r.element()
}

func (r *sl651Reader) take(i SL651Item, n int) { r.items, r.rest = append(r.items, i), r.rest[n:] }

func (r *sl651Reader) short(element string) error {
	return fault.New(fault.Invalid, "bad-element", "the element {element} at byte {offset} of the body is cut short or has no length",
		"element", element, "offset", len(r.body)-len(r.rest))
}

// station reads an address with its class. Answers to settings and commands carry the address alone (tables 48 and after).
func (r *sl651Reader) station() error {
	b := r.rest
	if len(b) < 7 {
		return r.short("F1")
	}
	i, n := SL651Item{ID: "F1", Def: 0xF1, Address: upperHex(b[2:7])}, 7
	timed := len(b) >= 10 && b[8] == 0xF0 && b[9] == 0xF0
	if timed || len(b) > 7 && r.function < 0x40 && strings.IndexByte(sl651Classes, b[7]) >= 0 {
		i.Class, n = b[7], 8
	}
	r.step = false
	r.take(i, n)
	return nil
}

// setting reads a parameter of annex D. The length of 0E takes its whole byte.
func (r *sl651Reader) setting() error {
	b := r.rest
	if len(b) < 2 {
		r.take(SL651Item{Raw: b}, len(b))
		return nil
	}
	n := int(b[1] >> 3)
	if b[0] == 0x0E {
		n = int(b[1])
	}
	if len(b) < 2+n || b[0] == 0xF0 || b[0] == 0xF1 { // no parameter is called so
		return r.short(upperHex(b[:1]))
	}
	r.take(SL651Item{ID: upperHex(b[:1]), Def: b[1], Raw: b[2 : 2+n]}, 2+n)
	return nil
}

// element reads an identifier, its definition byte and one value, or after a time step as many as there are (6.6.4.4).
func (r *sl651Reader) element() error {
	head := 2
	if r.rest[0] == 0xFF {
		head = 3
	}
	if len(r.rest) < head {
		return r.short(upperHex(r.rest[:1]))
	}
	id, def, b := upperHex(r.rest[:head-1]), r.rest[head-1], r.rest[head:]
	i := SL651Item{ID: id, Def: def}
	size, each, decimals := int(def>>3), int(def>>3), int(def&7)
	hexadecimal := id >= "F4" && id <= "FC" && len(id) == 2
	if hexadecimal { // what their definition bytes say is wrong too often to be read
		each, decimals = 2, 2
		if id == "F4" {
			each, decimals = 1, 1
		}
		size = 12 * each
	}
	switch {
	case len(b) < size, r.step && each == 0:
		return r.short(id)
	case id == "04":
		i.Raw, r.step = b[:size], r.function == 0x31 || r.function == 0x38
		r.take(i, head+size)
		return nil
	case id == "45" || size == 0:
		i.Raw = b[:size]
		r.take(i, head+size)
		return nil
	}
	if n := len(b); r.step && hexadecimal && n%size == 0 {
		size = n
	} else if r.step && !hexadecimal {
		for size = 0; size+each <= n && !leadsSL651(b[size:]) && (size == 0 || !anotherSL651(id, def, b[size:])); {
			size += each
		}
	}
	if r.values += size / each; r.values > maxSL651Values {
		return fault.New(fault.Invalid, "too-many-values", "the message holds more than {limit} values", "limit", maxSL651Values)
	}
	for v := range slices.Chunk(b[:size], each) {
		var value twin.Decimal
		ok := true
		if hexadecimal {
			value = hexValue(v, decimals)
		} else {
			value, ok = bcdValue(v, decimals)
		}
		if !ok {
			i.Values, i.Raw = nil, b[:size]
			break
		}
		i.Values = append(i.Values, value)
	}
	r.take(i, head+size)
	return nil
}

// leadsSL651 says whether b begins with another station or another time.
func leadsSL651(b []byte) bool {
	return len(b) >= 7 && b[0] == b[1] && (b[0] == 0xF0 || b[0] == 0xF1)
}

// anotherSL651 says whether b begins with another element rather than with one more value of a series: with an identifier and its definition byte as in table
// C.1, while as a value it would have a digit more than its element has. Where an element's digits fill its bytes the two cannot be told apart.
func anotherSL651(id string, def byte, b []byte) bool {
	e, known := sl651Elements[id]
	if !known || e.digits%2 == 0 || def != defineSL651(id) || len(b) < 2 || b[0]>>4 == 0 || b[0] == 0xFF {
		return false
	}
	next := upperHex(b[:1])
	other, known := sl651Elements[next]
	return known && other.digits > 0 && b[1] == defineSL651(next)
}

// hexValue is an unsigned binary number with so many decimals; empty where all bits are set.
func hexValue(b []byte, decimals int) twin.Decimal {
	v, missing := 0, true
	for _, c := range b {
		v, missing = v<<8|int(c), missing && c == 0xFF
	}
	if missing {
		return ""
	}
	digits := make([]byte, 0, 8)
	for ; v > 0 || len(digits) <= decimals; v /= 10 {
		digits = append(digits, '0'+byte(v%10))
	}
	slices.Reverse(digits)
	return pointed(string(digits), decimals)
}

// bcdValue is a number in binary-coded decimal with so many decimals; a first byte FF is a minus. It is empty where all digits are F, and false where one
// is none.
func bcdValue(b []byte, decimals int) (twin.Decimal, bool) {
	if !slices.ContainsFunc(b, func(c byte) bool { return c != 0xFF }) {
		return "", true
	}
	digits, negative := upperHex(b), b[0] == 0xFF
	if negative {
		digits = digits[2:]
	}
	if strings.Trim(digits, "0123456789") != "" {
		return "", false
	}
	if short := decimals + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	value := pointed(digits, decimals)
	if negative {
		value = "-" + value
	}
	return value, true
}

// pointed puts the point into digits, of which there are more than decimals, and takes the zeros before them away.
func pointed(digits string, decimals int) twin.Decimal {
	whole := strings.TrimLeft(digits[:len(digits)-decimals], "0")
	if whole == "" {
		whole = "0"
	}
	if decimals == 0 {
		return twin.Decimal(whole)
	}
	return twin.Decimal(whole + "." + digits[len(digits)-decimals:])
}

// bcdTime reads YYMMDDHHmm and, where there are six bytes, SS, of the years 2000 to 2099. It is false where that is no time.
func bcdTime(b []byte, zone *time.Location) (time.Time, bool) {
	part := [6]int{}
	for i, c := range b {
		if c>>4 > 9 || c&15 > 9 {
			return time.Time{}, false
		}
		part[i] = int(c>>4)*10 + int(c&15)
	}
	t := time.Date(2000+part[0], time.Month(part[1]), part[2], part[3], part[4], part[5], 0, zone)
	if t.Month() != time.Month(part[1]) || t.Day() != part[2] || t.Hour() != part[3] || t.Minute() != part[4] || t.Second() != part[5] {
		return time.Time{}, false
	}
	return t, true
}

// sl651Step reads ddhhmm, of which one part is not zero (table C.3). It is zero for 000000, which belongs to F4 to FC, and false where that is no step.
func sl651Step(b []byte) (time.Duration, bool) {
	if len(b) != 3 {
		return 0, false
	}
	units, d := [3]time.Duration{24 * time.Hour, time.Hour, time.Minute}, time.Duration(0)
	for i, c := range b {
		if c>>4 > 9 || c&15 > 9 {
			return 0, false
		}
		d += time.Duration(c>>4*10+c&15) * units[i]
	}
	return d, true
}

// maskSettings overwrites the passwords (parameter 03 of annex D) in a body that tells settings.
func maskSettings(function byte, body []byte) {
	if len(body) < 8 {
		return
	}
	r := &sl651Reader{function: function, zone: time.UTC, body: body, rest: body[8:]}
	for len(r.rest) > 0 && r.next() == nil {
		if i := r.items[len(r.items)-1]; i.ID == "03" {
			for j := range i.Raw {
				i.Raw[j] = 0xFF
			}
		}
	}
}
