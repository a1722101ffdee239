package ingest

import (
	"encoding/json"
	"time"

	"basin/twin"
)

// Protocol is a protocol of frames over TCP or UDP. A protocol is one file; it decodes and encodes and knows neither sockets nor the database.
type Protocol interface {
	// Name is what it is registered under: sl651, szy206, hj212.
	Name() string
	// Open begins a session with one peer. Profiles gives what is known of an address, and false for one that is not registered.
	Open(profiles func(address string) (Profile, bool)) Session
}

// Session is the state of one connection: bytes that do not make a frame yet, packets that do not make a message yet. It is bounded whatever comes.
type Session interface {
	// Feed takes bytes as they come and returns the messages that they complete, in their order.
	Feed(b []byte, now time.Time) []Message
	// Confirm is what to send back for a message: with accepted once its readings are committed, without when it was refused. It is nil where nothing is to
	// be sent.
	Confirm(m Message, accepted bool, now time.Time) []byte
}

// Profile is how a field station departs from its protocol's standard, as registered. The zero Profile departs in nothing.
type Profile struct {
	Zone     string            `json:"zone,omitempty"`     // offset of its clock, for instance +08:00, which is the default
	Elements map[string]string `json:"elements,omitempty"` // element and the property, or property and role (level.inner), that it means there
	Quirks   []string          `json:"quirks,omitempty"`   // names of known departures; each protocol lists its own
}

// Message is what one or several frames say.
type Message struct {
	Frame        []byte          // the bytes, passwords masked
	Address      string          // of the sender
	Password     string          // as sent; never kept or logged
	Function     string          // as the protocol writes it
	Kind         Kind            // what is to be done with it
	Serial       int             // number of the message, where it has one
	Sent         time.Time       // when the sender says that it sent it; zero where it does not say
	Observations []Observation   // of all stations in the message
	Decoded      json.RawMessage // what it says, for people
	Err          error           // why it cannot be used; nil where it can
}

// Kind is what a message is for.
type Kind uint8

// The kinds of messages.
const (
	Report    Kind = iota // readings to be stored
	KeepAlive             // the sender is there; nothing is stored
	Test                  // readings that are kept as a frame only
	Answer                // an answer to a query of the centre; its observations are stored like a report's
)

// Observation is one value in a message.
type Observation struct {
	Address  string       // of the station, where a message speaks of several; empty for the sender
	Element  string       // as the protocol writes it
	Property string       // of twin.property; empty where the element has no meaning here
	Role     string       // inner, outer, upper, lower; empty for none
	Number   int          // of the gate or unit; 0 for the whole
	Time     time.Time    // of the phenomenon
	Value    twin.Decimal // in the unit of the property; empty where the sender says that it is missing
}
