package tiles

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"runtime"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Coding is how the bytes of a tile are coded, by its name in HTTP.
type Coding string

// The codings. Identity is the tile as it is.
const (
	Zstd     Coding = "zstd"
	Gzip     Coding = "gzip"
	Identity Coding = "identity"
)

// packer compresses tiles and takes them apart again. What it works with is kept from one tile to the next, since it is greater than most of them.
type packer struct {
	gzips [2]sync.Pool // of *gzip.Writer: for tiles of usual length, and for long ones
	zip   *zstd.Encoder
	unzip *zstd.Decoder
}

// zstdWindow is how far back zstd looks. Browsers refuse more than 8 MiB.
const zstdWindow = 1 << 20

func newPacker() *packer {
	zip, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithWindowSize(zstdWindow), zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true),
		zstd.WithEncoderConcurrency(min(runtime.GOMAXPROCS(0), atOnce)))
	if err != nil {
		panic(err) // the options are constant
	}
	unzip, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0))
	if err != nil {
		panic(err) // the same
	}
	p := &packer{zip: zip, unzip: unzip}
	for i, level := range [...]int{usualLevel, gzip.BestSpeed} {
		p.gzips[i].New = func() any {
			w, err := gzip.NewWriterLevel(nil, level)
			if err != nil {
				panic(err) // the levels are constant
			}
			return w
		}
	}
	return p
}

// How hard gzip tries. Long tiles are made some nine percent longer by the quickest level, which takes half of the time.
const (
	usualLevel = 3
	longTile   = 256 << 10 // bytes before
)

// make makes a tile of its content, in one coding.
func (p *packer) make(raw []byte, in Coding) (tile, error) {
	sum := sha256.Sum256(raw)
	t := tile{etag: hex.EncodeToString(sum[:16])}
	return t, p.add(&t, raw, in)
}

// add adds a coding to a tile. One that nobody asked for in particular is made in zstd, which takes the least time both ways.
func (p *packer) add(t *tile, raw []byte, in Coding) (err error) {
	switch {
	case len(raw) == 0:
	case in == Gzip:
		t.gzip, err = p.gzip(raw)
	default:
		t.zstd = p.zip.EncodeAll(raw, nil)
	}
	return err
}

func (p *packer) gzip(raw []byte) ([]byte, error) {
	pool := &p.gzips[0]
	if len(raw) >= longTile {
		pool = &p.gzips[1]
	}
	w := pool.Get().(*gzip.Writer) //nolint:forcetypeassert // the pools hold nothing else
	defer pool.Put(w)
	var b bytes.Buffer
	w.Reset(&b)
	if _, err := w.Write(raw); err != nil {
		return nil, fmt.Errorf("compress tile: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compress tile: %w", err)
	}
	return b.Bytes(), nil
}

// open is the content of a tile; nothing for an empty one.
func (p *packer) open(t tile) ([]byte, error) {
	if t.zstd == nil {
		return Unpack(t.gzip)
	}
	raw, err := p.unzip.DecodeAll(t.zstd, nil)
	if err != nil {
		return nil, fmt.Errorf("decompress tile: %w", err)
	}
	return raw, nil
}

// Unpack is the MVT in a tile compressed with gzip; nothing for an empty one.
func Unpack(data []byte) ([]byte, error) {
	if len(data) == 0 {
		return nil, nil
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("decompress tile: %w", err)
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("decompress tile: %w", err)
	}
	return raw, nil
}
