package tiles_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"
)

// feature is a feature of a decoded tile; kind is 1 for points, 2 for lines, 3 for polygons.
type feature struct {
	id, kind   uint64
	attributes map[string]any
	wkt        string
}

// varint takes a number off the front of b.
func varint(t testing.TB, b []byte) (n uint64, rest []byte) {
	t.Helper()
	n, size := binary.Uvarint(b)
	if size <= 0 {
		t.Fatal("not protobuf")
	}
	return n, b[size:]
}

// fields calls see with each field of a protobuf message.
func fields(t testing.TB, b []byte, see func(field int, bytes []byte, number uint64)) {
	t.Helper()
	var tag, number uint64
	for len(b) > 0 {
		tag, b = varint(t, b)
		var bytes []byte
		switch tag & 7 {
		case 0:
			number, b = varint(t, b)
		case 1:
			number, b = binary.LittleEndian.Uint64(b), b[8:]
		case 2:
			number, b = varint(t, b)
			bytes, b = b[:number], b[number:]
		default:
			t.Fatalf("wire type %d", tag&7)
		}
		see(int(tag>>3), bytes, number)
	}
}

// decode reads a tile by the specification of MVT 2.1: its layers with their features.
func decode(t testing.TB, raw []byte) map[string][]feature {
	t.Helper()
	layers := map[string][]feature{}
	fields(t, raw, func(n int, message []byte, _ uint64) {
		if n != 3 {
			t.Fatalf("field %d in a tile", n)
		}
		var name string
		var keys []string
		var values []any
		var features [][]byte
		fields(t, message, func(n int, b []byte, _ uint64) {
			switch n {
			case 1:
				name = string(b)
			case 2:
				features = append(features, b)
			case 3:
				keys = append(keys, string(b))
			case 4:
				values = append(values, value(t, b))
			}
		})
		if _, twice := layers[name]; twice {
			t.Fatalf("layer %s twice", name)
		}
		for _, b := range features {
			f := feature{attributes: map[string]any{}}
			fields(t, b, func(n int, b []byte, number uint64) {
				switch n {
				case 1:
					f.id = number
				case 3:
					f.kind = number
				case 4:
					f.wkt = wkt(t, f.kind, b)
				case 2:
					for len(b) > 0 {
						var k, v uint64
						k, b = varint(t, b)
						v, b = varint(t, b)
						f.attributes[keys[k]] = values[v]
					}
				}
			})
			layers[name] = append(layers[name], f)
		}
	})
	return layers
}

// value reads a value of an attribute.
func value(t testing.TB, b []byte) (v any) {
	t.Helper()
	fields(t, b, func(n int, b []byte, number uint64) {
		switch n {
		case 1:
			v = string(b)
		case 3:
			v = math.Float64frombits(number)
		case 4, 5:
			v = int64(number)
		case 6:
			v = int64(number>>1) ^ -int64(number&1)
		case 7:
			v = number != 0
		}
	})
	return v
}

// wkt reads the commands of a geometry (4.3): points, lines, or rings, of which those that go clockwise on a map begin a polygon.
func wkt(t testing.TB, kind uint64, b []byte) string {
	t.Helper()
	var parts [][][2]int64
	var at [2]int64
	for len(b) > 0 {
		var command uint64
		command, b = varint(t, b)
		switch id, count := command&7, command>>3; id {
		case 1, 2:
			for range count {
				for i := range at {
					var n uint64
					n, b = varint(t, b)
					at[i] += int64(n>>1) ^ -int64(n&1)
				}
				if id == 1 {
					parts = append(parts, nil)
				}
				last := len(parts) - 1
				if last < 0 {
					t.Fatal("a line to somewhere comes first")
				}
				parts[last] = append(parts[last], at)
			}
		case 7:
			last := len(parts) - 1
			if kind != 3 || count != 1 || last < 0 || len(parts[last]) < 3 || parts[last][0] == parts[last][len(parts[last])-1] {
				t.Fatalf("a ring is closed that is none: %v", parts)
			}
			parts[last] = append(parts[last], parts[last][0])
		default:
			t.Fatalf("command %d", id)
		}
	}
	var out strings.Builder
	for i, part := range parts {
		area, places := int64(0), make([]string, len(part))
		for j, p := range part {
			q := part[(j+1)%len(part)]
			area += p[0]*q[1] - q[0]*p[1]
			places[j] = fmt.Sprintf("%d %d", p[0], -p[1])
		}
		switch {
		case kind == 3 && area == 0:
			t.Fatal("a ring without area")
		case kind == 3 && i == 0 && area < 0:
			t.Fatal("a hole comes first")
		case kind == 3 && area > 0 && i > 0:
			out.WriteString("),(")
		case i > 0:
			out.WriteString(",")
		}
		out.WriteString("(" + strings.Join(places, ",") + ")")
	}
	switch kind {
	case 1:
		return "MULTIPOINT(" + out.String() + ")"
	case 2:
		return "MULTILINESTRING(" + out.String() + ")"
	}
	return "MULTIPOLYGON((" + out.String() + "))"
}
