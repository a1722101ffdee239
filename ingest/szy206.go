package ingest

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"basin/fault"
	"basin/twin"
)

// szy206 is SZY 206-2016, the transmission of water resources monitoring data (水资源监测数据传输规约).
//
// A frame is 68 L 68, user data of L bytes, CS 16. User data are C, A, AFN and what AFN needs; CS is a CRC-8 over them. Of C, bit 7 says up (from the station),
// bit 6 that a counter of parts follows, and bits 3 to 0 what is reported. A, 5 bytes, is the address: in hexadecimal, in the order of the frame.
//
// AFN C0 (the station reports of itself) and B0 (it answers a question) hold values, two bytes of alarms, two bytes of state and the time Tp: second, minute,
// hour, day, and the minutes for which the frame is good. The month and the year are those that bring it closest to now, without being more than a day ahead.
// Values are BCD, the lowest byte first; one that is not BCD (AA) is missing. AFN 02 says that the station is there.
//
// Elements: rain (mm), level (m), flow (m3/s) and total (m3), velocity (m/s), gate (m) and temperature (degrees Celsius). Where a report holds several of a kind
// they are level1, level2 and so on; the profile may name them so, or all of them level. Only reports of flow have been held against frames, two of them. The
// widths and decimals of the others have not, nor has the unit of flow, which meters of pipes send in m3/h. So no element has a property unless the profile of
// the station gives it one: whoever registers a station checks what it sends and says what that means.
//
// Quirks: flow-m3h, the flow is in m3/h; flow-only, reports of flow hold no totals.
//
// Not covered, for want of frames: reports of power, air pressure, wind, water quality, soil moisture, evaporation, alarms, several kinds in one (14) and water
// pressure, whose bytes are kept as they are; frames in parts (bit 6 of C), which are refused; AFN 61 (pictures), 81 (alarms), 82 (values set by hand), B1
// (stored data) and every command of the centre. The confirmation follows the only open implementation that was found.
type szy206 struct{}

// SZY206 is SZY 206-2016.
func SZY206() Protocol { return szy206{} }

// Name is szy206.
func (szy206) Name() string { return "szy206" }

// Open begins a session.
func (szy206) Open(profiles func(address string) (Profile, bool)) Session {
	return &szy206Session{profiles: profiles}
}

// szy206Session is one connection. No frame is longer than 260 bytes.
type szy206Session struct {
	profiles func(address string) (Profile, bool)
	buffer   []byte
}

// szy206Kind is a kind of report, by bits 3 to 0 of C.
type szy206Kind struct {
	element  string
	width    int // bytes of a value
	decimals int
}

// szy206Kinds are the reports that are read.
var szy206Kinds = map[byte]szy206Kind{
	1: {"rain", 3, 1}, 2: {"level", 4, 3}, 3: {"flow", 5, 3}, 4: {"velocity", 3, 3}, 5: {"gate", 3, 2}, 9: {"temperature", 2, 1}}

// Feed takes bytes.
func (s *szy206Session) Feed(b []byte, now time.Time) []Message {
	var out []Message
	for len(b) > 0 {
		n := min(len(b), 1024-len(s.buffer))
		s.buffer = append(s.buffer, b[:n]...)
		b = b[n:]
		used := 0
		for {
			m, n := s.next(s.buffer[used:], now)
			if n == 0 {
				break
			}
			used += n
			if m != nil {
				out = append(out, *m)
			}
		}
		s.buffer = append(s.buffer[:0], s.buffer[used:]...)
	}
	return out
}

// next looks for a frame at the beginning of b and says how many bytes are done with; 0 asks for more.
func (s *szy206Session) next(b []byte, now time.Time) (*Message, int) {
	start := bytes.IndexByte(b, 0x68)
	switch {
	case start > 0:
		return nil, start
	case start < 0:
		return nil, len(b)
	case len(b) < 3:
		return nil, 0
	case b[2] != 0x68 || b[1] < 7:
		return nil, 1
	}
	whole := int(b[1]) + 5
	if len(b) < whole {
		return nil, 0
	}
	if b[whole-1] != 0x16 {
		return nil, 1
	}
	data := b[3 : whole-2]
	m := &Message{Frame: bytes.Clone(b[:whole]), Kind: KeepAlive}
	if sum := szy206CRC(data); sum != b[whole-2] {
		m.Err = fault.New(fault.Invalid, "frame-sum", "the check of the frame is {sent}, its bytes give {found}",
			"sent", fmt.Sprintf("%02X", b[whole-2]), "found", fmt.Sprintf("%02X", sum))
		return m, whole
	}
	s.message(m, bytes.Clone(data), now)
	return m, whole
}

// szy206CRC is the CRC-8 of the polynomial x^7+x^6+x^5+x^2+1, from 0, the highest bit first.
func szy206CRC(b []byte) byte {
	var r byte
	for _, c := range b {
		r ^= c
		for range 8 {
			high := r & 0x80
			if r <<= 1; high != 0 {
				r ^= 0xE5
			}
		}
	}
	return r
}

// message says what user data mean.
func (s *szy206Session) message(m *Message, data []byte, now time.Time) {
	control, rest := data[0], data[1:]
	if control&0x40 != 0 {
		rest = rest[1:]
	}
	if len(rest) < 6 {
		m.Err = szy206Short(len(data))
		return
	}
	m.Address, m.Function = strings.ToUpper(hex.EncodeToString(rest[:5])), fmt.Sprintf("%02X", rest[5])
	body := rest[6:]
	decoded := map[string]any{"control": fmt.Sprintf("%02X", control), "data": strings.ToUpper(hex.EncodeToString(body))}
	defer func() { m.Decoded, _ = json.Marshal(decoded) }()
	switch {
	case control&0x80 == 0:
		m.Err = fault.New(fault.Invalid, "frame-direction", "the frame goes from a centre to a station")
		return
	case control&0x40 != 0:
		m.Err = fault.New(fault.Invalid, "frame-split", "the frame is part of a message; such messages of {protocol} are not read", "protocol", "SZY 206")
		return
	case m.Function == "C0":
		m.Kind = Report
	case m.Function == "B0":
		m.Kind = Answer
	default:
		return
	}
	if len(body) < 9 {
		m.Err = szy206Short(len(data))
		return
	}
	profile, _ := s.profiles(m.Address)
	zone, err := zoneOf(profile)
	if err != nil {
		m.Err = err
		return
	}
	values, alarms, tp := body[:len(body)-9], body[len(body)-9:len(body)-5], body[len(body)-5:]
	decoded["alarms"], decoded["state"] = fmt.Sprintf("%02X%02X", alarms[0], alarms[1]), fmt.Sprintf("%02X%02X", alarms[2], alarms[3])
	at, ok := szy206Time(tp, zone, now)
	if !ok {
		m.Err = fault.New(fault.Invalid, "frame-time", "the time {time} in the frame is not possible", "time", strings.ToUpper(hex.EncodeToString(tp)))
		return
	}
	m.Sent = at
	decoded["time"] = at.Format(time.RFC3339)
	kind, known := szy206Kinds[control&0x0F]
	if !known {
		return
	}
	if m.Observations, m.Err = kind.observations(values, profile, at); m.Err != nil {
		return
	}
	shown := []string{}
	for _, o := range m.Observations {
		shown = append(shown, o.Element+"="+string(o.Value))
	}
	decoded["values"] = shown
}

func szy206Short(length int) error {
	return fault.New(fault.Invalid, "frame-short", "the frame's data are too short: {length} bytes", "length", length)
}

// szy206Time is the moment that Tp names.
func szy206Time(tp []byte, zone *time.Location, now time.Time) (time.Time, bool) {
	var n [4]int
	for i := range n {
		var ok bool
		if n[i], ok = bcd(tp[i]); !ok {
			return time.Time{}, false
		}
	}
	second, minute, hour, day := n[0], n[1], n[2], n[3]
	if second > 59 || minute > 59 || hour > 23 || day < 1 || day > 31 {
		return time.Time{}, false
	}
	local := now.In(zone)
	for back := -1; back < 12; back++ { // next month too, whose first day may be tomorrow
		first := time.Date(local.Year(), local.Month()-time.Month(back), 1, hour, minute, second, 0, zone)
		t := first.AddDate(0, 0, day-1)
		if t.Month() == first.Month() && !t.After(now.Add(24*time.Hour)) {
			return t, true
		}
	}
	return time.Time{}, false
}

// bcd reads a byte of two decimal digits.
func bcd(b byte) (int, bool) {
	return int(b>>4)*10 + int(b&0x0F), b>>4 <= 9 && b&0x0F <= 9
}

// observations are the values of one kind of report.
func (k szy206Kind) observations(values []byte, profile Profile, at time.Time) ([]Observation, error) {
	step := k.width
	totals := k.element == "flow" && len(values)%10 == 0 && !slices.Contains(profile.Quirks, "flow-only")
	if totals {
		step = 10
	}
	if len(values) == 0 || len(values)%step != 0 {
		return nil, szy206Short(len(values))
	}
	var out []Observation
	several := len(values) > step
	add := func(element string, number int, value twin.Decimal) {
		numbered := element + strconv.Itoa(number)
		_, own := profile.Elements[numbered]
		o := Observation{Element: element, Time: at, Value: value}
		if several || own {
			o.Element = numbered
			if element == "gate" {
				o.Number = number
			}
		}
		o.Property, o.Role, _ = meaningOf(profile, numbered, element)
		out = append(out, o)
	}
	for i := 0; i < len(values); i += step {
		value := k.value(values[i : i+k.width])
		if k.element == "flow" && slices.Contains(profile.Quirks, "flow-m3h") {
			value = perHour(value)
		}
		add(k.element, i/step+1, value)
		if totals {
			total := szy206Kind{}.value(values[i+5 : i+10])
			if values[i+9]&0x80 != 0 { // the highest bit means something that no frame has shown
				total = ""
			}
			add("total", i/step+1, total)
		}
	}
	return out, nil
}

// value is a number in BCD, the lowest byte first; empty where it is missing. The highest digit is F for a negative number.
func (k szy206Kind) value(b []byte) twin.Decimal {
	digits := make([]byte, 0, 2*len(b))
	for _, c := range slices.Backward(b) {
		digits = append(digits, '0'+c>>4, '0'+c&0x0F)
	}
	sign := ""
	if digits[0] == '0'+0x0F {
		digits[0], sign = '0', "-"
	}
	if slices.ContainsFunc(digits, func(c byte) bool { return c > '9' }) {
		return ""
	}
	whole := strings.TrimLeft(string(digits[:len(digits)-k.decimals]), "0")
	if whole == "" {
		whole = "0"
	}
	if k.decimals == 0 {
		return twin.Decimal(sign + whole)
	}
	return twin.Decimal(sign + whole + "." + string(digits[len(digits)-k.decimals:]))
}

// perHour is what a flow in m3/h is in m3/s, to a tenth of a litre.
func perHour(d twin.Decimal) twin.Decimal {
	thousandths, err := d.Scaled(3)
	if d == "" || err != nil {
		return d
	}
	x := thousandths * 10000
	half := int64(1800_000)
	if x < 0 {
		half = -half
	}
	return twin.Decimal(strconv.FormatInt((x+half)/3600_000, 10) + "e-4")
}

// Confirm answers a report or a sign of life once it is accepted; a station that hears nothing sends again.
func (s *szy206Session) Confirm(m Message, accepted bool, _ time.Time) []byte {
	if !accepted || m.Err != nil || len(m.Frame) < 12 || (m.Function != "C0" && m.Function != "02") {
		return nil
	}
	data := []byte{m.Frame[3] & 0x7F}
	data = append(data, m.Frame[4:10]...) // address and AFN
	data = append(data, 0)
	frame := append([]byte{0x68, byte(len(data)), 0x68}, data...)
	return append(frame, szy206CRC(data), 0x16)
}
