package ingest

import (
	"encoding/json"
	"slices"
	"time"

	"basin/twin"
)

// Frame is a frame that came, with what became of it. Table ingest.frame.
type Frame struct {
	ID       int64           `json:"id"`
	Received time.Time       `json:"received"`
	Protocol string          `json:"protocol"`
	Channel  string          `json:"channel"` // tcp, udp, mqtt
	Peer     string          `json:"peer"`    // network address of the sender
	Address  string          `json:"address"`
	Thing    string          `json:"thing,omitempty"` // id of the station or work; empty for none
	Function string          `json:"function"`
	Bytes    string          `json:"bytes"` // in hexadecimal, passwords masked
	Decoded  json.RawMessage `json:"decoded,omitempty"`
	Verdict  string          `json:"verdict"` // accepted, refused, pending, keep-alive, test
	Reason   string          `json:"reason,omitempty"`
	Readings int             `json:"readings"`

	SpokenFor []string `db:"-" json:"-"` // addresses of other field stations that it speaks for, whatever became of that
	Held      held     `db:"-" json:"-"` // readings that it brought and that are stored
}

// held are readings by the code of their datastream, as times in seconds since 1970.
type held map[string][]int64

// maxSpokenFor is how many addresses are noted that a frame speaks for. One that speaks for more is noted as speaking for a stranger.
const maxSpokenFor = 100

// speaksFor notes the addresses of other field stations that a message speaks for.
func (f *Frame) speaksFor(m Message) {
	for _, o := range m.Observations {
		address := plainText(o.Address, maxAddress)
		if address == "" || address == f.Address || slices.Contains(f.SpokenFor, address) {
			continue
		}
		if len(f.SpokenFor) >= maxSpokenFor {
			f.SpokenFor = append(f.SpokenFor[:maxSpokenFor], "…") // no address of a field station
			return
		}
		f.SpokenFor = append(f.SpokenFor, address)
	}
}

// holds notes the readings that a frame brought, those that were rejected left out.
func (f *Frame) holds(readings []twin.Reading, rejected []twin.Rejection) {
	f.Held = held{}
	without := map[int]bool{}
	for _, r := range rejected {
		without[r.Index] = true
	}
	for i, r := range readings {
		if !without[i] {
			f.Held[r.Datastream] = append(f.Held[r.Datastream], r.Time.Unix())
		}
	}
}

// notes are SpokenFor and Held as JSON, nil for none of either.
func (f *Frame) notes() (spokenFor, held *string) {
	text := func(v any, n int) *string {
		if n == 0 {
			return nil
		}
		b, _ := json.Marshal(v)
		s := string(b)
		return &s
	}
	return text(f.SpokenFor, len(f.SpokenFor)), text(f.Held, len(f.Held))
}

// conceal leaves out of a frame what was made of it here, in which the register and the stations of others would show: whether another's station is
// registered, in use and opens with a password. What the frame says itself stays, for its sender said it.
func (f *Frame) conceal() {
	f.Reason, f.Readings = "", 0
	var told map[string]json.RawMessage
	if json.Unmarshal(f.Decoded, &told) != nil {
		return
	}
	delete(told, "skipped")
	f.Decoded = nil
	if len(told) > 0 {
		f.Decoded, _ = json.Marshal(told) // in one form, whether something was left out or not
	}
}
