package source

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/paulmach/osm"
	"google.golang.org/protobuf/encoding/protowire"
)

// Bounds of OpenStreetMap's binary form, as its description sets them.
const (
	maxPBFHeader = 64 << 10
	maxPBFBlob   = 32 << 20 // packed or not
)

// pbfFeatures are what a file may require of its reader.
var pbfFeatures = []string{"OsmSchema-V0.6", "DenseNodes", "HistoricalInformation"}

// errPBF is the fault of a file whose bytes make no sense.
var errPBF = errors.New("its blocks are broken")

// readPBF calls fn with the objects of one type in a file of OpenStreetMap's binary form, each without its history. A node is good until the next one.
//
// The module that reads the XML has a reader of this as well; that one panics in threads of its own where a file is broken or has nodes that are not dense.
func readPBF(ctx context.Context, from io.Reader, want osm.Type, fn func(osm.Object) error) error {
	for ctx.Err() == nil {
		kind, data, err := nextPBF(from)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case kind == "OSMHeader":
			err = eachPBF(data, func(f pbfField) error {
				if f.number == 4 && !slices.Contains(pbfFeatures, string(f.bytes)) {
					return fmt.Errorf("it needs %q, which is not known", short(string(f.bytes)))
				}
				return nil
			})
		case kind == "OSMData":
			err = (&pbfBlock{granularity: 100, want: want, fn: fn}).read(data)
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// nextPBF is the next blob, unpacked; io.EOF where there is none.
func nextPBF(from io.Reader) (kind string, data []byte, err error) {
	var size [4]byte
	if _, err := io.ReadFull(from, size[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return "", nil, errPBF
		}
		return "", nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > maxPBFHeader {
		return "", nil, errPBF
	}
	head := make([]byte, n)
	if _, err := io.ReadFull(from, head); err != nil {
		return "", nil, errPBF
	}
	length := uint64(0)
	if err := eachPBF(head, func(f pbfField) error {
		switch f.number {
		case 1:
			kind = string(f.bytes)
		case 3:
			length = f.varint
		}
		return nil
	}); err != nil || length > maxPBFBlob {
		return "", nil, errPBF
	}
	var packed bytes.Buffer
	if _, err := io.CopyN(&packed, from, int64(length)); err != nil {
		return "", nil, errPBF
	}
	err = eachPBF(packed.Bytes(), func(f pbfField) (err error) {
		switch f.number {
		case 1:
			data = f.bytes
		case 3:
			var z io.ReadCloser
			if z, err = zlib.NewReader(bytes.NewReader(f.bytes)); err == nil {
				data, err = allOf(z)
			}
		case 7:
			var z *zstd.Decoder
			if z, err = zstd.NewReader(bytes.NewReader(f.bytes), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPBFBlob)); err == nil {
				data, err = allOf(z.IOReadCloser())
			}
		case 4, 5, 6:
			err = errors.New("its blocks are packed in a way that is not known")
		}
		return err
	})
	return kind, data, err
}

// allOf reads what a blob unpacks to, up to its bound.
func allOf(z io.ReadCloser) ([]byte, error) {
	defer z.Close()
	data, err := io.ReadAll(io.LimitReader(z, maxPBFBlob+1))
	if err == nil && len(data) > maxPBFBlob {
		err = errPBF
	}
	return data, err
}

// pbfField is a field of a message: a number, or bytes.
type pbfField struct {
	number protowire.Number
	varint uint64
	bytes  []byte // nil for a number
}

// eachPBF calls fn with the fields of a message.
func eachPBF(b []byte, fn func(pbfField) error) error {
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return errPBF
		}
		f, b2 := pbfField{number: number}, b[n:]
		switch kind {
		case protowire.VarintType:
			f.varint, n = protowire.ConsumeVarint(b2)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(b2)
		default:
			n = protowire.ConsumeFieldValue(number, kind, b2)
		}
		if n < 0 {
			return errPBF
		}
		b = b2[n:]
		if kind != protowire.VarintType && kind != protowire.BytesType {
			continue
		}
		if err := fn(f); err != nil {
			return err
		}
	}
	return nil
}

// numbers adds the numbers of a field to a list, whether they are packed or one of many.
func (f pbfField) numbers(list []uint64) ([]uint64, error) {
	if f.bytes == nil {
		return append(list, f.varint), nil
	}
	for b := f.bytes; len(b) > 0; {
		x, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return list, errPBF
		}
		list, b = append(list, x), b[n:]
	}
	return list, nil
}

// signed is a number that a field writes in zigzag.
func signed(x uint64) int64 { return protowire.DecodeZigZag(x) }
