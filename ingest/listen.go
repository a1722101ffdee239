package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"basin/fault"
)

// Door is a socket on which a protocol is spoken.
type Door struct {
	Protocol string
	Network  string // tcp or udp
	Address  string // HOST:PORT
}

// ParseDoor reads PROTOCOL[/tcp|/udp]=[HOST]:PORT, for instance sl651=:5020.
func ParseDoor(text string) (Door, error) {
	name, address, ok := strings.Cut(strings.TrimSpace(text), "=")
	protocol, network, given := strings.Cut(name, "/")
	if !given {
		network = "tcp"
	}
	if _, _, err := net.SplitHostPort(address); !ok || err != nil || protocol == "" || (network != "tcp" && network != "udp") {
		return Door{}, fault.New(fault.Invalid, "bad-door", "{door} is not of the form PROTOCOL=HOST:PORT or PROTOCOL/udp=HOST:PORT", "door", clip(text))
	}
	return Door{protocol, network, address}, nil
}

// Limits bound what senders can take of the server.
type Limits struct {
	Lines   int           // connections at the same time, and peers over UDP
	PerPeer int           // connections of one network address; many stations share that of their operator
	First   time.Duration // within which the first bytes must come
	Idle    time.Duration // within which a message must be complete
	Write   time.Duration // within which the other side must take what is sent
	Rate    int           // bytes per second; what comes faster waits, or over UDP is dropped
	Burst   int           // bytes that may come at once
}

// DefaultLimits are the limits where nobody asks for others.
func DefaultLimits() Limits {
	return Limits{Lines: 4000, PerPeer: 1000, First: time.Minute, Idle: 10 * time.Minute, Write: 10 * time.Second, Rate: 16 << 10, Burst: 256 << 10}
}

// takeTime is how long a message may take to be stored.
const takeTime = 30 * time.Second

// Listener serves protocols over TCP and UDP.
type Listener struct {
	desk      *Desk
	log       *slog.Logger
	limits    Limits
	protocols map[string]Protocol
	lines     lines
	streams   []openStream
	packets   []openPacket
}

// openStream and openPacket are sockets that are bound.
type (
	openStream struct {
		net.Listener
		protocol Protocol
	}
	openPacket struct {
		net.PacketConn
		protocol Protocol
	}
)

// NewListener makes a Listener of those protocols, without any socket.
func NewListener(desk *Desk, log *slog.Logger, limits Limits, protocols ...Protocol) *Listener {
	l := &Listener{desk: desk, log: log, limits: limits, protocols: map[string]Protocol{}, lines: newLines()}
	for _, p := range protocols {
		l.protocols[p.Name()] = p
	}
	return l
}

// Open binds a socket, which is served once Run runs, and says where it is.
func (l *Listener) Open(ctx context.Context, d Door) (net.Addr, error) {
	p, known := l.protocols[d.Protocol]
	if !known {
		var names []string
		for name := range l.protocols {
			names = append(names, name)
		}
		slices.Sort(names)
		return nil, fault.New(fault.Invalid, "unknown-protocol", "there is no protocol {protocol}; there are: {known}", "protocol", clip(d.Protocol),
			"known", strings.Join(names, ", "))
	}
	var c net.ListenConfig
	if d.Network == "udp" {
		s, err := c.ListenPacket(ctx, "udp", d.Address)
		if err != nil {
			return nil, fmt.Errorf("cannot listen for %s: %w", d.Protocol, err)
		}
		l.packets = append(l.packets, openPacket{s, p})
		return s.LocalAddr(), nil
	}
	s, err := c.Listen(ctx, "tcp", d.Address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen for %s: %w", d.Protocol, err)
	}
	l.streams = append(l.streams, openStream{s, p})
	return s.Addr(), nil
}

// Close closes the sockets where Run is never to run.
func (l *Listener) Close() {
	for _, s := range l.streams {
		_ = s.Close()
	}
	for _, s := range l.packets {
		_ = s.Close()
	}
}

// Run serves the sockets until ctx ends, then closes them and every connection.
func (l *Listener) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for _, s := range l.streams {
		all.Go(func() { l.accept(ctx, s, &all) })
	}
	for _, s := range l.packets {
		all.Go(func() { l.receive(ctx, s, &all) })
	}
	<-ctx.Done()
	l.Close()
	l.lines.closeAll()
	all.Wait()
	return nil
}

// accept takes connections. A socket that fails for a moment, for want of file descriptors for instance, is tried again.
func (l *Listener) accept(ctx context.Context, s openStream, all *sync.WaitGroup) {
	for {
		conn, err := s.Accept()
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return
			}
			l.log.Warn("a connection could not be taken", "protocol", s.protocol.Name(), "error", err)
			select {
			case <-ctx.Done():
				return
			case <-time.After(100 * time.Millisecond):
			}
			continue
		}
		n := l.newLine(s.protocol, "tcp", conn.RemoteAddr().String(), func(b []byte) error {
			if err := conn.SetWriteDeadline(time.Now().Add(l.limits.Write)); err != nil {
				return err
			}
			_, err := conn.Write(b)
			return err
		}, func() { _ = conn.Close() })
		if !l.lines.open(ctx, n, l.limits) {
			_ = conn.Close()
			continue
		}
		all.Go(func() {
			defer l.lines.shut(n)
			l.converse(ctx, n, conn)
		})
	}
}

// converse reads a connection to its end.
func (l *Listener) converse(ctx context.Context, n *line, conn net.Conn) {
	buffer := make([]byte, 4<<10)
	deadline := time.Now().Add(l.limits.First)
	opened, heard := time.Now(), false
	for ctx.Err() == nil {
		if conn.SetReadDeadline(deadline) != nil {
			return
		}
		size, err := conn.Read(buffer)
		if size > 0 {
			if !heard {
				heard, deadline = true, opened.Add(l.limits.Idle)
			}
			if n.take(ctx, buffer[:size]) > 0 {
				deadline = time.Now().Add(l.limits.Idle)
			}
			if n.broken() {
				return
			}
		}
		if err != nil {
			return
		}
		if wait := n.meter.wait(size, time.Now()); wait > 0 {
			select {
			case <-ctx.Done():
			case <-time.After(wait):
			}
		}
	}
}

// meter is a bucket of bytes that fills at a rate.
type meter struct {
	rate, burst float64
	level       float64 // bytes that were taken and have not drained yet
	at          time.Time
}

// wait counts bytes that came and says how long to take no more.
func (m *meter) wait(bytes int, now time.Time) time.Duration {
	if m.rate <= 0 {
		return 0
	}
	m.level = max(0, m.level-now.Sub(m.at).Seconds()*m.rate) + float64(bytes)
	m.at = now
	return time.Duration(max(0, m.level-m.burst) / m.rate * float64(time.Second))
}
