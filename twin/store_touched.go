package twin

import (
	"cmp"
	"context"
	_ "embed"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"basin/postgis"
)

// latest is what the register of latest readings held before a batch.
type latest struct {
	Datastream int64
	Time       time.Time
	Value      int64
	Since      time.Time // when the run of this value began; known where the datastream may be stuck
}

// flag begins the transaction, sets the quality flags that need to know what came before, and returns the latest reading of each datastream of the batch.
func flag(ctx context.Context, tx session, rows []*placed) (map[int64]latest, error) {
	ids := make([]int64, 0, len(rows))
	for i, r := range rows {
		if i == 0 || rows[i-1].stream.ID != r.stream.ID {
			ids = append(ids, r.stream.ID)
		}
	}
	before := make(map[int64]latest, len(ids))
	batch := &pgx.Batch{}
	batch.Queue("BEGIN")
	batch.Queue("SELECT datastream, time, value FROM twin.latest WHERE datastream = ANY($1)", ids).Query(func(got pgx.Rows) error {
		var l latest
		_, err := pgx.ForEachRow(got, []any{&l.Datastream, &l.Time, &l.Value}, func() error {
			before[l.Datastream] = l
			return nil
		})
		return err
	})
	queueRuns(batch, rows, before)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return nil, err
	}
	previous := maps.Clone(before)
	for _, r := range rows {
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

// finish does the work that is queued, writes the consequences, announces the things whose state may differ, and commits.
func (t *touched) finish(ctx context.Context, tx session, batch *pgx.Batch, before map[int64]latest) error {
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
		batch.Queue(latestPutSQL, c.arrays()...)
	}
	queueDirty(batch, t.cells)
	events := make([]postgis.Event, 0, len(things))
	for _, thing := range slices.Sorted(maps.Keys(things)) {
		events = append(events, postgis.Event{Topic: TopicState, Key: thing})
	}
	postgis.Enqueue(batch, events...)
	batch.Queue("COMMIT").Exec(func(done pgconn.CommandTag) error {
		if done.String() != "COMMIT" {
			return pgx.ErrTxCommitRollback
		}
		return nil
	})
	return tx.SendBatch(ctx, batch).Close()
}

// queueDirty adds to a batch the marks of rollups that must be computed again.
func queueDirty(batch *pgx.Batch, cells map[cellKey]bool) {
	if len(cells) == 0 {
		return
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
	batch.Queue(cellDirtySQL, cell, bucket, property, datum, class)
}

// compare orders keys of rollups.
func (k cellKey) compare(o cellKey) int {
	return cmp.Or(cmp.Compare(k.cell, o.cell), k.bucket.Compare(o.bucket), cmp.Compare(k.property, o.property),
		cmp.Compare(k.datum, o.datum), cmp.Compare(k.class, o.class))
}
