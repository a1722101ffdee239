package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"time"

	"basin/ingest"
)

// rtuLine is one connection of simulated field stations. It is dialled when there is something to send and dialled again when it broke.
type rtuLine struct {
	cmd     *RtuCmd
	network string
	conn    net.Conn
	buf     []byte

	sent, confirmed, resent, unconfirmed int
	took                                 []time.Duration
	err                                  error // the last that a report was not confirmed for
}

// run sends the reports of every station of this line, when they are due, until they are done or ctx is.
func (l *rtuLine) run(ctx context.Context, number int, stations []string, start time.Time, frames func(string, int) ([][]byte, error)) {
	defer l.goodbye()
	for n := 0; l.cmd.Count == 0 || n < l.cmd.Count; n++ {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Until(l.cmd.due(start, n))):
		}
		for i := number; i < len(stations); i += max(1, min(l.cmd.Connections, len(stations))) {
			if ctx.Err() != nil {
				return
			}
			packets, err := frames(stations[i], n)
			if err != nil {
				l.err, l.unconfirmed = err, l.unconfirmed+1
				continue
			}
			l.report(ctx, packets)
		}
	}
}

// report sends a report until it is confirmed, three times at most (clause 6.3.2.3). In mode M1 it is sent once.
func (l *rtuLine) report(ctx context.Context, packets [][]byte) {
	begun := time.Now()
	l.sent++
	for try := range 3 {
		if try > 0 {
			l.resent++
		}
		err := l.write(ctx, packets)
		if err == nil {
			if l.cmd.Mode == "m1" {
				return
			}
			err = l.confirmation(ctx, packets)
		}
		if err == nil {
			l.confirmed, l.took = l.confirmed+1, append(l.took, time.Since(begun))
			return
		}
		l.err = err
		if ctx.Err() != nil {
			break
		}
	}
	l.unconfirmed++
}

// write sends packets, dialling first where there is no line.
func (l *rtuLine) write(ctx context.Context, packets [][]byte) error {
	if l.conn == nil {
		var d net.Dialer
		d.Timeout = l.cmd.Wait
		conn, err := d.DialContext(ctx, l.network, l.cmd.To)
		if err != nil {
			pause(ctx, min(time.Second, l.cmd.Wait))
			return fmt.Errorf("the centre does not answer: %w", err)
		}
		l.conn, l.buf = conn, nil
	}
	for _, b := range bytesOf(packets, l.network == "udp") {
		if _, err := l.conn.Write(b); err != nil {
			l.hangUp()
			return fmt.Errorf("the line broke: %w", err)
		}
	}
	return nil
}

// confirmation waits for the confirmation of a report and sends single packets again that the centre asks for, twice each at most.
func (l *rtuLine) confirmation(ctx context.Context, packets [][]byte) error {
	mine, _ := ingest.NextSL651(packets[0])
	until, asked := time.Now().Add(l.cmd.Wait), map[int]int{}
	chunk := make([]byte, 2048)
	for {
		f, n := ingest.NextSL651(l.buf)
		switch {
		case n == 0:
			if err := l.conn.SetReadDeadline(until); err != nil {
				l.hangUp()
				return fmt.Errorf("the line broke: %w", err)
			}
			got, err := l.conn.Read(chunk)
			l.buf = append(l.buf, chunk[:got]...)
			if late, ok := err.(net.Error); err != nil && got == 0 { //nolint:errorlint // net returns it as it is
				if !ok || !late.Timeout() {
					l.hangUp()
				}
				return fmt.Errorf("no confirmation came: %w", err)
			}
			continue
		case f.End == 0x15 && f.Index >= 1 && f.Total == len(packets) && f.Down && f.Address == mine.Address && f.Function == mine.Function:
			if asked[f.Index]++; asked[f.Index] <= 2 {
				l.resent++
				if err := l.write(ctx, packets[f.Index-1:f.Index]); err != nil {
					return err
				}
			}
		case (f.End == 0x04 || f.End == 0x1B) && answers(f, mine):
			l.buf = bytes.Clone(l.buf[n:])
			return nil
		}
		l.buf = l.buf[n:]
	}
}

// answers says whether a frame of the centre answers mine: same station, function and serial number.
func answers(f, mine ingest.SL651Frame) bool {
	return f.Down && f.Address == mine.Address && f.Function == mine.Function && len(f.Body) >= 2 && bytes.Equal(f.Body[:2], mine.Body[:2])
}

// goodbye hangs up once the centre has read everything, or after a second: a line that is closed with something unread takes with it what was sent.
func (l *rtuLine) goodbye() {
	if c, ok := l.conn.(*net.TCPConn); ok && c.CloseWrite() == nil && c.SetReadDeadline(time.Now().Add(time.Second)) == nil {
		_, _ = io.Copy(io.Discard, c)
	}
	l.hangUp()
}

func (l *rtuLine) hangUp() {
	if l.conn != nil {
		_ = l.conn.Close()
		l.conn = nil
	}
}

// pause waits unless ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
