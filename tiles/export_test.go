package tiles

import (
	"context"
	"log/slog"
	"time"

	"basin/access"
	"basin/layer"
	"basin/postgis"
)

// Memory is a layer in memory, for tests of what is made of it.
type Memory struct {
	t *table
	e encoder
}

// Read reads a layer into memory.
func (s *Store) Read(ctx context.Context, l layer.Layer) (*Memory, error) {
	t, _, err := s.readTable(ctx, l, 1<<30)
	return &Memory{t: t}, err
}

// Labels makes a tile of labels from memory.
func (m *Memory) Labels(z, x, y int, clearance access.Class) []byte {
	return m.e.labels(nil, m.t, z, x, y, clearance)
}

// Tile makes a tile from memory.
func (m *Memory) Tile(z, x, y int, clearance access.Class) []byte {
	return m.e.tile(nil, m.t, z, x, y, clearance)
}

// Bytes is about what the layer takes.
func (m *Memory) Bytes() int { return m.t.bytes }

// Reference makes a tile with ST_AsMVT.
func (s *Store) Reference(ctx context.Context, l layer.Layer, z, x, y int, clearance access.Class) ([]byte, error) {
	return s.ask(ctx, served{Layer: l, plain: l.ID}, key{l.ID, z, x, y, clearance})
}

// ReferenceLabels makes a tile of labels with ST_PointOnSurface.
func (s *Store) ReferenceLabels(ctx context.Context, l layer.Layer, z, x, y int, clearance access.Class) ([]byte, error) {
	plain := l.ID
	l.ID = Labels(plain)
	return s.ask(ctx, served{l, plain, labels}, key{l.ID, z, x, y, clearance})
}

// Cover is that of what the feed tells.
func (m Moved) Cover(clearance access.Class) []string { return m.dropped().Cover(clearance) }

// Impatient makes a Store try layers again at once that there was no room for.
func (s *Store) Impatient() { s.memory.pause = time.Millisecond }

// Resident says whether a layer is in memory.
func (s *Store) Resident(layer string) bool { return s.memory.get(layer) != nil }

// Holds says whether a tile is in the cache.
func (s *Store) Holds(layer string, z, x, y int, clearance access.Class) bool {
	s.cache.mu.Lock()
	defer s.cache.mu.Unlock()
	return s.cache.entries[key{layer, z, x, y, clearance}] != nil
}

// Loaded is a Store with all layers in memory as they are now, which follows nothing. Things of some kinds have a status.
func Loaded(ctx context.Context, db *postgis.DB, layers *layer.Store, kinds ...string) (*Store, error) {
	s := New(db, slog.New(slog.DiscardHandler), layers, 1<<30)
	s.Tell(Live{Kinds: kinds})
	return s, s.loadAll(ctx)
}

// TileNumber is the number of a tile in an archive.
func TileNumber(z, x, y int) uint64 { return tileNumber(z, x, y) }
