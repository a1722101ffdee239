package tiles

import (
	"encoding/binary"
	"errors"
)

// errTile says that a tile of our own making cannot be read, which would be a mistake here.
var errTile = errors.New("a tile cannot be read")

// marked is a tile of one layer under another name, its features with the status of each beside what they have. Their geometry is not looked at.
func marked(tile []byte, name string, of map[int64]Status) ([]byte, error) {
	var content []byte
	if err := eachField(tile, func(field int, bytes []byte, _ uint64) {
		if field == fieldLayer {
			content = bytes
		}
	}); err != nil {
		return nil, err
	}
	var features [][]byte
	var keys, values uint64
	tail := make([]byte, 0, 1024) // keys, values, extent and version as they are
	if err := eachField(content, func(field int, bytes []byte, number uint64) {
		switch field {
		case fieldName:
		case fieldFeature:
			features = append(features, bytes)
		case fieldKey:
			keys++
			tail = appendBytes(tail, field, bytes)
		case fieldValue:
			values++
			tail = appendBytes(tail, field, bytes)
		default:
			tail = binary.AppendUvarint(appendTag(tail, field, varint), number)
		}
	}); err != nil {
		return nil, err
	}
	tail = appendText(appendText(tail, fieldKey, statusLevel), fieldKey, statusData)
	valueOf := map[string]uint64{}
	value := func(text string) uint64 {
		n, known := valueOf[text]
		if !known {
			n = values
			values++
			valueOf[text] = n
			tail = appendBytes(tail, fieldValue, appendValue(nil, text))
		}
		return n
	}
	out := appendText(nil, fieldName, name)
	for _, f := range features {
		var gid uint64
		var tags, rest []byte
		if err := eachField(f, func(field int, bytes []byte, number uint64) {
			switch field {
			case fieldID:
				gid = number
			case fieldTags:
				tags = bytes
			case fieldGeometry:
				rest = appendBytes(rest, field, bytes)
			default:
				rest = binary.AppendUvarint(appendTag(rest, field, varint), number)
			}
		}); err != nil {
			return nil, err
		}
		tags = append([]byte{}, tags...)
		if status, known := of[int64(gid)]; known {
			for i, text := range []string{status.Level, status.Data} {
				tags = binary.AppendUvarint(binary.AppendUvarint(tags, keys+uint64(i)), value(text))
			}
		}
		message := binary.AppendUvarint(appendTag(nil, fieldID, varint), gid)
		out = appendBytes(out, fieldFeature, append(appendBytes(message, fieldTags, tags), rest...))
	}
	return appendBytes(nil, fieldLayer, append(out, tail...)), nil
}

// eachField calls fn with the fields of a message that are numbers or bytes; there are no others in tiles but in values.
func eachField(b []byte, fn func(field int, bytes []byte, number uint64)) error {
	for len(b) > 0 {
		tag, n := binary.Uvarint(b)
		if n <= 0 {
			return errTile
		}
		b = b[n:]
		number, n := binary.Uvarint(b)
		if n <= 0 {
			return errTile
		}
		b = b[n:]
		switch tag & 7 {
		case varint:
			fn(int(tag>>3), nil, number)
		case bytesOf:
			if number > uint64(len(b)) {
				return errTile
			}
			fn(int(tag>>3), b[:number], 0)
			b = b[number:]
		default:
			return errTile
		}
	}
	return nil
}
