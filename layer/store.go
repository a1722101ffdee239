package layer

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/postgis"
)

// Store answers questions about layers.
type Store struct {
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
)

// List lists the layers that a reader of that clearance may know of, from the bottom of the map to its top.
func (s *Store) List(ctx context.Context, clearance access.Class) ([]Layer, error) {
	return s.lists.get(string(clearance), listLife, func() ([]Layer, error) { return s.list(ctx, clearance) })
}

// Get finds a layer that a reader of that clearance may know of. One that is not remembered is looked for again.
func (s *Store) Get(ctx context.Context, id string, clearance access.Class) (Layer, error) {
	for range 2 {
		layers, err := s.List(ctx, clearance)
		if err != nil {
			return Layer{}, err
		}
		if i := slices.IndexFunc(layers, func(l Layer) bool { return l.ID == id }); i >= 0 {
			return layers[i], nil
		}
		s.lists.forget(string(clearance))
	}
	return Layer{}, errUnknown(id)
}

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
	_, err = pgx.ForEachRow(rows, []any{&l.ID, &l.Title.Zh, &l.Title.En, &l.Comment, &l.GeometryType, &l.MinZoom, &l.MaxZoom, &l.Own, &l.Class,
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

// memory keeps answers for a short time.
type memory[T any] struct {
	mu   sync.Mutex
	kept map[string]answer[T]
}

type answer[T any] struct {
	value T
	until time.Time
}

// get is the remembered answer to key, or what find says, which is then remembered.
func (m *memory[T]) get(key string, life time.Duration, find func() (T, error)) (T, error) {
	start := time.Now()
	m.mu.Lock()
	a, ok := m.kept[key]
	m.mu.Unlock()
	if ok && start.Before(a.until) {
		return a.value, nil
	}
	v, err := find()
	if err != nil {
		return v, err
	}
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil {
		m.kept = map[string]answer[T]{}
	}
	for k, old := range m.kept {
		if now.After(old.until) {
			delete(m.kept, k)
		}
	}
	m.kept[key] = answer[T]{v, now.Add(max(life, effort*now.Sub(start)))}
	return v, nil
}

// forget drops the remembered answer to key.
func (m *memory[T]) forget(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.kept, key)
}
