package ingest

import (
	"context"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"basin/fault"
)

// line is a connection of a field station, or a peer over UDP. Its session belongs to the goroutine that reads; anybody may write.
type line struct {
	l        *Listener
	protocol Protocol
	session  Session
	from     Origin
	meter    meter
	since    time.Time // when it opened
	away     bool      // whether a profile could not be looked up since the last bytes came
	gone     atomic.Bool
	mu       sync.Mutex // one writes at a time
	write    func([]byte) error
	end      func()
	stations map[string]bool // addresses that it is known under; belongs to lines
}

func (l *Listener) newLine(p Protocol, channel, peer string, write func([]byte) error, end func()) *line {
	return &line{l: l, protocol: p, from: Origin{p.Name(), channel, peer}, write: write, end: end, stations: map[string]bool{}, since: time.Now(),
		meter: meter{rate: float64(l.limits.Rate), burst: float64(l.limits.Burst), at: time.Now()}}
}

// start begins the session.
func (n *line) start(ctx context.Context) {
	n.session = n.protocol.Open(func(address string) (Profile, bool) {
		r, err := n.l.desk.find(ctx, n.protocol.Name(), address)
		if err != nil {
			n.away = true
		}
		if r == nil {
			return Profile{}, false
		}
		return r.profile, true
	})
}

// take hands bytes to the session, does what its messages ask for and answers them. It says how many messages there were. A protocol that fails ends
// this line and no other.
func (n *line) take(ctx context.Context, b []byte) (messages int) {
	defer func() {
		if why := recover(); why != nil {
			n.l.log.Error("a protocol failed; its connection is closed", "protocol", n.protocol.Name(), "peer", n.from.Peer, "why", why, "stack", string(debug.Stack()))
			n.gone.Store(true)
		}
	}()
	n.away = false
	found := n.session.Feed(b, time.Now())
	if n.away { // decoded without knowing how the station departs from the standard
		n.l.log.Warn("a message cannot be taken: its sender will send it again", "protocol", n.protocol.Name(), "peer", n.from.Peer)
		return len(found)
	}
	for _, m := range found {
		reply := n.handle(ctx, m)
		if reply == Silence {
			continue
		}
		if reply == Accept {
			n.l.lines.know(n, m.Address)
		}
		if out := n.session.Confirm(m, reply == Accept, time.Now()); len(out) > 0 && n.send(out) != nil {
			n.gone.Store(true)
			return len(found)
		}
	}
	return len(found)
}

func (n *line) handle(ctx context.Context, m Message) Reply {
	ctx, cancel := context.WithTimeout(ctx, takeTime)
	defer cancel()
	return n.l.desk.Take(ctx, n.from, m)
}

// send writes bytes. Whoever does not take them in time loses the line.
func (n *line) send(b []byte) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.write(b); err != nil {
		n.end()
		return err
	}
	return nil
}

func (n *line) broken() bool { return n.gone.Load() }

// lines are the lines that are open, and under which addresses they are known.
type lines struct {
	mu    *sync.Mutex
	all   map[*line]bool
	peers map[string]int      // lines of each network address
	known map[[2]string]*line // by protocol and address of the field station
}

func newLines() lines {
	return lines{new(sync.Mutex), map[*line]bool{}, map[string]int{}, map[[2]string]*line{}}
}

// host is a network address without its port.
func host(peer string) string {
	h, _, err := net.SplitHostPort(peer)
	if err != nil {
		return peer
	}
	return h
}

// open adds a line and begins its session, unless there are too many.
func (s *lines) open(ctx context.Context, n *line, limits Limits) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := host(n.from.Peer)
	if ctx.Err() != nil || len(s.all) >= limits.Lines || s.peers[h] >= limits.PerPeer {
		return false
	}
	s.all[n] = true
	s.peers[h]++
	n.start(ctx)
	return true
}

// shut ends a line.
func (s *lines) shut(n *line) {
	n.end()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, n)
	h := host(n.from.Peer)
	if s.peers[h]--; s.peers[h] <= 0 {
		delete(s.peers, h)
	}
	for address := range n.stations {
		if key := [2]string{n.from.Protocol, address}; s.known[key] == n {
			delete(s.known, key)
		}
	}
}

// maxKnown is under how many addresses one line can be known.
const maxKnown = 64

// know notes that a field station is at the other end of a line.
func (s *lines) know(n *line, address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := [2]string{n.from.Protocol, address}
	if s.known[key] == n || !s.all[n] || (len(n.stations) >= maxKnown && !n.stations[address]) {
		return
	}
	n.stations[address] = true
	s.known[key] = n
}

// closeAll ends every line.
func (s *lines) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := range s.all {
		n.end()
	}
}

// OpenLine is the line that a field station has open.
type OpenLine struct {
	Channel string    `json:"channel"` // tcp, udp
	Peer    string    `json:"peer"`    // network address
	Since   time.Time `json:"since"`
}

// Line is the line that a field station has open, over which it has reported; nil for none.
func (l *Listener) Line(protocol, address string) *OpenLine {
	l.lines.mu.Lock()
	defer l.lines.mu.Unlock()
	n := l.lines.known[[2]string{protocol, address}]
	if n == nil {
		return nil
	}
	return &OpenLine{n.from.Channel, n.from.Peer, n.since}
}

// Count is how many lines are open by protocol, 0 for a protocol that has none.
func (l *Listener) Count() map[string]int {
	l.lines.mu.Lock()
	defer l.lines.mu.Unlock()
	count := map[string]int{}
	for name := range l.protocols {
		count[name] = 0
	}
	for n := range l.lines.all {
		count[n.from.Protocol]++
	}
	return count
}

// Send sends bytes down the open line of a field station.
func (l *Listener) Send(ctx context.Context, protocol, address string, b []byte) error {
	l.lines.mu.Lock()
	n := l.lines.known[[2]string{protocol, address}]
	l.lines.mu.Unlock()
	if n == nil {
		return fault.New(fault.NotFound, "no-open-line", "the field station {address} has no open line for {protocol}: it must report first",
			"address", clip(address), "protocol", clip(protocol))
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := n.send(b); err != nil {
		return fault.New(fault.Unavailable, "line-broken", "the line of the field station {address} broke: try again once it has reported",
			"address", clip(address)).Because(err)
	}
	return nil
}
