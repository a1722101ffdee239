package tiles

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"basin/access"
	"basin/fault"
	"basin/layer"
)

// Status is what is to be told of a thing in tiles as it is now.
type Status struct{ Level, Data string }

// Live knows the status of things. Kinds are those that have one; each has a layer of its own name. Status tells it of all things of a kind by gid, as far as a reader
// of that clearance may know.
type Live struct {
	Kinds  []string
	Status func(ctx context.Context, kind string, clearance access.Class) (map[int64]Status, error)
}

// The attributes that a layer with status has besides those of its features.
const (
	statusLevel = "status_level"
	statusData  = "status_data"
)

// topicState is the topic under which the feed tells of things whose state may have changed.
const topicState = "state"

// How often the status of a kind is found out anew.
const (
	statusPause = 300 * time.Millisecond // at most, while readings come
	statusShare = 10                     // nor more than a part of the time that it takes
	statusLife  = 30 * time.Second       // while none come: values grow old
)

// statuses are what is known of the status of things: of each kind and clearance that was asked for once, kept up to date from then on.
type statuses struct {
	live  Live
	mu    sync.Mutex
	known map[statusOf]*statusKnown
	moved time.Time // when the feed told of a reading last
}

type statusOf struct {
	kind      string
	clearance access.Class
}

type statusKnown struct {
	of    map[int64]Status
	since time.Time     // when it began to be found out
	took  time.Duration // for that
}

// due says whether it is time to find the status out anew.
func (k *statusKnown) due(moved, now time.Time) bool {
	age := now.Sub(k.since)
	return age > statusLife || moved.After(k.since) && age > max(statusPause, statusShare*k.took)
}

// describeStatus makes of the description of a layer that of the one with status.
func describeStatus(l layer.Layer) layer.Layer {
	l.Title.Zh, l.Title.En = l.Title.Zh+"状态", l.Title.En+" with status"
	l.Columns = append(slices.Clone(l.Columns),
		layer.Column{Name: statusLevel, Type: layer.TypeString, Comment: "Level of the status: unknown, no_threshold, low, normal, rising, warning, guaranteed, record."},
		layer.Column{Name: statusData, Type: layer.TypeString, Comment: "The data behind it: fresh, stale, faulty."})
	if l.TileAttributes != nil {
		l.TileAttributes = append(slices.Clone(l.TileAttributes), statusLevel, statusData)
	}
	return l
}

// statusTile is the tile of a layer with status: that of the layer, whose geometry is taken as it is, with two attributes more.
func (s *Store) statusTile(ctx context.Context, kind string, k key) ([]byte, error) {
	l, err := s.layer(ctx, kind, k.clearance)
	if err != nil {
		return nil, err
	}
	raw, err := s.part(ctx, l, k)
	if err != nil || len(raw) == 0 {
		return nil, err
	}
	of, err := s.status(ctx, statusOf{kind, k.clearance})
	if err != nil {
		return nil, err
	}
	return marked(raw, k.layers, of)
}

// status is the status of things of a kind, from memory where it is known.
func (s *Store) status(ctx context.Context, of statusOf) (map[int64]Status, error) {
	s.statuses.mu.Lock()
	known := s.statuses.known[of]
	s.statuses.mu.Unlock()
	if known != nil {
		return known.of, nil
	}
	return s.learn(ctx, of)
}

// learn finds the status of things of a kind out and remembers it. Tiles that hold a thing whose status is another now are forgotten.
func (s *Store) learn(ctx context.Context, of statusOf) (map[int64]Status, error) {
	start := time.Now()
	found, err := s.statuses.live.Status(ctx, of.kind, of.clearance)
	if err != nil {
		return nil, err
	}
	s.statuses.mu.Lock()
	if s.statuses.known == nil {
		s.statuses.known = map[statusOf]*statusKnown{}
	}
	old := s.statuses.known[of]
	s.statuses.known[of] = &statusKnown{found, start, time.Since(start)}
	s.statuses.mu.Unlock()
	if old != nil {
		s.cache.drop(WithStatus(of.kind), s.differs(of, old.of, found))
	}
	return found, nil
}

// differs is where things are whose status differs. Of a layer that is not in memory it is everywhere.
func (s *Store) differs(of statusOf, old, now map[int64]Status) (changed []dirt) {
	r := s.memory.get(of.kind)
	if r != nil {
		r.mu.RLock()
		defer r.mu.RUnlock()
	}
	note := func(gid int64) {
		d := dirt{box: bounds{math.MinInt32, math.MinInt32, math.MaxInt32, math.MaxInt32}, maxZ: MaxZoom}
		if r != nil {
			e := r.t.entities[gid]
			if e == nil {
				return
			}
			d.box = e.shape.box
		}
		changed = append(changed, d)
	}
	for gid, status := range now {
		if old[gid] != status {
			note(gid)
		}
	}
	for gid := range old {
		if _, still := now[gid]; !still {
			note(gid)
		}
	}
	return changed
}

// watch keeps what is known of the status of things up to date until ctx ends.
func (s *Store) watch(ctx context.Context) {
	tick := time.NewTicker(statusPause / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			var due []statusOf
			s.statuses.mu.Lock()
			for of, known := range s.statuses.known {
				if known.due(s.statuses.moved, now) {
					due = append(due, of)
				}
			}
			s.statuses.mu.Unlock()
			for _, of := range due {
				if _, err := s.learn(ctx, of); err != nil && ctx.Err() == nil && fault.KindOf(err) != fault.Unavailable {
					s.log.Warn("the status of things in tiles is not up to date; tried again", "kind", of.kind, "error", err)
				}
			}
		}
	}
}

// note notes that the feed told of readings.
func (s *Store) note() {
	s.statuses.mu.Lock()
	defer s.statuses.mu.Unlock()
	s.statuses.moved = time.Now()
}
