package tiles

import (
	"context"

	"basin/access"
	"basin/layer"
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
