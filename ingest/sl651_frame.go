package ingest

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"

	"basin/fault"
)

// Control characters of SL 651-2014, table 15.
const (
	sl651SOH = 0x01 // begins a frame of the ASCII mode
	sl651STX = 0x02 // begins the body
	sl651ETX = 0x03 // ends a frame, nothing follows
	sl651EOT = 0x04 // ends a confirmation: the station may hang up
	sl651ENQ = 0x05 // ends a query
	sl651ACK = 0x06 // ends a confirmation where more frames follow
	sl651NAK = 0x15 // asks for a packet again
	sl651SYN = 0x16 // begins the body of one packet of several
	sl651ETB = 0x17 // ends a frame, more follow
	sl651ESC = 0x1B // ends a confirmation: the station stays on the line
)

const (
	sl651Head    = 14   // bytes up to and including STX or SYN
	sl651Tail    = 3    // end mark and CRC
	sl651MaxBody = 4095 // bytes between STX or SYN and the end mark; 6.5.3 would allow packets more
)

// SL651Frame is one frame of SL 651-2014 in its HEX/BCD mode, without its meaning (clauses 6.5.2 and 6.5.3, tables 20 to 23).
type SL651Frame struct {
	Down     bool   // from the centre to the station
	Centre   byte   // address of the centre, 1 to 255; 0 is seen in the field
	Address  string // of the station: five bytes, upper-case hexadecimal
	Password string // two bytes, upper-case hexadecimal
	Function byte
	Total    int    // packets of the message; 0 where it is not cut into packets
	Index    int    // which of them this is, from 1
	End      byte   // the control character before the CRC
	Body     []byte // between STX and the end mark; for a packet without the three bytes of its number
}

// sl651CRC is the CRC-16 of clause 6.5.2: polynomial 0x8005 reflected, init FFFF, over everything before it.
func sl651CRC(b []byte) uint16 {
	crc := uint16(0xFFFF)
	for _, c := range b {
		crc = crc>>8 ^ sl651Table[byte(crc)^c]
	}
	return crc
}

// sl651Table has the remainder of each byte.
var sl651Table = func() (t [256]uint16) {
	for i := range t {
		crc := uint16(i)
		for range 8 {
			if crc&1 == 1 {
				crc = crc>>1 ^ 0xA001
			} else {
				crc >>= 1
			}
		}
		t[i] = crc
	}
	return t
}()

// measureSL651 is the length in bytes of the frame that b begins with: 0 when more bytes are needed to know, -1 when no frame begins there.
func measureSL651(b []byte) int {
	if !bytes.HasPrefix(b, []byte{0x7E, 0x7E}) {
		if len(b) < 2 && (len(b) == 0 || b[0] == 0x7E) {
			return 0
		}
		return -1
	}
	if len(b) < sl651Head {
		return 0
	}
	word := int(b[11])<<8 | int(b[12])
	length := word & 0x0FFF
	switch {
	case b[13] == sl651STX && word>>12 != 0 && word>>12 != 8, length == 0:
		return -1
	case b[13] == sl651STX:
	case b[13] == sl651SYN && (word <= sl651MaxBody || word>>12 == 8) && length >= 3:
	default:
		return -1
	}
	return sl651Head + length + sl651Tail
}

// ParseSL651 reads the one whole frame that b consists of.
func ParseSL651(b []byte) (SL651Frame, error) {
	if n := measureSL651(b); n < sl651Head || len(b) != n {
		return SL651Frame{}, fault.New(fault.Invalid, "bad-length", "the frame does not end where its length says")
	}
	end := len(b) - sl651Tail
	if !slices.Contains([]byte{sl651ETX, sl651ETB, sl651ENQ, sl651ACK, sl651NAK, sl651EOT, sl651ESC}, b[end]) {
		return SL651Frame{}, fault.New(fault.Invalid, "bad-length", "the frame does not end where its length says")
	}
	if got := sl651CRC(b[:end+1]); byte(got>>8) != b[end+1] || byte(got) != b[end+2] {
		return SL651Frame{}, fault.New(fault.Invalid, "bad-crc", "the frame's CRC is {sent}, not {computed}",
			"sent", upperHex(b[end+1:]), "computed", upperHex([]byte{byte(got >> 8), byte(got)}))
	}
	f := SL651Frame{Down: b[11]>>4 == 8, Password: upperHex(b[8:10]), Function: b[10], End: b[end], Body: b[sl651Head:end]}
	if f.Down {
		f.Address, f.Centre = upperHex(b[2:7]), b[7]
	} else {
		f.Centre, f.Address = b[2], upperHex(b[3:8])
	}
	if b[13] == sl651SYN {
		f.Total, f.Index = int(f.Body[0])<<4|int(f.Body[1])>>4, int(f.Body[1]&15)<<8|int(f.Body[2])
		f.Body = f.Body[3:]
		if f.Index < 1 || f.Index > f.Total {
			return f, fault.New(fault.Invalid, "bad-packet", "packet {index} of {total} cannot be", "index", f.Index, "total", f.Total)
		}
	}
	return f, nil
}

// Encode writes the frame.
func (f SL651Frame) Encode() ([]byte, error) {
	address, err := sl651Bytes(f.Address, 5)
	if err != nil {
		return nil, err
	}
	password, err := sl651Bytes(f.Password, 2)
	if err != nil {
		return nil, err
	}
	out := append([]byte{0x7E, 0x7E, f.Centre}, address...)
	if f.Down {
		out = append(append([]byte{0x7E, 0x7E}, address...), f.Centre)
	}
	length, start := len(f.Body), byte(sl651STX)
	if f.Total > 0 {
		length, start = length+3, sl651SYN
	}
	if length < 1 || length > sl651MaxBody || f.Total > 4095 || f.Index > f.Total {
		return nil, fault.New(fault.Invalid, "frame-too-large", "a body of {length} bytes does not fit into one frame", "length", length)
	}
	if f.Down {
		length |= 0x8000
	}
	out = append(append(out, password...), f.Function, byte(length>>8), byte(length), start)
	if f.Total > 0 {
		out = append(out, byte(f.Total>>4), byte(f.Total<<4)|byte(f.Index>>8), byte(f.Index))
	}
	out = append(append(out, f.Body...), f.End)
	crc := sl651CRC(out)
	return append(out, byte(crc>>8), byte(crc)), nil
}

// sl651Bytes is a field of n bytes that was written in hexadecimal.
func sl651Bytes(text string, n int) ([]byte, error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != n {
		return nil, fault.New(fault.Invalid, "bad-hex", "{value} is not {count} bytes in hexadecimal", "value", clip(text), "count", n)
	}
	return b, nil
}

func upperHex(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }

// maskSL651 is a copy of a frame whose password reads FFFF. The CRC stays as it was sent.
func maskSL651(b []byte) []byte {
	b = bytes.Clone(b)
	for i := 8; i < min(10, len(b)); i++ {
		b[i] = 0xFF
	}
	if len(b) <= sl651Head+sl651Tail || shapeSL651(b[10]) != sl651Settings {
		return b
	}
	body := b[sl651Head : len(b)-sl651Tail]
	if b[13] == sl651STX {
		maskSettings(b[10], body)
		return b
	}
	for i := 3; i < len(body); i++ { // where in a packet a password stands cannot be told
		body[i] = 0xFF
	}
	return b
}

// NextSL651 reads a frame from what came so far, as a station does. It gives how many bytes are done with: 0 when more are needed; with a frame whose End is 0
// they were noise.
func NextSL651(b []byte) (SL651Frame, int) {
	n := measureSL651(b)
	if n == 0 || n > len(b) {
		return SL651Frame{}, 0
	}
	if n > 0 {
		if f, err := ParseSL651(b[:n]); err == nil {
			return f, n
		}
	}
	return SL651Frame{}, 1
}
