package twin

import (
	"context"
	"sync"
	"time"

	"basin/postgis"
)

// stream is what the writer must know of a datastream.
type stream struct {
	ID          int64
	Code        string
	Thing       string
	StationCode string
	Property    string
	Unit        string
	Scale       int
	Datum       string
	Class       string
	IntervalS   *int
	Minimum     *float64
	Maximum     *float64
	MaxRate     *float64
	StuckAfterS *int
	HardMin     *float64
	HardMax     *float64
	Cell        *int64
}

// registry remembers datastreams by code for a short while, so that a reading costs no look-up. Codes that do not exist are not
// remembered: a station registered a moment ago can report at once.
type registry struct {
	db    *postgis.DB
	mu    sync.Mutex
	known map[string]*stream
	since time.Time
}

// registryAge is how long a change of a datastream's limits may take to reach the writer.
const registryAge = 5 * time.Second

func newRegistry(db *postgis.DB) *registry { return &registry{db: db, known: map[string]*stream{}} }

// find returns the datastreams of the given codes; those that do not exist are absent.
func (g *registry) find(ctx context.Context, codes []string) (map[string]*stream, error) {
	g.mu.Lock()
	if time.Since(g.since) > registryAge {
		g.known, g.since = map[string]*stream{}, time.Now()
	}
	found, missing := make(map[string]*stream), []string{}
	asked := map[string]bool{}
	for _, code := range codes {
		if s := g.known[code]; s != nil {
			found[code] = s
		} else if !asked[code] {
			asked[code] = true
			missing = append(missing, code)
		}
	}
	g.mu.Unlock()
	if len(missing) == 0 {
		return found, nil
	}
	streams, err := loadStreams(ctx, g.db, missing)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range streams {
		found[s.Code], g.known[s.Code] = s, s
	}
	return found, nil
}
