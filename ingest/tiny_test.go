package ingest_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"basin/ingest"
	"basin/twin"
)

// tiny is a protocol for tests: JSON after its length in four bytes. It says whether a message was confirmed as JSON in the same form.
type tiny struct{}

// said is what a tiny frame says.
type said struct {
	Address  string     `json:"address"`
	Password string     `json:"password,omitempty"`
	Kind     string     `json:"kind,omitempty"` // alive, test, answer, broken, panic
	Serial   int        `json:"serial,omitempty"`
	Sent     time.Time  `json:"sent,omitzero"`
	Values   []observed `json:"values,omitempty"`
}

// observed is a value in a tiny frame.
type observed struct {
	Address  string    `json:"address,omitempty"`
	Property string    `json:"property"`
	Role     string    `json:"role,omitempty"`
	Number   int       `json:"number,omitempty"`
	Time     time.Time `json:"time"`
	Value    string    `json:"value"`
}

// told is what the centre answers.
type told struct {
	Serial   int    `json:"serial"`
	Accepted bool   `json:"accepted"`
	Asked    string `json:"asked,omitempty"`
}

func (tiny) Name() string { return "tiny" }

func (tiny) Open(profiles func(string) (ingest.Profile, bool)) ingest.Session {
	return &tinySession{profiles: profiles}
}

// Ask makes tiny an ingest.Asker.
func (tiny) Ask(address string, _ ingest.Profile, _ time.Time) ([]byte, error) {
	return packed(told{Asked: address}), nil
}

// packed is v as a tiny frame.
func packed(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...)
}

// maxTiny is the greatest length of a tiny frame.
const maxTiny = 1 << 16

type tinySession struct {
	profiles func(string) (ingest.Profile, bool)
	held     []byte
}

func (s *tinySession) Feed(b []byte, _ time.Time) []ingest.Message {
	s.held = append(s.held, b...)
	var out []ingest.Message
	for len(s.held) >= 4 {
		size := int(binary.BigEndian.Uint32(s.held))
		if size > maxTiny {
			s.held = nil
			return append(out, ingest.Message{Err: errors.New("the frame is too long")})
		}
		if len(s.held) < 4+size {
			break
		}
		out = append(out, s.decode(s.held[4:4+size]))
		s.held = append([]byte(nil), s.held[4+size:]...)
	}
	return out
}

func (s *tinySession) decode(text []byte) ingest.Message {
	var f said
	if err := json.Unmarshal(text, &f); err != nil {
		return ingest.Message{Frame: text, Err: fmt.Errorf("not a frame: %w", err)}
	}
	if f.Kind == "panic" {
		panic("a fault of the protocol")
	}
	m := ingest.Message{Address: f.Address, Password: f.Password, Function: f.Kind, Serial: f.Serial, Sent: f.Sent}
	masked := f
	if f.Password != "" {
		masked.Password = "****"
	}
	m.Frame, _ = json.Marshal(masked)
	m.Decoded = json.RawMessage(fmt.Sprintf(`{"serial":%d}`, f.Serial))
	m.Kind = map[string]ingest.Kind{"alive": ingest.KeepAlive, "test": ingest.Test, "answer": ingest.Answer}[f.Kind]
	if f.Kind == "broken" {
		m.Err = errors.New("the checksum is wrong")
	}
	profile, _ := s.profiles(f.Address)
	for _, o := range f.Values {
		property, role := o.Property, o.Role
		if meant, ok := profile.Elements[property]; ok {
			property = meant
		}
		m.Observations = append(m.Observations, ingest.Observation{Address: o.Address, Element: o.Property, Property: property, Role: role, Number: o.Number,
			Time: o.Time, Value: twin.Decimal(o.Value)})
	}
	return m
}

func (s *tinySession) Confirm(m ingest.Message, accepted bool, _ time.Time) []byte {
	if m.Kind == ingest.KeepAlive {
		return nil
	}
	return packed(told{Serial: m.Serial, Accepted: accepted})
}
