package tiles

import (
	"context"
	"slices"
	"time"

	"basin/access"
	"basin/fault"
	"basin/layer"
)

// absent is a layer that there was no room for in memory.
type absent struct {
	need    int // bytes that were not enough
	since   time.Time
	pause   time.Duration // from then until it may be tried again: a minute, and twice as long each time
	changed bool          // since then, so that it may need less
}

// maxPause bounds how long a layer that changes is not tried again.
const maxPause = time.Hour

// due says whether a layer is worth another try: there is more room, or it changed.
func (a *absent) due(left int, now time.Time) bool {
	return now.Sub(a.since) >= a.pause && (a.changed || left > a.need)
}

// leave notes that there is no room for a layer, which needs more than so many bytes. Its tiles come from the database from now on.
func (m *memory) leave(id string, need int) {
	m.set(id, nil)
	pause := m.pause
	if before := m.absent[id]; before != nil {
		pause = min(2*before.pause, maxPause)
	}
	m.absent[id] = &absent{need: need, since: time.Now(), pause: pause}
}

// load reads a layer into memory anew, if the budget allows it. Otherwise its tiles come from the database.
func (s *Store) load(ctx context.Context, l layer.Layer) error {
	t, fits, err := s.readTable(ctx, l, s.memory.left(l.ID))
	switch {
	case err != nil && fault.KindOf(err) == fault.Unavailable:
		return err
	case err != nil: // its tiles say what is wrong
		s.log.Warn("a layer cannot be read into memory: its tiles come from the database", "layer", l.ID, "error", err)
		s.memory.set(l.ID, nil)
	case !fits:
		s.memory.leave(l.ID, t.bytes)
	default:
		s.memory.set(l.ID, t)
		delete(s.memory.absent, l.ID)
	}
	return nil
}

// comeBack tries layers again that there was no room for.
func (s *Store) comeBack(ctx context.Context) error {
	for id, a := range s.memory.absent {
		if !a.due(s.memory.left(id), time.Now()) {
			continue
		}
		if err := s.reload(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// reload brings a layer up to what the register and its relation say now.
func (s *Store) reload(ctx context.Context, id string) error {
	s.layers.Forget()
	l, err := s.layers.Get(ctx, id, access.Restricted)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		s.memory.set(id, nil)
		delete(s.memory.absent, id)
	case err != nil:
		return err //nolint:wrapcheck // a fault of its kind already
	default:
		if err := s.load(ctx, l); err != nil {
			return err
		}
	}
	s.Invalidate(id)
	return nil
}

// renew brings a layer up to what the feed tells of it, and drops the tiles that may be other than they were.
func (s *Store) renew(ctx context.Context, id string, m Moved) (Dropped, error) {
	if m.All {
		return Dropped{all: true}, s.reload(ctx, id)
	}
	r := s.memory.get(id)
	if r == nil {
		if a := s.memory.absent[id]; a != nil {
			a.changed = true
		}
		d := m.dropped()
		s.drop(id, d.change)
		return d, nil
	}
	l, err := s.layers.Get(ctx, id, access.Restricted)
	if err != nil {
		return Dropped{}, err //nolint:wrapcheck // a fault of its kind already
	}
	features, err := s.readFeatures(ctx, l, r.t, m.GIDs)
	if err != nil {
		return Dropped{}, err
	}
	c := r.put(features, m.GIDs)
	if s.memory.left("") < 0 {
		s.log.Warn("a layer has outgrown the memory for tiles: its tiles come from the database", "layer", id)
		s.memory.leave(id, r.t.bytes)
		s.Invalidate(id) // what the database makes does not fit beside what was made from memory
		return Dropped{all: true}, nil
	}
	s.drop(id, c)
	return Dropped{change: c}, nil
}

// drop drops the tiles of a layer, and of what is made of it, where something changed.
func (s *Store) drop(id string, c change) {
	s.cache.drop(id, slices.Concat(c.changed, c.beside))
	s.cache.drop(Labels(id), c.labels)
}
