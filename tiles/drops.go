package tiles

import (
	"context"
	"sync"
	"time"

	"basin/postgis"
)

// drops are what was dropped of late, in the order of the feed.
type drops struct {
	mu     sync.Mutex
	until  postgis.Position // up to which the feed was read; zero before it is
	since  postgis.Position // what was dropped for events after it is known
	known  []drop
	weight int
	moved  chan struct{} // closed when until is another; nil while nobody waits
}

// drop is what was dropped of each layer for the events of one reading of the feed.
type drop struct {
	after, upto postgis.Position
	of          map[string]Dropped
	weight      int
}

// maxDrops bounds how many places of dirt are kept.
const maxDrops = 100_000

// begin forgets what was dropped before a position.
func (d *drops) begin(at postgis.Position) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.since, d.known, d.weight = at, nil, 0
	d.move(at)
}

// note adds what was dropped for events up to a position.
func (d *drops) note(upto postgis.Position, of map[string]Dropped) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(of) > 0 {
		weight := 1
		for _, one := range of {
			weight += len(one.changed) + len(one.beside) + len(one.labels)
		}
		d.known, d.weight = append(d.known, drop{d.until, upto, of, weight}), d.weight+weight
	}
	for d.weight > maxDrops {
		d.since, d.weight, d.known = d.known[0].upto, d.weight-d.known[0].weight, d.known[1:]
	}
	d.move(upto)
}

func (d *drops) move(to postgis.Position) {
	d.until = to
	if d.moved != nil {
		close(d.moved)
		d.moved = nil
	}
}

// wait waits until the feed was read up to a position, or ctx ends. It waits for nobody who does not read it.
func (d *drops) wait(ctx context.Context, upto postgis.Position) {
	for {
		d.mu.Lock()
		if d.until == (postgis.Position{}) || !d.until.Before(upto) {
			d.mu.Unlock()
			return
		}
		if d.moved == nil {
			d.moved = make(chan struct{})
		}
		moved := d.moved
		d.mu.Unlock()
		select {
		case <-moved:
		case <-ctx.Done():
			return
		}
	}
}

// dropPatience is how long those who are told of changes wait for the tiles to be dropped.
const dropPatience = time.Second

// Dropped says which tiles of which layers were dropped for events of the feed, which are all those after one position up to another. It waits until this Store has
// dropped them, so that who hears of it does not find the old ones. When that takes long, or is too long ago to be known, every tile of the layers counts as dropped.
func (s *Store) Dropped(ctx context.Context, events []postgis.Event, after, upto postgis.Position) map[string]Dropped {
	out, moved := map[string]Dropped{}, Changes(events)
	if len(moved) == 0 {
		return out
	}
	ctx, cancel := context.WithTimeout(ctx, dropPatience)
	defer cancel()
	d := &s.drops
	d.wait(ctx, upto)
	d.mu.Lock()
	defer d.mu.Unlock()
	following, known := d.until != (postgis.Position{}), !after.Before(d.since) && !d.until.Before(upto)
	for id, m := range moved {
		switch {
		case !following: // every tile is made by the database
			out[id] = m.dropped()
		case !known:
			out[id] = Dropped{all: true}
		}
	}
	if !following || !known {
		return out
	}
	for _, one := range d.known {
		if !after.Before(one.upto) || !one.after.Before(upto) {
			continue
		}
		for id, dropped := range one.of {
			if _, asked := moved[id]; asked {
				out[id] = out[id].and(dropped)
			}
		}
	}
	return out
}
