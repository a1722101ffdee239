package twin

import (
	"context"
	"log/slog"
	"time"

	"basin/fault"
	"basin/postgis"
)

// Rollups computes the rollups that are dirty, again and again.
type Rollups struct {
	db   *postgis.DB
	log  *slog.Logger
	day  func(ctx context.Context) (Day, error)
	days time.Time // when no day was left to compute
}

// NewRollups makes the worker; it computes nothing until Run runs. It asks day for the hydrological day whenever it looks for work: should that start
// otherwise than it did, all days are computed again.
func NewRollups(db *postgis.DB, log *slog.Logger, day func(ctx context.Context) (Day, error)) *Rollups {
	return &Rollups{db: db, log: log, day: day}
}

// The worker's pauses. While readings come, the hours and days of the present change all the time: each computation covers what came meanwhile.
const (
	rollupPause = time.Second     // when what was dirty is done
	dayPause    = 3 * time.Second // between computations of days while hours are still dirty
)

// Run computes dirty rollups until ctx ends. Of several servers on one database one at a time does the work.
func (r *Rollups) Run(ctx context.Context) error {
	for {
		_, more, err := r.step(ctx)
		if err != nil && ctx.Err() == nil {
			r.log.Warn("rollups could not be computed; they stay dirty and are tried again", "error", err)
		}
		if more && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(rollupPause):
		}
	}
}

// Cell is a rollup of one hour or one hydrological day in one H3 cell, or of several such.
type Cell struct {
	H3       int64
	Bucket   time.Time // start of the hour or day, UTC
	Day      string    // the date on which the day ends; empty for hours
	Datum    string    // of levels; empty where there is none
	Count    int64
	Min      int64 // at Scale
	Max      int64
	Sum      int64
	Last     int64
	LastTime time.Time
}

// add merges another rollup of the same bucket and datum into c.
func (c *Cell) add(o Cell) {
	c.Count += o.Count
	c.Min, c.Max, c.Sum = min(c.Min, o.Min), max(c.Max, o.Max), c.Sum+o.Sum
	if o.LastTime.After(c.LastTime) || (o.LastTime.Equal(c.LastTime) && o.Last > c.Last) {
		c.Last, c.LastTime = o.Last, o.LastTime
	}
}

// CellsOf is a question for rollups.
type CellsOf struct {
	Property   string
	Resolution int  // 9, or 8 and 7 as its parents
	Days       bool // hydrological days instead of hours
	From, To   time.Time
	BBox       *[4]float64 // west, south, east, north; a cell belongs to it by its centre
}

// maxCells bounds the rollups read for one answer.
const maxCells = 200_000

// errTooManyCells asks for a smaller question.
func errTooManyCells() error {
	return fault.New(fault.Invalid, "too-many-cells", "more than {limit} rollups match: ask for a shorter time or a smaller area", "limit", maxCells)
}
