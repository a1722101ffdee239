package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"basin/access"
	"basin/fault"
	"basin/postgis"
	"basin/twin"
)

// Reply is what the sender of a message may be told.
type Reply uint8

// The replies.
const (
	Silence Reply = iota // nothing: it may send the message again
	Accept               // what it sent is committed, or nothing was to be
	Refuse               // it was refused: sending it again cannot help
)

// Origin is the way that a message came by.
type Origin struct {
	Protocol string
	Channel  string // tcp, udp, mqtt
	Peer     string // network address of the sender
}

// Desk takes the messages of field stations: it knows who is registered, stores their readings and keeps their frames.
type Desk struct {
	*Register
	writer *twin.Writer
	log    *slog.Logger
	frames *frameLog
	days   int

	strangers, refusals perSecond // of frames that anybody can send
	counts              counter
}

// FrameDays is for how many days frames are kept unless something else is asked for.
const FrameDays = 30

// NewDesk makes a Desk that keeps frames for so many days, FrameDays for 0. It logs frames only while Run runs.
func NewDesk(db *postgis.DB, w *twin.Writer, log *slog.Logger, days int) *Desk {
	if days <= 0 {
		days = FrameDays
	}
	return &Desk{Register: NewRegister(db), writer: w, log: log, frames: newFrameLog(db, log), days: days,
		strangers: perSecond{limit: 20}, refusals: perSecond{limit: 200}}
}

// Run writes frames, and hourly deletes the old ones, until ctx ends.
func (d *Desk) Run(ctx context.Context) error {
	var prune sync.WaitGroup
	prune.Go(func() {
		hour := time.NewTicker(time.Hour)
		defer hour.Stop()
		for {
			if _, err := Prune(ctx, d.db, time.Now().AddDate(0, 0, -d.days)); err != nil && ctx.Err() == nil {
				d.log.Warn("old frames could not be deleted; tried again in an hour", "error", err)
			}
			select {
			case <-ctx.Done():
				return
			case <-hour.C:
			}
		}
	})
	d.frames.run(ctx)
	prune.Wait()
	return nil
}

// Verdicts as ingest.frame has them.
const (
	accepted  = "accepted"
	refused   = "refused"
	pending   = "pending"
	keepAlive = "keep-alive"
	test      = "test"
)

// Take does with a message what is to be done. It returns Accept only once the readings of the message are committed.
func (d *Desk) Take(ctx context.Context, from Origin, m Message) Reply {
	f := Frame{Received: time.Now(), Protocol: from.Protocol, Channel: from.Channel, Peer: from.Peer, Address: plainText(m.Address, maxAddress),
		Function: plainText(m.Function, 64)}
	sender, err := d.find(ctx, from.Protocol, m.Address)
	if err != nil {
		d.log.Warn("a message cannot be taken: its sender will send it again", "protocol", from.Protocol, "address", f.Address, "error", err)
		d.counts.frame(f)
		return Silence
	}
	if sender != nil {
		f.Thing = sender.thing
	}
	f.speaksFor(m)
	reply, skipped := d.judge(ctx, sender, m, &f)
	d.counts.frame(f)
	if f.Verdict == "" { // the database is away: there is nothing to tell, and nowhere to write it
		return Silence
	}
	if (sender == nil && !d.strangers.admit(f.Received)) || (sender != nil && f.Verdict == refused && !d.refusals.admit(f.Received)) {
		d.counts.flooded()
		return reply
	}
	if f.Verdict == pending {
		if err := d.wait(ctx, f.Protocol, f.Address, f.Peer); err != nil {
			d.log.Warn("an address that is not registered could not be noted", "protocol", f.Protocol, "address", f.Address, "error", err)
		}
	}
	f.Decoded, f.Reason = decodedWith(m.Decoded, skipped), plainText(f.Reason, maxReason)
	d.frames.write(ctx, f, m.Frame)
	return reply
}

// judge fills in the verdict of a frame, none where the database is away, and says which observations were left out.
func (d *Desk) judge(ctx context.Context, sender *rtu, m Message, f *Frame) (Reply, []skip) {
	refuse := func(reason string) (Reply, []skip) {
		f.Verdict, f.Reason = refused, reason
		if sender == nil { // whoever is not registered is told nothing
			return Silence, nil
		}
		return Refuse, nil
	}
	switch {
	case m.Err != nil:
		return refuse(m.Err.Error())
	case sender == nil:
		f.Verdict, f.Reason = pending, "the address is not registered"
		return Silence, nil
	case sender.disabled:
		return refuse("the field station is disabled")
	case !sender.opens(m.Password):
		return refuse("the password is wrong")
	case m.Kind == KeepAlive:
		f.Verdict = keepAlive
		return Accept, nil
	case m.Kind == Test:
		f.Verdict, f.Readings = test, len(m.Observations)
		return Accept, nil
	}
	b, err := d.bind(ctx, sender, m, f.Protocol)
	if err == nil {
		f.Readings = len(b.readings)
		err = d.append(ctx, sender, b, f)
	}
	switch {
	case err == nil:
		f.Verdict = accepted
		return Accept, b.skipped
	case fault.KindOf(err) == fault.Invalid:
		return refuse(err.Error())
	}
	d.log.Warn("a message could not be stored: its sender will send it again", "protocol", f.Protocol, "address", f.Address, "error", err)
	return Silence, nil
}

// Limits of what is told of a frame.
const (
	maxReason   = 2000
	maxRejected = 10
)

// append stores the readings of a message on behalf of its sender.
func (d *Desk) append(ctx context.Context, sender *rtu, b bound, f *Frame) error {
	if len(b.readings) == 0 {
		return nil
	}
	by := access.Principal{ID: "rtu:" + sender.protocol + ":" + sender.address, Role: access.Gateway, Stations: b.stations}
	result, err := d.writer.Append(ctx, by, b.readings)
	if err != nil {
		return err
	}
	f.holds(b.readings, result.Rejected)
	var why []string
	for i, r := range result.Rejected {
		if i == maxRejected {
			why = append(why, fmt.Sprintf("and %d more", len(result.Rejected)-i))
			break
		}
		why = append(why, r.Reason)
	}
	f.Reason = strings.Join(why, "; ")
	return nil
}

// skip is an observation that does not become a reading, and why.
type skip struct {
	Element  string `json:"element"`
	Property string `json:"property,omitempty"`
	Address  string `json:"address,omitempty"`
	Time     string `json:"time,omitempty"`
	Reason   string `json:"reason"`
}

// maxSkipped is how many skipped observations of a message are told of.
const maxSkipped = 200

// decodedWith is what a message says together with what was left out of it. What is no JSON is left out.
func decodedWith(decoded json.RawMessage, skipped []skip) json.RawMessage {
	if len(skipped) == 0 && plainJSON(decoded) {
		return decoded
	}
	var v any
	if len(decoded) > 0 && json.Unmarshal(decoded, &v) != nil {
		v = nil
	}
	if v == nil && len(skipped) == 0 {
		return nil
	}
	if len(skipped) > 0 {
		object, ok := v.(map[string]any)
		if !ok {
			object = map[string]any{}
			if v != nil {
				object["message"] = v
			}
		}
		object["skipped"] = skipped[:min(len(skipped), maxSkipped)]
		v = object
	}
	out, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return json.RawMessage(strings.ReplaceAll(string(out), `\u0000`, `\ufffd`))
}

// plainJSON says whether JSON is an object that the database takes as it is: its escapes may say what jsonb cannot hold.
func plainJSON(b []byte) bool {
	return len(b) > 0 && b[0] == '{' && !bytes.Contains(b, []byte(`\u`)) && utf8.Valid(b) && json.Valid(b)
}

// perSecond bounds how many frames are written per second where anybody can send them.
type perSecond struct {
	limit  int
	mu     sync.Mutex
	second int64
	count  int
}

// admit says whether one more may be written.
func (s *perSecond) admit(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Unix() != s.second {
		s.second, s.count = now.Unix(), 0
	}
	s.count++
	return s.count <= s.limit
}

// bound are the readings of a message, whose stations they are, and the observations that are none.
type bound struct {
	readings []twin.Reading
	stations []string
	skipped  []skip
}

// add notes that the message speaks for a station.
func (b *bound) add(code string) {
	if !slices.Contains(b.stations, code) {
		b.stations = append(b.stations, code)
	}
}
