package ingest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"basin/fault"
)

// Bounds of a session.
const (
	sl651Packets   = 64               // of one message
	sl651Assembled = 256 << 10        // bytes of all packets that wait
	sl651Forget    = 2 * time.Minute  // after which packets that wait are dropped
	sl651Asked     = 8                // packets asked for again at once: a stranger's datagram must not bring many back
	sl651Patience  = 30 * time.Second // after which a frame that does not end is given up
)

// SL651 is SL 651-2014, 水文监测数据通信规约, in its HEX/BCD mode. Frames of its ASCII mode are refused by name.
func SL651() Protocol { return sl651{} }

type sl651 struct{}

func (sl651) Name() string { return "sl651" }

func (sl651) Open(profiles func(address string) (Profile, bool)) Session {
	return &sl651Session{profiles: profiles, parts: map[sl651Key]*sl651Parts{}}
}

// sl651Session is one connection.
type sl651Session struct {
	profiles func(string) (Profile, bool)
	buf      []byte    // begins with a frame that is not whole
	since    time.Time // from when on it waits
	reported int       // bytes at the beginning of buf that a refused message showed already
	parts    map[sl651Key]*sl651Parts
}

// sl651Key says to which message a packet belongs.
type sl651Key struct {
	centre   byte
	address  string
	password string
	function byte
	total    int
}

// sl651Parts are the packets of a message (M3). They are kept after it was whole, so that one that comes again begins no other message.
type sl651Parts struct {
	frames [][]byte // whole, by index - 1; nil for those that lack
	size   int      // bytes
	last   time.Time
	whole  bool
}

func keySL651(f SL651Frame) sl651Key {
	return sl651Key{f.Centre, f.Address, f.Password, f.Function, f.Total}
}

// Feed takes bytes in.
func (s *sl651Session) Feed(b []byte, now time.Time) []Message {
	out := s.forget(now)
	waited := len(s.buf)
	s.buf = append(s.buf, b...)
	for len(s.buf) > 0 {
		n, m := s.head(now)
		if m != nil {
			out = append(out, *m)
		}
		if n == 0 {
			if waited == 0 || now.Sub(s.since) < sl651Patience {
				break
			}
			if m := s.giveUp(); m != nil {
				out = append(out, *m)
			}
			n = 1
		}
		s.buf, s.reported, waited = s.buf[n:], max(0, s.reported-n), max(0, waited-n)
	}
	if waited == 0 {
		s.since = now
	}
	s.buf = bytes.Clone(s.buf)
	return out
}

// head looks at what buf begins with: it says how many bytes are done with, 0 when more are needed, and which message they made.
func (s *sl651Session) head(now time.Time) (int, *Message) {
	if s.buf[0] == sl651SOH {
		return s.ascii()
	}
	n := measureSL651(s.buf)
	switch {
	case n < 0:
		skip := bytes.IndexAny(s.buf[1:], "\x7E\x01")
		if skip < 0 {
			return len(s.buf), nil
		}
		return 1 + skip, nil
	case n == 0 || n > len(s.buf):
		return 0, nil
	}
	f, err := ParseSL651(s.buf[:n])
	if err != nil && f.End == 0 { // not a frame after all: another may begin inside it
		if s.reported > 0 {
			return 1, nil
		}
		s.reported = n
		return 1, &Message{Frame: maskSL651(s.buf[:n]), Err: err}
	}
	return n, s.frame(f, s.buf[:n], err, now)
}

// giveUp reports a frame that never ended, when it got far enough to be one.
func (s *sl651Session) giveUp() *Message {
	if len(s.buf) < sl651Head || s.reported > 0 {
		return nil
	}
	s.reported = len(s.buf)
	return &Message{Frame: maskSL651(s.buf), Err: fault.New(fault.Invalid, "frame-unfinished", "the frame broke off after {length} bytes", "length", len(s.buf))}
}

// ascii recognises a frame of the ASCII mode (table 16): SOH, 22 digits, then STX or SYN.
func (s *sl651Session) ascii() (int, *Message) {
	const head = 24
	digits := s.buf[1:min(len(s.buf), head-1)]
	if len(bytes.Trim(digits, "0123456789ABCDEFabcdef")) > 0 {
		return 1, nil
	}
	if len(s.buf) < head {
		return 0, nil
	}
	length := 0
	for _, c := range bytes.ToUpper(s.buf[20:23]) {
		length = length<<4 | strings.IndexByte("0123456789ABCDEF", c)
	}
	n := head + length + 5
	if start := s.buf[head-1]; start != sl651STX && start != sl651SYN {
		return 1, nil
	}
	if len(s.buf) < n {
		return 0, nil
	}
	m := &Message{Frame: bytes.Clone(s.buf[:n]), Address: strings.ToUpper(string(s.buf[3:13])), Function: strings.ToUpper(string(s.buf[17:19])),
		Err: fault.New(fault.Invalid, "ascii-mode", "the frame is in the ASCII mode, which is not read: set the station to HEX/BCD")}
	copy(m.Frame[13:17], "FFFF")
	return n, m
}

// frame takes a whole frame and gives the message that it makes; nil for a packet that makes none yet.
func (s *sl651Session) frame(f SL651Frame, b []byte, err error, now time.Time) *Message {
	if err == nil && f.Down {
		err = fault.New(fault.Invalid, "wrong-direction", "the frame goes from a centre to a station")
	}
	if err == nil && f.Total > sl651Packets {
		err = fault.New(fault.Invalid, "too-many-packets", "a message of {total} packets; at most {limit} are taken", "total", f.Total, "limit", sl651Packets)
	}
	if err != nil {
		return &Message{Frame: maskSL651(b), Address: f.Address, Password: f.Password, Function: upperHex([]byte{f.Function}), Err: err}
	}
	if f.Total > 0 {
		return s.packet(f, b, now)
	}
	m := &Message{Frame: maskSL651(b)}
	senseSL651(&SL651Message{SL651Frame: f}, m, s.profiles)
	return m
}

// packet puts a packet beside the others of its message. The last of them tells that all have been sent: when some lack, it makes a refused message, whose
// confirmation asks for them. When it comes again after the message was whole, so does the message: the confirmation was lost.
func (s *sl651Session) packet(f SL651Frame, b []byte, now time.Time) *Message {
	key := keySL651(f)
	p := s.parts[key]
	if p != nil && f.Index == 1 && p.frames[0] != nil && !bytes.Equal(p.frames[0], b) || p != nil && p.whole && !bytes.Equal(p.frames[f.Index-1], b) {
		delete(s.parts, key) // another message
		p = nil
	}
	if p == nil {
		p = &sl651Parts{frames: make([][]byte, f.Total)}
		s.parts[key] = p
	}
	again := p.whole
	p.last = now
	if p.frames[f.Index-1] == nil {
		s.makeRoom(key, len(b))
		p.frames[f.Index-1], p.size = bytes.Clone(b), p.size+len(b)
	}
	lacking := p.lacking()
	p.whole = len(lacking) == 0
	switch {
	case p.whole && (!again || f.Index == f.Total):
		return s.assemble(f, p)
	case !p.whole && f.Index == f.Total:
		return &Message{Frame: maskSL651(b), Address: f.Address, Password: f.Password, Function: upperHex([]byte{f.Function}), Err: missingPackets(lacking, f.Total)}
	}
	return nil
}

func missingPackets(lacking []int, total int) error {
	return fault.New(fault.Invalid, "packets-missing", "{missing} of {total} packets have not come", "missing", len(lacking), "total", total)
}

// lacking are the numbers of the packets that have not come.
func (p *sl651Parts) lacking() (out []int) {
	for i, f := range p.frames {
		if f == nil {
			out = append(out, i+1)
		}
	}
	return out
}

// makeRoom drops the packets that have waited longest until n bytes more may wait. 64 packets of a message fit by themselves or are dropped as well.
func (s *sl651Session) makeRoom(own sl651Key, n int) {
	for {
		size := n
		var oldest *sl651Key
		for key, p := range s.parts {
			size += p.size
			if key != own && (oldest == nil || p.last.Before(s.parts[*oldest].last)) {
				oldest = &key
			}
		}
		if size <= sl651Assembled && len(s.parts) <= sl651Packets {
			return
		}
		if oldest == nil {
			p := s.parts[own]
			p.frames, p.size = make([][]byte, len(p.frames)), 0
			return
		}
		delete(s.parts, *oldest)
	}
}

// assemble joins the bodies of all packets. Only the first carries serial number and time (6.6.2.4).
func (s *sl651Session) assemble(f SL651Frame, p *sl651Parts) *Message {
	m, whole := &Message{}, SL651Message{SL651Frame: f}
	whole.Body = nil
	for _, b := range p.frames {
		m.Frame = append(m.Frame, maskSL651(b)...)
		whole.Body = append(whole.Body, b[sl651Head+3:len(b)-sl651Tail]...)
	}
	senseSL651(&whole, m, s.profiles)
	return m
}

// forget drops packets that waited too long, and says so where their message was not whole.
func (s *sl651Session) forget(now time.Time) (out []Message) {
	for _, key := range slices.SortedFunc(maps.Keys(s.parts), func(a, b sl651Key) int {
		return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
	}) {
		p := s.parts[key]
		if now.Sub(p.last) < sl651Forget {
			continue
		}
		delete(s.parts, key)
		if p.whole {
			continue
		}
		m := Message{Address: key.address, Password: key.password, Function: upperHex([]byte{key.function}), Err: missingPackets(p.lacking(), key.total)}
		for _, b := range p.frames {
			if b != nil {
				m.Frame = append(m.Frame, maskSL651(b)...)
			}
		}
		out = append(out, m)
	}
	return out
}

// Confirm answers as clause 6.3.1 says: reports (M2, M3) by EOT, or by ESC when the station shall stay on the line because more follows or its profile has the
// quirk keep-line; packets that lack by NAK, each in a frame of its own. A report that is refused, keep-alive and answers get nothing: the station sends a
// refused report twice more by itself.
func (s *sl651Session) Confirm(m Message, accepted bool, now time.Time) []byte {
	f, ok := s.shown(m)
	if !ok {
		return nil
	}
	profile, _ := s.profiles(f.Address)
	down := SL651Message{SL651Frame: f, Serial: m.Serial, Sent: now.In(sl651Zone(profile))}
	down.Down, down.Body, down.Password = true, nil, m.Password
	if !accepted {
		return s.again(down)
	}
	if m.Err != nil || m.Kind == KeepAlive || m.Kind == Answer {
		return nil
	}
	down.End, down.Index = sl651EOT, f.Total
	if f.End == sl651ETB || slices.Contains(profile.Quirks, quirkKeepLine) {
		down.End = sl651ESC
	}
	out, _ := EncodeSL651(down)
	return out
}

// shown is the header and end mark of the last frame in a message.
func (s *sl651Session) shown(m Message) (SL651Frame, bool) {
	b := m.Frame
	for n := measureSL651(b); n > 0 && n < len(b); n = measureSL651(b) {
		b = b[n:]
	}
	if n := measureSL651(b); n <= 0 || n != len(b) || m.Password == "" || b[11]>>4 == 8 {
		return SL651Frame{}, false
	}
	f := SL651Frame{Centre: b[2], Address: upperHex(b[3:8]), Function: b[10], End: b[len(b)-sl651Tail]}
	if b[13] == sl651SYN {
		f.Total, f.Index = int(b[14])<<4|int(b[15])>>4, int(b[15]&15)<<8|int(b[16])
	}
	return f, true
}

// again asks for the packets that a message still lacks.
func (s *sl651Session) again(down SL651Message) (out []byte) {
	p := s.parts[keySL651(down.SL651Frame)]
	if p == nil || p.whole {
		return nil
	}
	if first := p.frames[0]; first != nil && len(first) >= sl651Head+5+sl651Tail {
		down.Serial = int(first[sl651Head+3])<<8 | int(first[sl651Head+4])
	}
	down.End = sl651NAK
	lacking := p.lacking()
	for _, down.Index = range lacking[:min(len(lacking), sl651Asked)] {
		b, _ := EncodeSL651(down)
		out = append(out, b...)
	}
	return out
}
