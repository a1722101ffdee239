package ingest

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// maxDatagrams is how many datagrams of one peer wait; more are dropped, as a network does.
const maxDatagrams = 16

// peers are the peers of one UDP socket. A peer has a session and a goroutine while it is heard of.
type peers struct {
	mu    sync.Mutex
	known map[string]chan []byte
}

// receive takes datagrams and hands each to its peer.
func (l *Listener) receive(ctx context.Context, s openPacket, all *sync.WaitGroup) {
	p := &peers{known: map[string]chan []byte{}}
	buffer := make([]byte, 64<<10)
	for {
		size, from, err := s.ReadFrom(buffer)
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return
			}
			continue // one datagram that could not be delivered
		}
		datagram := append([]byte(nil), buffer[:size]...)
		p.mu.Lock()
		inbox := p.known[from.String()]
		if inbox == nil {
			if inbox = l.meet(ctx, s, p, from, all); inbox == nil {
				p.mu.Unlock()
				continue
			}
		}
		select {
		case inbox <- datagram:
		default:
		}
		p.mu.Unlock()
	}
}

// meet begins a session with a peer, unless there are too many. The caller holds p.mu.
func (l *Listener) meet(ctx context.Context, s openPacket, p *peers, from net.Addr, all *sync.WaitGroup) chan []byte {
	n := l.newLine(s.protocol, "udp", from.String(), func(b []byte) error {
		_, err := s.WriteTo(b, from)
		return err
	}, func() {})
	if !l.lines.open(ctx, n, l.limits) {
		return nil
	}
	inbox := make(chan []byte, maxDatagrams)
	p.known[from.String()] = inbox
	all.Go(func() {
		defer l.lines.shut(n)
		l.correspond(ctx, n, p, inbox)
	})
	return inbox
}

// correspond takes the datagrams of a peer until nothing comes any more: of a peer of which no message was complete yet sooner.
func (l *Listener) correspond(ctx context.Context, n *line, p *peers, inbox chan []byte) {
	patience := l.limits.First
	for {
		idle := false
		timer := time.NewTimer(patience)
		select {
		case b := <-inbox:
			if n.meter.wait(len(b), time.Now()) == 0 && n.take(ctx, b) > 0 {
				patience = l.limits.Idle
			}
		case <-timer.C:
			idle = true
		case <-ctx.Done():
			idle = true
		}
		timer.Stop()
		if !idle && !n.broken() {
			continue
		}
		p.mu.Lock()
		over := len(inbox) == 0 || ctx.Err() != nil || n.broken() // else a datagram came at the last moment
		if over {
			delete(p.known, n.from.Peer)
		}
		p.mu.Unlock()
		if over {
			return
		}
	}
}
