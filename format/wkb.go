package format

import (
	"encoding/binary"
	"math"
)

// bounds is the box (west, south, east, north) around a geometry in little-endian WKB, as PostGIS writes it. It is false where there are no places.
func bounds(wkb []byte) (box [4]float64, ok bool) {
	b := boxer{rest: wkb, box: [4]float64{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}}
	b.geometry()
	return b.box, b.box[0] <= b.box[2]
}

// boxer walks through WKB. It stops at its end, wherever that is.
type boxer struct {
	rest []byte
	box  [4]float64
}

func (b *boxer) number() int {
	if len(b.rest) < 4 {
		b.rest = nil
		return 0
	}
	n := binary.LittleEndian.Uint32(b.rest)
	b.rest = b.rest[4:]
	return int(n)
}

func (b *boxer) geometry() {
	if len(b.rest) < 5 || b.rest[0] != 1 {
		b.rest = nil
		return
	}
	b.rest = b.rest[1:]
	kind := b.number()
	size := 16
	switch kind / 1000 {
	case 1, 2:
		size = 24
	case 3:
		size = 32
	}
	switch kind % 1000 {
	case 1:
		b.places(1, size)
	case 2:
		b.places(b.number(), size)
	case 3:
		for range b.number() {
			if b.places(b.number(), size); len(b.rest) == 0 {
				return
			}
		}
	default:
		for range b.number() {
			if b.geometry(); len(b.rest) == 0 {
				return
			}
		}
	}
}

func (b *boxer) places(n, size int) {
	for ; n > 0 && len(b.rest) >= size; n-- {
		x, y := math.Float64frombits(binary.LittleEndian.Uint64(b.rest)), math.Float64frombits(binary.LittleEndian.Uint64(b.rest[8:]))
		if !math.IsNaN(x) && !math.IsNaN(y) { // an empty point has no numbers
			b.box[0], b.box[1] = math.Min(b.box[0], x), math.Min(b.box[1], y)
			b.box[2], b.box[3] = math.Max(b.box[2], x), math.Max(b.box[3], y)
		}
		b.rest = b.rest[size:]
	}
}
