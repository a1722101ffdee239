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
	db  *postgis.DB
	log *slog.Logger
}

// NewRollups makes the worker; it computes nothing until Run runs.
func NewRollups(db *postgis.DB, log *slog.Logger) *Rollups { return &Rollups{db: db, log: log} }

// rollupPause is how long the worker rests when nothing is dirty.
const rollupPause = time.Second

// Run computes dirty rollups until ctx ends. Of several servers on one database one at a time does the work.
func (r *Rollups) Run(ctx context.Context) error {
	for {
		n, err := r.Once(ctx)
		if err != nil && ctx.Err() == nil {
			r.log.Warn("rollups could not be computed; they stay dirty and are tried again", "error", err)
		}
		if n > 0 && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(rollupPause):
		}
	}
}

// Cell is a rollup of one hour in one H3 cell, or of several such.
type Cell struct {
	H3       int64
	Bucket   time.Time // start of the hour, UTC
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
	Resolution int // 9, or 8 and 7 as its parents
	From, To   time.Time
	BBox       *[4]float64 // west, south, east, north; a cell belongs to it by its centre
}

// maxCells bounds the rollups read for one answer.
const maxCells = 200_000

// errTooManyCells asks for a smaller question.
func errTooManyCells() error {
	return fault.New(fault.Invalid, "too-many-cells", "more than {limit} rollups match: ask for a shorter time or a smaller area", "limit", maxCells)
}
