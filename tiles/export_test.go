package tiles

import (
	"context"
	"log/slog"

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
	t, err := s.readTable(ctx, l, 1<<30)
	return &Memory{t: t}, err
}

// Tile makes a tile from memory.
func (m *Memory) Tile(z, x, y int, clearance access.Class) []byte {
	return m.e.tile(nil, m.t, z, x, y, clearance)
}

// Bytes is about what the layer takes.
func (m *Memory) Bytes() int { return m.t.bytes }

// Reference makes a tile with ST_AsMVT.
func (s *Store) Reference(ctx context.Context, l layer.Layer, z, x, y int, clearance access.Class) ([]byte, error) {
	return s.ask(ctx, l, key{l.ID, z, x, y, clearance})
}

// Resident says whether a layer is in memory.
func (s *Store) Resident(layer string) bool { return s.memory.get(layer) != nil }

// Holds says whether a tile is in the cache.
func (s *Store) Holds(layer string, z, x, y int, clearance access.Class) bool {
	s.cache.mu.Lock()
	defer s.cache.mu.Unlock()
	return s.cache.entries[key{layer, z, x, y, clearance}] != nil
}

// Loaded is a Store with all layers in memory as they are now, which follows nothing.
func Loaded(ctx context.Context, db *postgis.DB, layers *layer.Store) (*Store, error) {
	s := New(db, slog.New(slog.DiscardHandler), layers, 1<<30)
	return s, s.loadAll(ctx)
}

// TileNumber is the number of a tile in an archive.
func TileNumber(z, x, y int) uint64 { return tileNumber(z, x, y) }
