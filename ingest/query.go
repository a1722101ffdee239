package ingest

import (
	"context"
	"time"

	"basin/fault"
)

// Asker is a protocol that can ask a field station for its readings. The answer comes as a message of the kind Answer.
type Asker interface {
	// Ask is the frame that asks for what its present readings are.
	Ask(address string, profile Profile, now time.Time) ([]byte, error)
}

// Query asks a field station for its present readings, over the line that it has open.
func (l *Listener) Query(ctx context.Context, protocol, address string) error {
	r, err := l.desk.find(ctx, protocol, address)
	if err != nil {
		return err
	}
	if r == nil || r.disabled {
		return fault.New(fault.NotFound, "unknown-rtu", "no field station {address} is registered for {protocol}", "address", clip(address), "protocol", clip(protocol))
	}
	asker, ok := l.protocols[protocol].(Asker)
	if !ok {
		return fault.New(fault.Conflict, "cannot-ask", "field stations of {protocol} cannot be asked by this server", "protocol", clip(protocol))
	}
	frame, err := asker.Ask(address, r.profile, time.Now())
	if err != nil {
		return err
	}
	return l.Send(ctx, protocol, address, frame)
}
