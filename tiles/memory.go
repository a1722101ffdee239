package tiles

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"basin/access"
	"basin/fault"
)

// memory are the layers in memory. Only the one who follows the feed changes what is in it; tiles are made meanwhile.
type memory struct {
	budget   int           // bytes
	pause    time.Duration // until a layer that there was no room for is tried again
	mu       sync.RWMutex
	tables   map[string]*resident
	absent   map[string]*absent // of concern only to the one who follows the feed
	encoders sync.Pool
	loaded   atomic.Bool
}

// resident is a layer in memory.
type resident struct {
	mu sync.RWMutex
	t  *table
}

// get is a layer in memory; nil for one that is not.
func (m *memory) get(id string) *resident {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.tables[id]
}

// set puts a layer into memory, or takes it out for nil.
func (m *memory) set(id string, t *table) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t == nil {
		delete(m.tables, id)
		return
	}
	if m.tables == nil {
		m.tables = map[string]*resident{}
	}
	m.tables[id] = &resident{t: t}
}

// left is how much of the budget the layers leave, that one not counted.
func (m *memory) left(id string) int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	left := m.budget
	for other, r := range m.tables {
		if other != id {
			left -= r.t.bytes
		}
	}
	return left
}

// clear takes everything out.
func (m *memory) clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tables, m.absent = nil, map[string]*absent{}
}

// tile makes a tile of a layer, or of its labels, from memory.
func (m *memory) tile(r *resident, what form, k key) []byte {
	e, _ := m.encoders.Get().(*encoder)
	if e == nil {
		e = &encoder{}
	}
	defer m.encoders.Put(e)
	r.mu.RLock()
	defer r.mu.RUnlock()
	if what == labels {
		return e.labels(nil, r.t, k.z, k.x, k.y, k.clearance)
	}
	return e.tile(nil, r.t, k.z, k.x, k.y, k.clearance)
}

// dirt is a place where something of a layer changed: tiles that hold it may be other than they were.
type dirt struct {
	box   bounds
	class uint8 // of what changed there: who may not see it sees no change
	minZ  int   // at lower zoom levels it is not to be seen
	maxZ  int   // at higher ones nothing changed
}

// change is where tiles of a layer may be other than they were.
type change struct {
	changed []dirt // for features that changed
	beside  []dirt // for those that are simplified otherwise because of them
	labels  []dirt // in tiles of its labels
}

// put puts features in the place of those that have their gids, takes out those of gids that are not among them, and says what that changed.
func (r *resident) put(features []*entity, gids []int64) (c change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fresh := make(map[int64]*entity, len(features))
	for _, e := range features {
		fresh[e.gid] = e
	}
	for _, gid := range gids {
		old, now := r.t.entities[gid], fresh[gid]
		if old != nil && now != nil && old.same(now) {
			continue
		}
		label := old == nil || now == nil || !old.sameLabel(now)
		for _, e := range []*entity{old, now} {
			if e == nil || e.shape.sort == 0 {
				continue
			}
			c.changed = append(c.changed, dirt{e.shape.box, e.class, int(e.shape.minZ), MaxZoom})
			if at := e.shape.label; label && e.shape.sort == polygons {
				c.labels = append(c.labels, dirt{bounds{at.x, at.y, at.x, at.y}, e.class, int(e.shape.minZ), MaxZoom})
			}
		}
		if now == nil {
			r.t.remove(gid)
		} else {
			r.t.put(now)
		}
	}
	c.beside = r.resimplify(c.changed)
	return c
}

// resimplify simplifies what is at places where something changed, and says which of that looks otherwise for it.
func (r *resident) resimplify(at []dirt) (beside []dirt) {
	done := map[*entity]bool{}
	for _, d := range at {
		for _, e := range r.t.neighbours(d.box) {
			before := e.shape.levels
			if !done[e] && r.t.simplify(e) && before != nil { // one that is new is dirt already
				beside = append(beside, dirt{e.shape.box, e.class, int(e.shape.minZ), simplifyUpTo})
			}
			done[e] = true
		}
	}
	return beside
}

// same says whether two features look the same in every tile.
func (e *entity) same(o *entity) bool {
	return e.class == o.class && slices.Equal(e.tags, o.tags) && e.shape.sort == o.shape.sort && slices.Equal(e.shape.coords, o.shape.coords) &&
		slices.Equal(e.shape.ends, o.shape.ends) && slices.Equal(e.shape.outer, o.shape.outer)
}

// sameLabel says whether the labels of two features look the same in every tile.
func (e *entity) sameLabel(o *entity) bool {
	return e.class == o.class && slices.Equal(e.tags, o.tags) && e.shape.sort == o.shape.sort && e.shape.label == o.shape.label && e.shape.minZ == o.shape.minZ && e.size() == o.size()
}

// loadAll reads every layer into memory that the budget allows, in the order of the register.
func (s *Store) loadAll(ctx context.Context) error {
	s.layers.Forget()
	layers, err := s.layers.List(ctx, access.Restricted)
	if err != nil {
		return err //nolint:wrapcheck // a fault of its kind already
	}
	s.memory.clear()
	for _, l := range layers {
		if err := s.load(ctx, l); err != nil {
			return err
		}
	}
	s.memory.loaded.Store(true)
	return nil
}

// Load reads layers into memory as they are now, for one who does not Run. A name that is none of a layer is for whoever asks for its tiles to refuse.
func (s *Store) Load(ctx context.Context, ids []string) error {
	s.layers.Forget()
	layers, err := s.layers.List(ctx, access.Restricted)
	if err != nil {
		return err //nolint:wrapcheck // a fault of its kind already
	}
	for _, l := range layers {
		if !slices.Contains(ids, l.ID) {
			continue
		}
		if err := s.load(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// Ready fails until the layers that the budget allows have been read into memory once.
func (s *Store) Ready() error {
	if !s.memory.loaded.Load() {
		return fault.New(fault.Unavailable, "layers-loading", "the layers are being read into memory: try again in a moment")
	}
	return nil
}
