package picture

import (
	"encoding/binary"
	"errors"
)

// What MVT 2.1 calls its fields and commands.
const (
	fieldLayer                                            = 3
	fieldFeature, fieldKey, fieldValue, fieldExtent       = 2, 3, 4, 5
	fieldTags, fieldSort, fieldGeometry                   = 2, 3, 4
	valueText                                             = 1
	moveTo, lineTo, closePath                             = 1, 2, 7
	points, lines, polygons                         uint8 = 1, 2, 3
)

const usualExtent = 4096

// spot is a place in a tile, in its units.
type spot struct{ x, y int32 }

// feature is a feature of a tile, as far as it is drawn.
type feature struct {
	sort     uint8
	parts    [][]spot // rings are not closed
	level    string   // of its status
	geometry string   // how its geometry came about
}

// errMVT is the fault of bytes that are no tile.
var errMVT = errors.New("not a vector tile")

// fields calls see with each field of a protobuf message.
func fields(b []byte, see func(field int, bytes []byte, number uint64) error) error {
	for len(b) > 0 {
		tag, n := binary.Uvarint(b)
		if n <= 0 {
			return errMVT
		}
		b = b[n:]
		var bytes []byte
		var number uint64
		switch tag & 7 {
		case 0, 2:
			if number, n = binary.Uvarint(b); n <= 0 {
				return errMVT
			}
			b = b[n:]
			if tag&7 == 2 {
				if number > uint64(len(b)) {
					return errMVT
				}
				bytes, b = b[:number], b[number:]
			}
		case 1, 5:
			size := 8
			if tag&7 == 5 {
				size = 4
			}
			if len(b) < size {
				return errMVT
			}
			b = b[size:]
		default:
			return errMVT
		}
		if err := see(int(tag>>3), bytes, number); err != nil {
			return err
		}
	}
	return nil
}

// decode calls see with each feature of a tile and the extent that its places are in. The feature is used again for the next one.
func decode(raw []byte, see func(f *feature, extent float64) error) error {
	return fields(raw, func(n int, message []byte, _ uint64) error {
		if n != fieldLayer {
			return nil
		}
		return decodeLayer(message, see)
	})
}

func decodeLayer(message []byte, see func(f *feature, extent float64) error) error {
	var features [][]byte
	var keys, values []string
	extent := uint64(usualExtent)
	err := fields(message, func(n int, b []byte, number uint64) error {
		switch n {
		case fieldFeature:
			features = append(features, b)
		case fieldKey:
			keys = append(keys, string(b))
		case fieldValue:
			text := ""
			err := fields(b, func(n int, b []byte, _ uint64) error {
				if n == valueText {
					text = string(b)
				}
				return nil
			})
			values = append(values, text)
			return err
		case fieldExtent:
			extent = number
		}
		return nil
	})
	if err == nil && (extent == 0 || extent > 1<<20) {
		err = errMVT
	}
	if err != nil {
		return err
	}
	var f feature
	for _, b := range features {
		if err := f.read(b, keys, values); err != nil {
			return err
		}
		if err := see(&f, float64(extent)); err != nil {
			return err
		}
	}
	return nil
}

// read reads a Feature message.
func (f *feature) read(b []byte, keys, values []string) error {
	f.sort, f.level, f.geometry = 0, "", ""
	var commands []byte
	err := fields(b, func(n int, b []byte, number uint64) error {
		switch n {
		case fieldSort:
			f.sort = uint8(min(number, 4))
		case fieldTags:
			return f.attributes(b, keys, values)
		case fieldGeometry:
			commands = b
		}
		return nil
	})
	if err != nil {
		return err
	}
	return f.shape(commands)
}

// attributes reads those that decide how the feature is drawn.
func (f *feature) attributes(b []byte, keys, values []string) error {
	for len(b) > 0 {
		k, n := binary.Uvarint(b)
		if n <= 0 {
			return errMVT
		}
		v, m := binary.Uvarint(b[n:])
		if m <= 0 || k >= uint64(len(keys)) || v >= uint64(len(values)) {
			return errMVT
		}
		b = b[n+m:]
		switch keys[k] {
		case StatusLevel:
			f.level = values[v]
		case GeometryStatus:
			f.geometry = values[v]
		}
	}
	return nil
}

// shape reads the commands of a geometry.
func (f *feature) shape(b []byte) error {
	used := 0
	part := func() { // begins a part, in the room of an earlier one
		if used < cap(f.parts) {
			f.parts = f.parts[:used+1]
			f.parts[used] = f.parts[used][:0]
		} else {
			f.parts = append(f.parts, nil)
		}
		used++
	}
	f.parts = f.parts[:0]
	var at spot
	for len(b) > 0 {
		command, n := binary.Uvarint(b)
		if n <= 0 {
			return errMVT
		}
		b = b[n:]
		switch id, count := command&7, command>>3; id {
		case moveTo, lineTo:
			for range count {
				dx, n := binary.Uvarint(b)
				if n <= 0 {
					return errMVT
				}
				dy, m := binary.Uvarint(b[n:])
				if m <= 0 {
					return errMVT
				}
				b = b[n+m:]
				at = spot{at.x + unzigzag(dx), at.y + unzigzag(dy)}
				if id == moveTo {
					part()
				}
				if used == 0 {
					return errMVT
				}
				f.parts[used-1] = append(f.parts[used-1], at)
			}
		case closePath:
		default:
			return errMVT
		}
	}
	return nil
}

func unzigzag(n uint64) int32 { return int32(n>>1) ^ -int32(n&1) }
