package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"strings"
	"time"

	"basin/fault"
	"basin/ingest"
)

// relayFrames relays by frames of SL 651.
type relayFrames struct {
	cmd    *RelayRunCmd
	line   *rtuLine
	serial int
}

func (c *RelayRunCmd) outletSL651() (outlet, error) {
	if b, err := hex.DecodeString(c.Password); err != nil || len(b) != 2 {
		return nil, wrongUse("--password is not two bytes in hexadecimal")
	}
	return &relayFrames{cmd: c, serial: int(time.Now().Unix() % 65535), line: &rtuLine{cmd: &RtuCmd{To: c.To, Wait: c.Wait}, network: "tcp"}}, nil
}

func (r *relayFrames) ready(context.Context) error { return nil }

func (r *relayFrames) to() string { return r.cmd.To }

func (r *relayFrames) close() { r.line.goodbye() }

func (r *relayFrames) lost(err error) bool {
	f := fault.Of(err)
	return f != nil && f.Code == "centre-away"
}

// together sends nothing: each frame is of one station.
func (r *relayFrames) together(context.Context, []ingest.RelayStation, map[string][]ingest.RelayReading) (map[string]sent, bool, error) {
	return nil, false, nil
}

// send sends frames, each after the one before it was confirmed, and counts the readings in them.
func (r *relayFrames) send(ctx context.Context, s ingest.RelayStation, readings []ingest.RelayReading) (sent, error) {
	frames, passed, why := ingest.RelayFrames(s, readings)
	done := sent{passed: passed, why: why}
	for _, f := range frames {
		r.serial = r.serial%65535 + 1
		m := f.Message
		m.Serial, m.Centre, m.Password = r.serial, r.cmd.Number, strings.ToUpper(r.cmd.Password)
		if m.Sent.IsZero() {
			m.Sent = time.Now().In(m.Items[1].Time.Location())
		}
		b, err := ingest.EncodeSL651(m)
		if err != nil {
			return done, err
		}
		if err := r.report(ctx, [][]byte{b}); err != nil {
			return done, err
		}
		done.confirmed += f.Readings
	}
	return done, nil
}

// report sends a frame and waits for its confirmation. Where the line breaks meanwhile it is dialled anew, twice.
func (r *relayFrames) report(ctx context.Context, packets [][]byte) error {
	var last error
	for range 3 {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		dialled := r.line.conn == nil
		err := r.line.write(ctx, packets)
		if err == nil {
			err = r.line.confirmation(ctx, packets)
		} else if dialled {
			return fault.New(fault.Unavailable, "centre-away", "the centre at {address} does not answer", "address", r.cmd.To).Because(err)
		}
		if err == nil || r.line.conn != nil {
			return err
		}
		last = cmp.Or(err, last)
	}
	return last
}
