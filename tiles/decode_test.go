package tiles_test

import (
	"math"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// feature is a feature of a decoded tile; kind is 1 for points, 2 for lines, 3 for polygons.
type feature struct {
	id, kind   uint64
	attributes map[string]any
}

// fields calls see with each field of a protobuf message.
func fields(t *testing.T, b []byte, see func(n protowire.Number, bytes []byte, number uint64)) {
	t.Helper()
	for len(b) > 0 {
		n, typ, size := protowire.ConsumeTag(b)
		if size < 0 {
			t.Fatal("not protobuf")
		}
		b = b[size:]
		var bytes []byte
		var number uint64
		switch typ {
		case protowire.VarintType:
			number, size = protowire.ConsumeVarint(b)
		case protowire.Fixed64Type:
			number, size = protowire.ConsumeFixed64(b)
		case protowire.BytesType:
			bytes, size = protowire.ConsumeBytes(b)
		default:
			t.Fatalf("type %d", typ)
		}
		if size < 0 {
			t.Fatal("not protobuf")
		}
		b = b[size:]
		see(n, bytes, number)
	}
}

// decode reads a tile by the specification of MVT 2.1: its layers with their features.
func decode(t *testing.T, raw []byte) map[string][]feature {
	t.Helper()
	layers := map[string][]feature{}
	fields(t, raw, func(n protowire.Number, message []byte, _ uint64) {
		if n != 3 {
			t.Fatalf("field %d in a tile", n)
		}
		var name string
		var keys []string
		var values []any
		var features [][]byte
		fields(t, message, func(n protowire.Number, b []byte, _ uint64) {
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
			fields(t, b, func(n protowire.Number, b []byte, number uint64) {
				switch n {
				case 1:
					f.id = number
				case 3:
					f.kind = number
				case 2:
					for len(b) > 0 {
						k, size := protowire.ConsumeVarint(b)
						v, more := protowire.ConsumeVarint(b[size:])
						f.attributes[keys[k]] = values[v]
						b = b[size+more:]
					}
				}
			})
			layers[name] = append(layers[name], f)
		}
	})
	return layers
}

// value reads a value of an attribute.
func value(t *testing.T, b []byte) (v any) {
	t.Helper()
	fields(t, b, func(n protowire.Number, b []byte, number uint64) {
		switch n {
		case 1:
			v = string(b)
		case 3:
			v = math.Float64frombits(number)
		case 4, 5:
			v = int64(number) //nolint:gosec // as the specification says
		case 6:
			v = protowire.DecodeZigZag(number)
		case 7:
			v = number != 0
		}
	})
	return v
}
