package layer

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/singleflight"

	"basin/access"
	"basin/postgis"
)

// Store answers questions about layers.
type Store struct {
	Network Network // asked by filters on what is up- or downstream; nil where there is none

	db      *postgis.DB
	lists   memory[[]Layer]
	extents memory[*[4]float64]
	counts  memory[*int64]
}

// New makes a Store.
func New(db *postgis.DB) *Store { return &Store{db: db} }

// How long answers are remembered. One that took long to find is remembered for that many times as long.
const (
	listLife    = 2 * time.Second
	summaryLife = 10 * time.Second
	effort      = 20
	maxKept     = 1000 // answers; beyond, all are forgotten
)

// List lists the layers that a reader of that clearance may know of, from the bottom of the map to its top.
func (s *Store) List(ctx context.Context, clearance access.Class) ([]Layer, error) {
	return s.lists.get(ctx, string(clearance), listLife, func(ctx context.Context) ([]Layer, error) { return s.list(ctx, clearance) })
}

// Get finds a layer that a reader of that clearance may know of. One that is not remembered is looked for again.
func (s *Store) Get(ctx context.Context, id string, clearance access.Class) (Layer, error) {
	for range 2 {
		layers, err := s.List(ctx, clearance)
		if err != nil {
			return Layer{}, err
		}
		for i := range layers {
			if layers[i].ID == id {
				return layers[i], nil
			}
		}
		s.lists.forget(string(clearance))
	}
	return Layer{}, errUnknown(id)
}

// From is the layer's relation as SQL names it.
func (l Layer) From() string { return quoted(l.schema, l.relation) }

// quoted is a name, qualified by those before it, as SQL writes it.
func quoted(names ...string) string { return pgx.Identifier(names).Sanitize() }

//go:embed layer_list.sql
var layerListSQL string

func (s *Store) list(ctx context.Context, clearance access.Class) ([]Layer, error) {
	rows, err := s.db.Query(ctx, layerListSQL, string(clearance))
	if err != nil {
		return nil, postgis.Fault(err)
	}
	layers := []Layer{}
	var l Layer
	var columns []byte
	_, err = pgx.ForEachRow(rows, []any{&l.ID, &l.Title.Zh, &l.Title.En, &l.Comment, &l.GeometryType, &l.MinZoom, &l.MaxZoom, &l.TileAttributes, &l.Own, &l.Class,
		&l.Attribution, &l.schema, &l.relation, &columns}, func() error {
		l.Columns = nil
		if err := json.Unmarshal(columns, &l.Columns); err != nil {
			return fmt.Errorf("columns of %s: %w", l.ID, err)
		}
		l.Time = temporal(l.Columns)
		layers = append(layers, l)
		return nil
	})
	return layers, postgis.Fault(err)
}

// memory keeps answers for a short time. Those who ask the same at the same time share one answer.
type memory[T any] struct {
	mu     sync.Mutex
	kept   map[string]answer[T]
	flight singleflight.Group
}

type answer[T any] struct {
	value T
	until time.Time
}

// get is the remembered answer to key, or what find says, which is then remembered.
func (m *memory[T]) get(ctx context.Context, key string, life time.Duration, find func(context.Context) (T, error)) (T, error) {
	m.mu.Lock()
	a, ok := m.kept[key]
	m.mu.Unlock()
	if ok && time.Now().Before(a.until) {
		return a.value, nil
	}
	finding := m.flight.DoChan(key, func() (any, error) {
		start := time.Now()
		v, err := find(context.WithoutCancel(ctx)) // one who leaves does not spoil it for the others
		if err == nil {
			m.keep(key, v, start, life)
		}
		return v, err
	})
	select {
	case <-ctx.Done():
		return a.value, postgis.Fault(ctx.Err())
	case r := <-finding:
		v, _ := r.Val.(T)
		return v, r.Err //nolint:wrapcheck // a fault of its kind already
	}
}

// keep remembers an answer that was looked for since start.
func (m *memory[T]) keep(key string, v T, start time.Time, life time.Duration) {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil || len(m.kept) >= maxKept {
		m.kept = map[string]answer[T]{}
	}
	for k, old := range m.kept {
		if now.After(old.until) {
			delete(m.kept, k)
		}
	}
	m.kept[key] = answer[T]{v, now.Add(max(life, effort*now.Sub(start)))}
}

// forget drops the remembered answer to key.
func (m *memory[T]) forget(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.kept, key)
	m.flight.Forget(key)
}
