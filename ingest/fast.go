package ingest

import (
	"bytes"

	"basin/twin"
)

// plainReading reads a reading that is written as programs write them: the known names once each, texts without escapes. What is written in any other way
// is for the decoder of JSON to read or to refuse.
func plainReading(raw []byte) (out twin.Reading, ok bool) {
	s := scanner{raw}
	if !s.take('{') {
		return out, false
	}
	var seen [4]bool
	for {
		name, ok := s.text()
		if !ok || !s.take(':') {
			return out, false
		}
		place := member(name)
		if place < 0 || seen[place] {
			return out, false
		}
		seen[place] = true
		if place == value {
			number := s.number()
			if number == "" {
				return out, false
			}
			out.Value = twin.Decimal(number)
		} else if !s.field(place, &out) {
			return out, false
		}
		if s.take(',') {
			continue
		}
		return out, s.take('}') && len(s.rest) == 0 && seen[stream] && seen[at] && seen[value]
	}
}

// The members of a reading.
const (
	stream = iota
	at
	value
	issued
)

// member is the place of a name; below zero for one that is not known.
func member(name []byte) int {
	switch string(name) {
	case "datastream":
		return stream
	case "time":
		return at
	case "value":
		return value
	case "issued":
		return issued
	}
	return -1
}

// scanner reads JSON without escapes.
type scanner struct{ rest []byte }

// take reads one byte and the white space around it, if it is next.
func (s *scanner) take(b byte) bool {
	s.skip()
	if len(s.rest) == 0 || s.rest[0] != b {
		return false
	}
	s.rest = s.rest[1:]
	s.skip()
	return true
}

func (s *scanner) skip() {
	for len(s.rest) > 0 && (s.rest[0] == ' ' || s.rest[0] == '\n' || s.rest[0] == '\t' || s.rest[0] == '\r') {
		s.rest = s.rest[1:]
	}
}

// text reads a text of printable ASCII without escapes.
func (s *scanner) text() ([]byte, bool) {
	s.skip()
	if len(s.rest) == 0 || s.rest[0] != '"' {
		return nil, false
	}
	end := bytes.IndexByte(s.rest[1:], '"')
	if end < 0 {
		return nil, false
	}
	text := s.rest[1 : 1+end]
	for _, c := range text {
		if c < ' ' || c > '~' || c == '\\' {
			return nil, false
		}
	}
	s.rest = s.rest[end+2:]
	return text, true
}

// number reads a number as JSON has them, without an exponent; empty where there is none.
func (s *scanner) number() string {
	i := 0
	digits := func() int {
		from := i
		for i < len(s.rest) && s.rest[i] >= '0' && s.rest[i] <= '9' {
			i++
		}
		return i - from
	}
	if i < len(s.rest) && s.rest[i] == '-' {
		i++
	}
	first := i
	if n := digits(); n == 0 || (n > 1 && s.rest[first] == '0') {
		return ""
	}
	if i < len(s.rest) && s.rest[i] == '.' {
		i++
		if digits() == 0 {
			return ""
		}
	}
	if i < len(s.rest) && s.rest[i] != ',' && s.rest[i] != '}' && s.rest[i] != ' ' {
		return ""
	}
	number := string(s.rest[:i])
	s.rest = s.rest[i:]
	return number
}

// field reads a text into the member of that place.
func (s *scanner) field(place int, out *twin.Reading) bool {
	text, ok := s.text()
	if !ok || len(text) == 0 {
		return false
	}
	if place == stream {
		out.Datastream = string(text)
		return true
	}
	t, err := instant("time", string(text))
	if err != nil {
		return false
	}
	if place == at {
		out.Time = t
	} else {
		out.Issued = t
	}
	return true
}
