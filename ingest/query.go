package ingest

import (
	"context"
	"strconv"
	"time"

	"basin/fault"
)

// Asker is a protocol that can ask a field station for its readings. The answer comes as a message of the kind Answer.
type Asker interface {
	// Ask is the frame that asks for what its present readings are.
	Ask(address string, profile Profile, q Question, now time.Time) ([]byte, error)
}

// Question is what a field station must be told to answer.
type Question struct {
	Password string `json:"password,omitempty"` // as registered, where the protocol sends it; it is not kept, so whoever asks must know it
	Centre   int    `json:"centre,omitempty"`   // address of this centre, where the protocol has one; 0 means 1
}

// Query asks a field station for its present readings, over the line that it has open.
func (l *Listener) Query(ctx context.Context, protocol, address string, q Question) error {
	r, err := l.desk.find(ctx, protocol, address)
	if err != nil {
		return err
	}
	if r == nil || r.disabled {
		return errUnknownRTU(protocol, address)
	}
	if q.Centre < 0 || q.Centre > 255 {
		return badField("centre", strconv.Itoa(q.Centre))
	}
	if !r.opens(q.Password) {
		return fault.New(fault.Invalid, "wrong-password", "the password is not the one that the field station {address} is registered with", "address", clip(address))
	}
	asker, ok := l.protocols[protocol].(Asker)
	if !ok {
		return fault.New(fault.Conflict, "cannot-ask", "field stations of {protocol} cannot be asked by this server", "protocol", clip(protocol))
	}
	frame, err := asker.Ask(address, r.profile, q, time.Now())
	if err != nil {
		return err
	}
	return l.Send(ctx, protocol, address, frame)
}
