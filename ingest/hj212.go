package ingest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"basin/fault"
)

// hj212 is HJ 212-2017, the transmission of pollutant monitoring data (污染物在线监控(监测)系统数据传输标准).
//
// A frame is ##, four digits of length, the data segment, four hexadecimal digits of CRC, CR LF. The data segment is QN, ST, CN, PW, MN, Flag, PNUM, PNO and
// CP; the address is MN. Only real-time data (CN 2011, factor-Rtd) have a meaning of their own here: means, extremes and totals of a period (CN 2031, 2051, 2061)
// are observations without a property unless the profile gives their element one, for they would stand beside the real-time values of the same datastream.
// Their time is that of DataTime, the beginning of the period. A value whose flag says other than N, normal, has no property either.
//
// The profile's elements are named factor-item, for instance w01018-Rtd, or CN:factor-item, for instance 2061:w00000-Avg, which goes first.
//
// Quirks: 2025 says that the station speaks HJ 212-2025. It is partial: such frames are read as those of 2017 are, and answered with the version bits that they
// came with; nothing that the edition of 2025 adds is decoded, for want of frames to test with.
type hj212 struct{}

// HJ212 is HJ 212-2017, and in part HJ 212-2025.
func HJ212() Protocol { return hj212{} }

// Name is hj212.
func (hj212) Name() string { return "hj212" }

// Open begins a session.
func (hj212) Open(profiles func(address string) (Profile, bool)) Session {
	return &hj212Session{profiles: profiles}
}

// Bounds of a session.
const (
	hj212Frame   = 6 + 9999 + 6 // bytes of the longest frame
	hj212Packets = 64           // packets of one message
	hj212Partial = 256 << 10    // bytes of all packets that wait for their neighbours
)

// hj212Session is one connection.
type hj212Session struct {
	profiles func(address string) (Profile, bool)
	buffer   []byte
	partial  []*hj212Parts // the oldest first
	waiting  int           // bytes in partial
}

// hj212Parts are the packets of a message that is not complete.
type hj212Parts struct {
	key   string
	parts []*hj212Segment // by PNO from 1; nil where one is missing
	left  int
	bytes int
}

// hj212Segment is a data segment.
type hj212Segment struct {
	frame  []byte // masked
	fields map[string]string
	groups []hj212Group
}

// hj212Group is one group of CP, between semicolons: names and values in their order.
type hj212Group [][2]string

// Feed takes bytes.
func (s *hj212Session) Feed(b []byte, _ time.Time) []Message {
	var out []Message
	for len(b) > 0 {
		n := min(len(b), 2*hj212Frame-len(s.buffer))
		s.buffer = append(s.buffer, b[:n]...)
		b = b[n:]
		used := 0
		for {
			m, n := s.next(s.buffer[used:])
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
func (s *hj212Session) next(b []byte) (*Message, int) {
	start := bytes.Index(b, []byte("##"))
	switch {
	case start > 0:
		return nil, start
	case start < 0 && len(b) > 0 && b[len(b)-1] == '#':
		return nil, len(b) - 1
	case start < 0:
		return nil, len(b)
	case len(b) < 6:
		return nil, 0
	}
	length, err := digits(string(b[2:6]))
	if err != nil {
		return nil, 1 // of ### the second may begin the frame
	}
	whole := 6 + length + 6
	if len(b) < whole {
		return nil, 0
	}
	data, tail := b[6:6+length], b[6+length:whole]
	if tail[4] != '\r' || tail[5] != '\n' { // bytes were lost: what is next begins a frame
		if next := bytes.Index(b[2:whole], []byte("##")); next >= 0 {
			whole = 2 + next
		} else if b[whole-1] == '#' {
			whole--
		}
		return &Message{Frame: hj212Mask(b[:whole]), Err: fault.New(fault.Invalid, "frame-broken", "the frame does not end where its length says")}, whole
	}
	if sum := fmt.Sprintf("%04X", hj212CRC(data)); !strings.EqualFold(sum, string(tail[:4])) {
		return &Message{Frame: hj212Mask(b[:whole]), Err: fault.New(fault.Invalid, "frame-sum", "the check of the frame is {sent}, its bytes give {found}",
			"sent", clip(strconv.QuoteToASCII(string(tail[:4]))), "found", sum)}, whole
	}
	return s.segment(hj212Parse(data, hj212Mask(b[:whole]))), whole
}

// digits reads decimal digits and nothing else.
func digits(s string) (int, error) {
	if strings.Trim(s, "0123456789") != "" {
		return 0, strconv.ErrSyntax
	}
	return strconv.Atoi(s)
}

// hj212CRC is the check of HJ 212, annex A: each byte is combined with the high byte of the register, shifted down.
func hj212CRC(b []byte) uint16 {
	r := uint16(0xFFFF)
	for _, c := range b {
		r = r>>8 ^ uint16(c)
		for range 8 {
			low := r & 1
			if r >>= 1; low == 1 {
				r ^= 0xA001
			}
		}
	}
	return r
}

// hj212Mask copies a frame with every password in it written as asterisks: before CP to the next semicolon, in CP to the end of it as well.
func hj212Mask(frame []byte) []byte {
	out := bytes.Clone(frame)
	head := bytes.Index(out, []byte("CP=&&"))
	if head < 0 {
		head = len(out)
	}
	for i := 0; ; {
		at := bytes.Index(out[i:], []byte("PW="))
		if at < 0 {
			return out
		}
		for i += at + 3; i < len(out) && out[i] != ';' && i != head && (i < head || !bytes.HasPrefix(out[i:], []byte("&&"))); i++ {
			out[i] = '*'
		}
	}
}

// hj212Parse reads a data segment. Frame is what the message shows of it.
func hj212Parse(data, frame []byte) *hj212Segment {
	head, rest, _ := strings.Cut(string(data), "CP=&&")
	body, _, _ := strings.Cut(rest, "&&")
	s := &hj212Segment{frame: frame, fields: map[string]string{}}
	for pair := range strings.SplitSeq(head, ";") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			s.fields[name] = value
		}
	}
	for part := range strings.SplitSeq(body, ";") {
		var g hj212Group
		for pair := range strings.SplitSeq(part, ",") {
			if name, value, ok := strings.Cut(pair, "="); ok {
				g = append(g, [2]string{name, value})
			}
		}
		if g != nil {
			s.groups = append(s.groups, g)
		}
	}
	return s
}

// flag is Flag as a number: bit 0 asks for an answer, bit 1 says that the message is in packets, the others are the version of the standard.
func (s *hj212Segment) flag() int {
	n, _ := digits(s.fields["Flag"])
	return n
}

// segment makes a message of a data segment; nil while other packets of it are missing.
func (s *hj212Session) segment(d *hj212Segment) *Message {
	if d.flag()&2 == 0 {
		return s.message(d)
	}
	count, errCount := digits(d.fields["PNUM"])
	number, errNumber := digits(d.fields["PNO"])
	if errCount != nil || errNumber != nil || number < 1 || number > count || count > hj212Packets {
		m := s.message(d)
		m.Observations = nil
		if m.Err == nil {
			m.Err = fault.New(fault.Invalid, "packet-number", "packet {number} of {count} is not possible; a message has at most {limit}",
				"number", clip(d.fields["PNO"]), "count", clip(d.fields["PNUM"]), "limit", hj212Packets)
		}
		return m
	}
	p := s.parts(strings.Join([]string{d.fields["MN"], d.fields["QN"], d.fields["CN"], d.fields["PNUM"]}, ";"), count)
	if p.parts[number-1] == nil {
		p.parts[number-1] = d
		p.left--
		p.bytes += len(d.frame)
		s.waiting += len(d.frame)
	}
	if p.left > 0 {
		for s.waiting > hj212Partial { // the oldest is given up: its sender sends it again
			s.drop(s.partial[0])
		}
		return nil
	}
	s.drop(p)
	whole := &hj212Segment{fields: p.parts[0].fields}
	for _, part := range p.parts {
		whole.frame, whole.groups = append(whole.frame, part.frame...), append(whole.groups, part.groups...)
	}
	return s.message(whole)
}

// parts finds the packets of a message, or begins to collect them.
func (s *hj212Session) parts(key string, count int) *hj212Parts {
	if i := slices.IndexFunc(s.partial, func(p *hj212Parts) bool { return p.key == key }); i >= 0 {
		return s.partial[i]
	}
	p := &hj212Parts{key: key, parts: make([]*hj212Segment, count), left: count, bytes: 64 * count}
	s.waiting += p.bytes
	s.partial = append(s.partial, p)
	return p
}

// drop forgets the packets of a message.
func (s *hj212Session) drop(p *hj212Parts) {
	s.partial = slices.DeleteFunc(s.partial, func(q *hj212Parts) bool { return q == p })
	s.waiting -= p.bytes
}

// message says what a data segment means.
func (s *hj212Session) message(d *hj212Segment) *Message {
	m := &Message{Frame: d.frame, Password: d.fields["PW"], Function: d.fields["CN"], Kind: KeepAlive}
	if mn := d.fields["MN"]; mn == "" || len(mn) > 64 || !hj212Word(mn) || len(m.Function) > 16 || !hj212Word(m.Function) {
		m.Function = ""
		m.Err = fault.New(fault.Invalid, "frame-address", "the frame does not say who sent it, or why")
		return m
	}
	m.Address = d.fields["MN"]
	profile, _ := s.profiles(m.Address)
	zone, err := zoneOf(profile)
	if err != nil {
		m.Err = err
		return m
	}
	m.Sent, _ = time.ParseInLocation("20060102150405.000", hj212Moment(d.fields["QN"]), zone)
	switch m.Function {
	case "2011", "2031", "2051", "2061":
		m.Kind = Report
		m.Observations, m.Err = d.observations(profile, zone)
	case "9011", "9012", "9013", "9014":
		m.Kind = Answer
	}
	m.Decoded = d.decoded()
	return m
}

// hj212Word says whether a word can be an address or a function.
func hj212Word(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// hj212Moment sets a point before the milliseconds of QN.
func hj212Moment(qn string) string {
	if len(qn) != 17 {
		return ""
	}
	return qn[:14] + "." + qn[14:]
}

// hj212Means are the factors that have a meaning here as real-time values, with the power of ten that makes their unit ours: w00000 (B01 in the edition of
// 2005) is in L/s, w01010 in degrees Celsius, w21022 (chloride) in mg/L, a01007 (wind speed) in m/s.
var hj212Means = map[string]struct {
	property string
	power    int
}{"w00000": {"discharge", -3}, "B01": {"discharge", -3}, "w01010": {"water_temperature", 0}, "w21022": {"chloride", 0}, "a01007": {"wind_speed", 0}}

// observations are the values of CP.
func (s *hj212Segment) observations(profile Profile, zone *time.Location) ([]Observation, error) {
	at, ok := time.Time{}, false
	for _, g := range s.groups {
		if text := g.get("DataTime"); text != "" && !ok {
			t, err := time.ParseInLocation("20060102150405", text, zone)
			if err != nil {
				return nil, fault.New(fault.Invalid, "frame-time", "the time {time} in the frame is not possible", "time", clip(strconv.QuoteToASCII(text)))
			}
			at, ok = t, true
		}
	}
	if !ok {
		return nil, fault.New(fault.Invalid, "frame-time", "the time {time} in the frame is not possible", "time", "")
	}
	var out []Observation
	for _, g := range s.groups {
		for _, pair := range g {
			factor, item, dashed := strings.Cut(pair[0], "-")
			if !dashed || item == "Flag" || item == "EFlag" || item == "SampleTime" {
				continue
			}
			o := Observation{Element: pair[0], Time: at, Value: number(pair[1])}
			if sampled, err := time.ParseInLocation("20060102150405", g.get(factor+"-SampleTime"), zone); err == nil && item == "Rtd" {
				o.Time = sampled
			}
			normal := cmp.Or(g.get(factor+"-Flag"), "N") == "N"
			means, known := hj212Means[factor]
			given, role, mapped := meaningOf(profile, s.fields["CN"]+":"+pair[0], pair[0])
			switch {
			case !normal:
			case mapped:
				o.Property, o.Role = given, role
			case known && item == "Rtd" && s.fields["CN"] == "2011":
				o.Property = means.property
			}
			if known && means.property == o.Property { // a mean or an extreme is in the unit of its factor too
				o.Value = shifted(o.Value, means.power)
			}
			out = append(out, o)
		}
	}
	return out, nil
}

// get is a value of a group; empty where it has none of that name.
func (g hj212Group) get(name string) string {
	for _, pair := range g {
		if pair[0] == name {
			return pair[1]
		}
	}
	return ""
}

// decoded is the data segment as JSON, without passwords.
func (s *hj212Segment) decoded() json.RawMessage {
	clean := func(from [][2]string) map[string]string {
		out := map[string]string{}
		for _, pair := range from {
			if !strings.HasSuffix(pair[0], "PW") { // as in the frame, whatever stands before it
				out[legible(pair[0])] = legible(string(hj212Mask([]byte(pair[1]))))
			}
		}
		return out
	}
	data := make([]map[string]string, len(s.groups))
	for i, g := range s.groups {
		data[i] = clean(g)
	}
	var head [][2]string
	for _, name := range slices.Sorted(maps.Keys(s.fields)) { // of names that look the same, always the same one is shown
		head = append(head, [2]string{name, s.fields[name]})
	}
	out, _ := json.Marshal(map[string]any{"head": clean(head), "data": data})
	return out
}

// Confirm answers what asks for it, once it is accepted: a notice (CN 1013) by 9013, data by 9014, with the QN that they came with. The standard has no answer
// to data that were not accepted: the station sends them again.
func (s *hj212Session) Confirm(m Message, accepted bool, now time.Time) []byte {
	if !accepted || m.Err != nil || m.Kind == Answer || len(m.Frame) < 12 {
		return nil
	}
	d := hj212Parse(m.Frame[6:], nil)
	if d.flag()&1 == 0 {
		return nil
	}
	answer := "9014"
	if m.Function == "1013" {
		answer = "9013"
	}
	qn := d.fields["QN"]
	if _, err := digits(qn); err != nil || len(qn) != 17 {
		qn = strings.Replace(now.UTC().Add(8*time.Hour).Format("20060102150405.000"), ".", "", 1)
	}
	data := fmt.Sprintf("QN=%s;ST=91;CN=%s;PW=%s;MN=%s;Flag=%d;CP=&&&&", qn, answer, m.Password, m.Address, d.flag()&^3)
	return fmt.Appendf(nil, "##%04d%s%04X\r\n", len(data), data, hj212CRC([]byte(data)))
}
