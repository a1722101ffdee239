package twin

import (
	"cmp"
	"context"
	_ "embed"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/postgis"
)

// latest is what the register of latest readings held before a batch.
type latest struct {
	Datastream int64
	Time       time.Time
	Value      int64
	Since      time.Time `db:"-"` // when the run of this value began; known where the datastream may be stuck
}

// flag sets the quality flags that need to know what came before, and returns the latest reading of each datastream of the batch.
func (w *Writer) flag(ctx context.Context, tx pgx.Tx, rows []placed) (map[int64]latest, error) {
	ids := make([]int64, 0, len(rows))
	for i, r := range rows {
		if i == 0 || rows[i-1].stream != r.stream {
			ids = append(ids, r.stream.ID)
		}
	}
	got, err := tx.Query(ctx, "SELECT datastream, time, value FROM twin.latest WHERE datastream = ANY($1)", ids)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(got, pgx.RowToStructByName[latest])
	if err != nil {
		return nil, err
	}
	before := make(map[int64]latest, len(found))
	for _, l := range found {
		before[l.Datastream] = l
	}
	if err := runs(ctx, tx, rows, before); err != nil {
		return nil, err
	}
	previous := maps.Clone(before)
	for i := range rows {
		r := &rows[i]
		last, known := previous[r.stream.ID]
		r.Flags |= sequence(r.row, last, known)
		if !known || r.time.After(last.Time) {
			now := latest{r.stream.ID, r.time, r.Value, r.time}
			if known && last.Value == r.Value {
				now.Since = last.Since
			}
			previous[r.stream.ID] = now
		}
	}
	return before, nil
}

// sequence judges a reading by the one before it: late when a later one is held, after a gap when more than one and a half reporting
// intervals passed, too fast when it changed by more than the plausible rate, stuck when its value has stood for too long.
func sequence(r row, last latest, known bool) Flag {
	if !known || r.time.Equal(last.Time) {
		return 0
	}
	if r.time.Before(last.Time) {
		return FlagLate
	}
	var flags Flag
	passed := r.time.Sub(last.Time)
	if i := r.stream.IntervalS; i != nil && passed > time.Duration(*i)*1500*time.Millisecond {
		flags |= FlagGap
	}
	if s := r.stream.StuckAfterS; s != nil && r.Value == last.Value && r.time.Sub(last.Since) > time.Duration(*s)*time.Second {
		flags |= FlagStuck
	}
	if m := r.stream.MaxRate; m != nil {
		change := Unscaled(r.Value-last.Value, r.stream.Scale)
		if hours := passed.Hours(); change > *m*hours || -change > *m*hours {
			flags |= FlagRate
		}
	}
	return flags
}

// touched gathers what the winners of a batch change beyond the readings themselves: the latest reading of a datastream, the rollups
// that are dirty, the things whose state may differ.
type touched struct {
	winners map[int64]row // per datastream, the changed reading with the greatest time
	cells   map[cellKey]bool
}

// cellKey is the key of a rollup.
type cellKey struct {
	cell     int64
	bucket   time.Time
	property string
	datum    string
	class    string
}

func newTouched() *touched {
	return &touched{winners: map[int64]row{}, cells: map[cellKey]bool{}}
}

// add notes that v is now the value of r's key.
func (t *touched) add(r row, v version) {
	r.version = v
	if w, ok := t.winners[r.stream.ID]; !ok || !r.time.Before(w.time) {
		t.winners[r.stream.ID] = r
	}
	if r.stream.Cell != nil {
		t.cells[cellKey{*r.stream.Cell, r.time.Truncate(time.Hour), r.stream.Property, r.stream.Datum, r.stream.Class}] = true
	}
}

//go:embed latest_put.sql
var latestPutSQL string

//go:embed cell_dirty.sql
var cellDirtySQL string

// finish writes the consequences and announces the things whose state may differ.
func (t *touched) finish(ctx context.Context, tx pgx.Tx, before map[int64]latest) error {
	var c columns
	things := map[string]bool{}
	for _, id := range slices.Sorted(maps.Keys(t.winners)) {
		r := t.winners[id]
		if l, ok := before[id]; ok && r.time.Before(l.Time) {
			continue
		}
		c.add(id, r.time, r.version)
		things[r.stream.Thing] = true
	}
	if len(c.stream) > 0 {
		if _, err := tx.Exec(ctx, latestPutSQL, c.arrays()...); err != nil {
			return err
		}
	}
	if err := markDirty(ctx, tx, t.cells); err != nil {
		return err
	}
	events := make([]postgis.Event, 0, len(things))
	for _, thing := range slices.Sorted(maps.Keys(things)) {
		events = append(events, postgis.Event{Topic: TopicState, Key: thing})
	}
	return postgis.Publish(ctx, tx, events...)
}

// markDirty notes rollups that must be computed again, in one order for every server.
func markDirty(ctx context.Context, tx pgx.Tx, cells map[cellKey]bool) error {
	if len(cells) == 0 {
		return nil
	}
	keys := slices.SortedFunc(maps.Keys(cells), cellKey.compare)
	var (
		cell                   = make([]int64, len(keys))
		bucket                 = make([]time.Time, len(keys))
		property, datum, class = make([]string, len(keys)), make([]string, len(keys)), make([]string, len(keys))
	)
	for i, k := range keys {
		cell[i], bucket[i], property[i], datum[i], class[i] = k.cell, k.bucket, k.property, k.datum, k.class
	}
	_, err := tx.Exec(ctx, cellDirtySQL, cell, bucket, property, datum, class)
	return err
}

// compare orders keys of rollups.
func (k cellKey) compare(o cellKey) int {
	return cmp.Or(cmp.Compare(k.cell, o.cell), k.bucket.Compare(o.bucket), cmp.Compare(k.property, o.property),
		cmp.Compare(k.datum, o.datum), cmp.Compare(k.class, o.class))
}
