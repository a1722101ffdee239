package tiles

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/klauspost/compress/gzip"

	"basin/access"
	"basin/fault"
	"basin/postgis"
)

// Archive says which tiles go into a PMTiles archive.
type Archive struct {
	Layers    []string
	Clearance access.Class // of whoever will read it
	MinZoom   int          // of those that the layers have
	MaxZoom   int          // of the same
	BBox      *[4]float64  // west, south, east, north; nil for all that the layers hold
}

// maxArchived is how many tiles an archive may be made of, empty ones included.
const maxArchived = 2_000_000

// PMTiles fixes these (version 3 of its specification).
const (
	pmHeader      = 127
	pmRoot        = 16<<10 - pmHeader // a reader fetches so much at first
	pmLeaf        = 4096              // entries of a leaf directory
	pmGzip, pmMVT = 2, 1
)

// entry of a directory: tiles from an id on that are all the same, and where.
type pmEntry struct {
	id, offset uint64
	length     uint32
	run        uint32 // 0 for a leaf directory
}

// WriteArchive writes tiles into a PMTiles archive, which is one file that a map reads without a server, and says how many hold something. Tiles that are the same are
// there once. Step is told how many of all tiles are done.
func (s *Store) WriteArchive(ctx context.Context, out io.WriteSeeker, a Archive, step func(done, total int)) (int, error) {
	described, err := s.Describe(ctx, a.Layers, "", a.Clearance)
	if err != nil {
		return 0, err
	}
	a.MinZoom, a.MaxZoom = max(a.MinZoom, described.MinZoom), min(a.MaxZoom, described.MaxZoom)
	if a.BBox != nil {
		described.Bounds = [4]float64{max(a.BBox[0], described.Bounds[0]), max(a.BBox[1], described.Bounds[1]), min(a.BBox[2], described.Bounds[2]), min(a.BBox[3], described.Bounds[3])}
	}
	wanted, err := tilesWithin(described.Bounds, a.MinZoom, a.MaxZoom)
	if err != nil {
		return 0, err
	}
	if len(wanted) == 0 {
		return 0, fault.New(fault.Invalid, "archive-empty", "no tile is to be made: the layers have nothing in that box at those zoom levels")
	}
	described.MinZoom, described.MaxZoom = a.MinZoom, a.MaxZoom
	// The data come first, behind the room of the header and the root; what is known at the end goes in front of and behind them.
	if _, err := out.Seek(pmHeader+pmRoot, io.SeekStart); err != nil {
		return 0, fmt.Errorf("archive: %w", err)
	}
	p := &pmWriter{out: out, at: map[[32]byte]pmEntry{}}
	for i, t := range wanted {
		data, _, err := s.Tile(ctx, a.Layers, t.z, t.x, t.y, a.Clearance)
		if err != nil {
			return 0, err
		}
		if err := p.add(t.id, data); err != nil {
			return 0, err
		}
		step(i+1, len(wanted))
	}
	if ctx.Err() != nil {
		return 0, postgis.Fault(ctx.Err())
	}
	return p.addressed, p.finish(described)
}

// wantedTile is a tile with its number in the order of PMTiles.
type wantedTile struct {
	id      uint64
	z, x, y int
}

// tilesWithin are the tiles of zoom levels that hold a box of degrees, by their numbers.
func tilesWithin(box [4]float64, minZoom, maxZoom int) ([]wantedTile, error) {
	column := func(lon float64, n int) int { return max(0, min(n-1, int(math.Floor((lon+180)/360*float64(n))))) }
	row := func(lat float64, n int) int {
		rad := max(-85.0511, min(85.0511, lat)) * math.Pi / 180
		return max(0, min(n-1, int(math.Floor((1-math.Asinh(math.Tan(rad))/math.Pi)/2*float64(n)))))
	}
	var out []wantedTile
	if box[0] > box[2] || box[1] > box[3] {
		return nil, nil
	}
	for z := minZoom; z <= maxZoom; z++ {
		n := 1 << z
		left, right, top, bottom := column(box[0], n), column(box[2], n), row(box[3], n), row(box[1], n)
		if len(out)+(right-left+1)*(bottom-top+1) > maxArchived {
			return nil, fault.New(fault.Invalid, "archive-too-large", "more than {limit} tiles would be made: ask for lower zoom levels or a smaller box", "limit", maxArchived)
		}
		for x := left; x <= right; x++ {
			for y := top; y <= bottom; y++ {
				out = append(out, wantedTile{tileNumber(z, x, y), z, x, y})
			}
		}
	}
	slices.SortFunc(out, func(a, b wantedTile) int { return cmp.Compare(a.id, b.id) })
	return out, nil
}

// tileNumber is the number of a tile: those of lower zoom levels first, within one along Hilbert's curve.
func tileNumber(z, x, y int) uint64 {
	id := (uint64(1)<<(2*z) - 1) / 3
	for s := 1 << z >> 1; s > 0; s >>= 1 {
		rx, ry := 0, 0
		if x&s > 0 {
			rx = 1
		}
		if y&s > 0 {
			ry = 1
		}
		id += uint64(s) * uint64(s) * uint64(3*rx^ry)
		if ry == 0 {
			if rx == 1 {
				x, y = s-1-x&(s-1), s-1-y&(s-1)
			} else {
				x, y = x&(s-1), y&(s-1)
			}
			x, y = y, x
		} else {
			x, y = x&(s-1), y&(s-1)
		}
	}
	return id
}

// pmWriter writes the data of an archive and remembers where what is.
type pmWriter struct {
	out       io.WriteSeeker
	at        map[[32]byte]pmEntry
	entries   []pmEntry
	written   uint64
	addressed int
}

// add adds a tile, whose number is greater than those before.
func (p *pmWriter) add(id uint64, data []byte) error {
	if len(data) == 0 {
		return nil
	}
	p.addressed++
	sum := sha256.Sum256(data)
	e, known := p.at[sum]
	if !known {
		if _, err := p.out.Write(data); err != nil {
			return fmt.Errorf("archive: %w", err)
		}
		e = pmEntry{offset: p.written, length: uint32(len(data))}
		p.written += uint64(len(data))
		p.at[sum] = e
	}
	if n := len(p.entries); n > 0 {
		if last := &p.entries[n-1]; last.offset == e.offset && last.id+uint64(last.run) == id {
			last.run++
			return nil
		}
	}
	p.entries = append(p.entries, pmEntry{id, e.offset, e.length, 1})
	return nil
}

// directory writes entries as the specification has them.
func directory(entries []pmEntry) ([]byte, error) {
	b := binary.AppendUvarint(nil, uint64(len(entries)))
	last := uint64(0)
	for _, e := range entries {
		b, last = binary.AppendUvarint(b, e.id-last), e.id
	}
	for _, e := range entries {
		b = binary.AppendUvarint(b, uint64(e.run))
	}
	for _, e := range entries {
		b = binary.AppendUvarint(b, uint64(e.length))
	}
	for i, e := range entries {
		if i > 0 && e.offset == entries[i-1].offset+uint64(entries[i-1].length) {
			b = append(b, 0)
		} else {
			b = binary.AppendUvarint(b, e.offset+1)
		}
	}
	return squeeze(b)
}

func squeeze(b []byte) ([]byte, error) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	err := w.Close()
	return out.Bytes(), err
}

// directories are the root, and the leaves where the entries do not fit into it.
func directories(entries []pmEntry) (root, leaves []byte, err error) {
	if root, err = directory(entries); err != nil || len(root) <= pmRoot {
		return root, nil, err
	}
	for size := pmLeaf; ; size *= 2 {
		var index []pmEntry
		leaves = nil
		for some := range slices.Chunk(entries, size) {
			leaf, err := directory(some)
			if err != nil {
				return nil, nil, err
			}
			index = append(index, pmEntry{some[0].id, uint64(len(leaves)), uint32(len(leaf)), 0})
			leaves = append(leaves, leaf...)
		}
		if root, err = directory(index); err != nil || len(root) <= pmRoot {
			return root, leaves, err
		}
	}
}

// finish writes what describes the tiles: metadata and leaves behind them, header and root in front.
func (p *pmWriter) finish(t TileJSON) error {
	root, leaves, err := directories(p.entries)
	if err != nil {
		return err
	}
	about, err := json.Marshal(map[string]any{"name": t.Name, "attribution": t.Attribution, "vector_layers": t.VectorLayers, "type": "overlay"})
	if err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	metadata, err := squeeze(about)
	if err != nil {
		return err
	}
	const data = pmHeader + pmRoot
	if _, err := p.out.Write(append(metadata, leaves...)); err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	h := append([]byte("PMTiles"), 3)
	end := data + p.written
	for _, n := range []uint64{pmHeader, uint64(len(root)), end, uint64(len(metadata)), end + uint64(len(metadata)), uint64(len(leaves)), data, p.written,
		uint64(p.addressed), uint64(len(p.entries)), uint64(len(p.at))} {
		h = binary.LittleEndian.AppendUint64(h, n)
	}
	h = append(h, 1, pmGzip, pmGzip, pmMVT, byte(t.MinZoom), byte(t.MaxZoom))
	degrees := func(d float64) { h = binary.LittleEndian.AppendUint32(h, uint32(int32(math.Round(d*1e7)))) }
	for _, d := range t.Bounds {
		degrees(d)
	}
	h = append(h, byte(t.MinZoom))
	degrees((t.Bounds[0] + t.Bounds[2]) / 2)
	degrees((t.Bounds[1] + t.Bounds[3]) / 2)
	if _, err := p.out.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	if _, err := p.out.Write(append(h, root...)); err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	return nil
}
