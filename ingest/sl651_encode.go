package ingest

import (
	"math"
	"slices"
	"strings"
	"time"

	"basin/fault"
	"basin/twin"
)

// EncodeSL651 writes a message as one frame. A message without items whose body is there already, as of a packet after the first, is written as it is.
// Times are written as the clock of their zone shows them.
func EncodeSL651(m SL651Message) ([]byte, error) {
	if m.Items != nil || m.Body == nil {
		body, err := m.body()
		if err != nil {
			return nil, err
		}
		m.Body = body
	}
	return m.Encode()
}

// PacketsSL651 writes a message as packets of at most size bytes of its body each (M3, 6.5.3): all but the last end with ETB.
func PacketsSL651(m SL651Message, size int) ([][]byte, error) {
	body, err := m.body()
	if err != nil {
		return nil, err
	}
	parts := slices.Collect(slices.Chunk(body, max(1, size)))
	out := make([][]byte, len(parts))
	for i, part := range parts {
		f := m.SL651Frame
		f.Body, f.Total, f.Index = part, len(parts), i+1
		if i+1 < len(parts) {
			f.End = sl651ETB
		}
		if out[i], err = f.Encode(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// body writes serial number, time and items.
func (m SL651Message) body() ([]byte, error) {
	out := append([]byte{byte(m.Serial >> 8), byte(m.Serial)}, timeBCD(m.Sent, 6)...)
	for _, i := range m.Items {
		id, err := sl651Bytes(i.ID, len(i.ID)/2)
		if err != nil {
			return nil, err
		}
		if len(id) > 0 {
			out = append(append(out, id...), i.Def)
		}
		switch {
		case i.ID == "F1":
			address, err := sl651Bytes(i.Address, 5)
			if err != nil {
				return nil, err
			}
			out = append(out, address...)
			if i.Class != 0 {
				out = append(out, i.Class)
			}
		case i.ID == "F0":
			out = append(out, timeBCD(i.Time, 5)...)
		case i.Raw != nil:
			out = append(out, i.Raw...)
		default:
			for _, v := range i.Values {
				b, err := i.write(v)
				if err != nil {
					return nil, err
				}
				out = append(out, b...)
			}
		}
	}
	return out, nil
}

// write writes one value of an element.
func (i SL651Item) write(v twin.Decimal) ([]byte, error) {
	if len(i.ID) == 2 && i.ID >= "F4" && i.ID <= "FC" {
		size, decimals := 2, 2
		if i.ID == "F4" {
			size, decimals = 1, 1
		}
		n := int64(math.MaxUint16)
		if v != "" {
			var err error
			if n, err = v.Scaled(decimals); err != nil {
				return nil, err
			}
			if n < 0 || n >= 1<<(8*size)-1 {
				return nil, i.tooLarge(v)
			}
		}
		return []byte{byte(n >> 8), byte(n)}[2-size:], nil
	}
	size, decimals := int(i.Def>>3), int(i.Def&7)
	if v == "" {
		return slices.Repeat([]byte{0xFF}, size), nil
	}
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(string(v), "-"), ".")
	negative := v[0] == '-'
	if negative {
		size--
	}
	if len(fraction) > decimals {
		return nil, i.tooLarge(v)
	}
	digits := strings.TrimLeft(whole+fraction+strings.Repeat("0", decimals-len(fraction)), "0")
	if len(digits) > 2*size || strings.Trim(digits, "0123456789") != "" {
		return nil, i.tooLarge(v)
	}
	out, err := sl651Bytes(strings.Repeat("0", 2*size-len(digits))+digits, size)
	if err == nil && negative {
		out = append([]byte{0xFF}, out...)
	}
	return out, err
}

func (i SL651Item) tooLarge(v twin.Decimal) error {
	return fault.New(fault.Invalid, "value-unwritable", "{value} does not fit into the digits of element {element}", "value", clip(string(v)), "element", i.ID)
}

// ElementSL651 is an element with its values, defined as in table C.1; one that the table lacks gets four bytes and three decimals.
func ElementSL651(id string, values ...twin.Decimal) SL651Item {
	return SL651Item{ID: id, Def: defineSL651(id), Values: values}
}

// defineSL651 is the definition byte of an element: its length in bytes in the upper five bits, its decimals in the lower three (6.6.3.3).
func defineSL651(id string) byte {
	e, ok := sl651Elements[id]
	if !ok || e.digits == 0 {
		return 0x23
	}
	return byte((e.digits+1)/2<<3 | e.decimals)
}

// StepSL651 is the time step before a series: whole days, hours or minutes (table C.3).
func StepSL651(step time.Duration) SL651Item {
	raw := []byte{0, 0, 0}
	switch {
	case step >= 24*time.Hour:
		raw[0] = toBCD(int(step / (24 * time.Hour)))
	case step >= time.Hour:
		raw[1] = toBCD(int(step / time.Hour))
	default:
		raw[2] = toBCD(int(step / time.Minute))
	}
	return SL651Item{ID: "04", Def: 0x18, Raw: raw}
}

// timeBCD writes YYMMDDHHmmSS, or its first n bytes; zeros for no time.
func timeBCD(t time.Time, n int) []byte {
	if t.IsZero() {
		return make([]byte, n)
	}
	return []byte{toBCD(t.Year() % 100), toBCD(int(t.Month())), toBCD(t.Day()), toBCD(t.Hour()), toBCD(t.Minute()), toBCD(t.Second())}[:n]
}

func toBCD(n int) byte { return byte(n/10%10<<4 | n%10) }

// SL651Query is what a centre asks a station, or tells it (M4).
type SL651Query struct {
	Centre   byte
	Address  string
	Password string        // two bytes in hexadecimal
	Function byte          // 37 present values, 38 a period, 3A elements, 4A set the clock; 39, 44, 45, 46, 50 and 51 ask for what needs no more words
	At       time.Time     // when it is sent, in the zone of the station's clock; what 4A sets the clock to
	From, To time.Time     // of 38: whole hours
	Step     time.Duration // of 38; F4 to FC have a step of their own (table C.1, note g)
	Elements []string      // of 38, one, and of 3A: identifiers in upper-case hexadecimal
}

// QuerySL651 writes the frame of a query. Commands to pumps, valves, gates and quotas (4C to 4F), and settings other than the clock, are never written.
func QuerySL651(q SL651Query) ([]byte, error) {
	m := SL651Message{Sent: q.At, SL651Frame: SL651Frame{Down: true, Centre: q.Centre, Address: q.Address, Password: q.Password, Function: q.Function,
		End: sl651ENQ}}
	body, err := m.body()
	if err != nil {
		return nil, err
	}
	switch q.Function {
	case 0x37, 0x39, 0x44, 0x45, 0x46, 0x4A, 0x50, 0x51:
	case 0x38:
		if len(q.Elements) != 1 {
			return nil, fault.New(fault.Invalid, "wrong-elements", "a query by function {function} names {count} elements", "function", "38", "count", "1")
		}
		step := StepSL651(q.Step)
		if id := q.Elements[0]; id >= "F4" && id <= "FC" {
			step = StepSL651(0)
		}
		body = append(append(body, timeBCD(q.From, 4)...), timeBCD(q.To, 4)...)
		body = append(append(body, 0x04, 0x18), step.Raw...)
	case 0x3A:
		if len(q.Elements) == 0 {
			return nil, fault.New(fault.Invalid, "wrong-elements", "a query by function {function} names {count} elements", "function", "3A", "count", "1…")
		}
	default:
		return nil, fault.New(fault.Invalid, "never-sent", "function {function} is never sent", "function", upperHex([]byte{q.Function}))
	}
	if q.Function == 0x38 || q.Function == 0x3A {
		for _, id := range q.Elements {
			b, err := sl651Bytes(id, max(1, len(id)/2))
			if err != nil {
				return nil, err
			}
			body = append(append(body, b...), defineSL651(id))
		}
	}
	m.Body = body
	return m.Encode()
}
