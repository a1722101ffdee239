package tiles

import (
	"encoding/binary"
	"math"
	"slices"
)

// What MVT 2.1 calls its fields and commands.
const (
	fieldLayer                                                                      = 3
	fieldName, fieldFeature, fieldKey, fieldValue, fieldExtent, fieldVersion        = 1, 2, 3, 4, 5, 15
	fieldID, fieldTags, fieldSort, fieldGeometry                                    = 1, 2, 3, 4
	valueText, valueDouble, valueUint, valueSint, valueBool                         = 1, 3, 5, 6, 7
	moveTo, lineTo, closePath                                                uint32 = 1, 2, 7
)

// Kinds of fields of protobuf.
const (
	varint, fixed64, bytesOf = 0, 1, 2
)

func appendTag(b []byte, field, kind int) []byte {
	return binary.AppendUvarint(b, uint64(field<<3|kind))
}

func appendBytes(b []byte, field int, content []byte) []byte {
	b = binary.AppendUvarint(appendTag(b, field, bytesOf), uint64(len(content)))
	return append(b, content...)
}

func appendText(b []byte, field int, content string) []byte {
	b = binary.AppendUvarint(appendTag(b, field, bytesOf), uint64(len(content)))
	return append(b, content...)
}

// appendValue appends a Value message: an integer, a number, a text or a boolean.
func appendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case int64:
		if v >= 0 {
			return binary.AppendUvarint(appendTag(b, valueUint, varint), uint64(v))
		}
		return binary.AppendUvarint(appendTag(b, valueSint, varint), uint64(v)<<1^uint64(v>>63))
	case float64:
		return binary.LittleEndian.AppendUint64(appendTag(b, valueDouble, fixed64), math.Float64bits(v))
	case bool:
		if v {
			return append(appendTag(b, valueBool, varint), 1)
		}
		return append(appendTag(b, valueBool, varint), 0)
	case string:
		return appendText(b, valueText, v)
	}
	return b
}

// pen writes the commands of a geometry, each place from the one before it.
type pen struct {
	out []byte
	at  spot
}

func (p *pen) command(id uint32, count int) {
	p.out = binary.AppendUvarint(p.out, uint64(id|uint32(count)<<3))
}

func (p *pen) to(s spot) {
	dx, dy := s.x-p.at.x, s.y-p.at.y
	p.out = binary.AppendUvarint(p.out, uint64(dx<<1^dx>>63))
	p.out = binary.AppendUvarint(p.out, uint64(dy<<1^dy>>63))
	p.at = s
}

// points writes points.
func (p *pen) points(all []spot) {
	p.command(moveTo, len(all))
	for _, s := range all {
		p.to(s)
	}
}

// line writes a line of at least two places; a ring is one that is closed.
func (p *pen) line(line []spot, closed bool) {
	p.command(moveTo, 1)
	p.to(line[0])
	p.command(lineTo, len(line)-1)
	for _, s := range line[1:] {
		p.to(s)
	}
	if closed {
		p.command(closePath, 1)
	}
}

// draft is a layer of a tile that is being written. It is used again for the next tile.
type draft struct {
	features []byte
	count    int
	keys     []uint32 // of the table, in the order of the tile
	values   []uint32
	keyAt    places
	valueAt  places
	tags     []byte
	pen      pen
	feature  []byte
}

// places says where in a tile something of a table is. What was noted for an earlier tile counts no more.
type places struct {
	at    []uint32
	round []uint32
	now   uint32
}

// begin forgets what was noted, and makes room for so many.
func (p *places) begin(n int) {
	if len(p.at) < n {
		p.at, p.round = slices.Grow(p.at, n-len(p.at))[:n], slices.Grow(p.round, n-len(p.round))[:n]
	}
	if p.now++; p.now == 0 { // counted all the way round
		clear(p.round)
		p.now = 1
	}
}

// of is the place of something in a list, at the end of which it is put when it is new.
func (p *places) of(i uint32, list *[]uint32) uint32 {
	if p.round[i] != p.now {
		p.round[i], p.at[i] = p.now, uint32(len(*list))
		*list = append(*list, i)
	}
	return p.at[i]
}

// begin begins a layer of a table with so many keys and values.
func (d *draft) begin(keys, values int) {
	d.features, d.count, d.keys, d.values = d.features[:0], 0, d.keys[:0], d.values[:0]
	d.keyAt.begin(keys)
	d.valueAt.begin(values)
}

// add adds a feature whose geometry the pen has written.
func (d *draft) add(gid int64, sort uint8, tags []tag) {
	d.tags = d.tags[:0]
	for _, t := range tags {
		d.tags = binary.AppendUvarint(d.tags, uint64(d.keyAt.of(uint32(t.key), &d.keys)))
		d.tags = binary.AppendUvarint(d.tags, uint64(d.valueAt.of(t.value, &d.values)))
	}
	f := d.feature[:0]
	f = binary.AppendUvarint(appendTag(f, fieldID, varint), uint64(gid))
	if len(d.tags) > 0 {
		f = appendBytes(f, fieldTags, d.tags)
	}
	f = append(appendTag(f, fieldSort, varint), sort)
	f = appendBytes(f, fieldGeometry, d.pen.out)
	d.feature = f
	d.features = appendBytes(d.features, fieldFeature, f)
	d.count++
}

// finish appends the layer to a tile; nothing where it has no features.
func (d *draft) finish(out []byte, name string, keys, values []string) []byte {
	if d.count == 0 {
		return out
	}
	tail := make([]byte, 0, 1024)
	for _, k := range d.keys {
		tail = appendText(tail, fieldKey, keys[k])
	}
	for _, v := range d.values {
		tail = appendText(tail, fieldValue, values[v])
	}
	tail = binary.AppendUvarint(appendTag(tail, fieldExtent, varint), extent)
	tail = append(appendTag(tail, fieldVersion, varint), 2)
	head := appendText(nil, fieldName, name)
	out = binary.AppendUvarint(appendTag(out, fieldLayer, bytesOf), uint64(len(head)+len(d.features)+len(tail)))
	return append(append(append(out, head...), d.features...), tail...)
}
