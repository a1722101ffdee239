package twin

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"basin/fault"
	"basin/postgis"
)

//go:embed stream_find.sql
var streamFindSQL string

// loadStreams reads the datastreams of the given codes, those that reported for good left out.
func loadStreams(ctx context.Context, db *postgis.DB, codes []string) ([]*stream, error) {
	rows, err := db.Query(ctx, streamFindSQL, codes)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	streams, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByName[stream])
	return streams, postgis.Fault(err)
}

// key is what a reading is stored under.
type key struct {
	stream int64
	time   time.Time
}

func (r row) key() key { return key{r.stream.ID, r.time} }

// commit stores the rows of a batch in one transaction and says for each request what became of its rows.
func (w *Writer) commit(ctx context.Context, batch []*request) ([]Result, error) {
	if err := w.partition(ctx, batch); err != nil {
		return nil, err
	}
	conn, err := w.db.Acquire(ctx)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	defer conn.Release()
	for _, careful := range []bool{false, true} {
		results := make([]Result, len(batch))
		if err = commitIn(ctx, conn, batch, results, careful); err == nil {
			return results, nil
		}
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackLimit)
		_, _ = conn.Exec(limit, "ROLLBACK") // a connection on which that fails does not go back to the pool
		cancel()
		if err = postgis.Fault(err); fault.KindOf(err) != fault.Conflict {
			break
		}
	}
	return nil, err
}

// rollbackLimit is how long taking back may last before the connection is given up.
const rollbackLimit = 5 * time.Second

// session is a connection in a transaction.
type session interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// placed is a row with the request that it belongs to.
type placed struct {
	row
	request int
	arrival int // its place among the rows of the batch
}

// commitIn stores the rows of a batch in a transaction of its own. It asks the database twice where every reading is later than the latest of its datastream:
// what is the latest, and then everything with the commit. Such a reading is inserted without a look at what its key holds, for nothing can be held there; should
// another server have been faster, the transaction fails with a Conflict, and with careful every key is looked at.
func commitIn(ctx context.Context, tx session, batch []*request, results []Result, careful bool) error {
	rows := arrange(batch)
	before, err := flag(ctx, tx, rows)
	if err != nil {
		return err
	}
	var add, look columns
	touched, rest := newTouched(), []*placed(nil)
	for i, r := range rows {
		last, known := before[r.stream.ID]
		switch first := i == 0 || rows[i-1].key() != r.key(); {
		case !first:
			rest = append(rest, r)
		case !careful && (!known || r.time.After(last.Time)):
			add.add(r.stream.ID, r.time, r.version)
			touched.add(r.row, r.version)
			results[r.request].Accepted++
		default:
			look.add(r.stream.ID, r.time, r.version)
			rest = append(rest, r)
		}
	}
	work := &pgx.Batch{}
	if len(add.stream) > 0 {
		work.Queue(readingAddSQL, add.arrays()...)
	}
	if len(rest) > 0 {
		if err := settleRest(ctx, tx, work, look, rest, results, touched); err != nil {
			return err
		}
		work = &pgx.Batch{}
	}
	return touched.finish(ctx, tx, work, before)
}

// arrange puts the rows of a batch into one order of keys for every server, so that two of them never wait for each other; within a key they stand in the order
// of arrival.
func arrange(batch []*request) []*placed {
	n := 0
	for _, r := range batch {
		n += len(r.rows)
	}
	all, rows := make([]placed, 0, n), make([]*placed, 0, n)
	for i, r := range batch {
		for _, row := range r.rows {
			all = append(all, placed{row, i, len(all)})
			rows = append(rows, &all[len(all)-1])
		}
	}
	slices.SortFunc(rows, func(a, b *placed) int {
		return cmp.Or(cmp.Compare(a.stream.ID, b.stream.ID), a.time.Compare(b.time), cmp.Compare(a.arrival, b.arrival))
	})
	return rows
}

//go:embed reading_add.sql
var readingAddSQL string

//go:embed reading_insert.sql
var readingInsertSQL string

// settleRest does the work that is queued, inserts those readings of look whose keys hold nothing, and weighs the others of rest against what is held.
func settleRest(ctx context.Context, tx session, work *pgx.Batch, look columns, rest []*placed, results []Result, touched *touched) error {
	fresh := make(map[key]bool, len(look.stream))
	if len(look.stream) > 0 {
		work.Queue(readingInsertSQL, look.arrays()...).Query(func(got pgx.Rows) error {
			var k key
			_, err := pgx.ForEachRow(got, []any{&k.stream, &k.time}, func() error {
				fresh[key{k.stream, k.time.UTC()}] = true
				return nil
			})
			return err
		})
	}
	if err := tx.SendBatch(ctx, work).Close(); err != nil {
		return err
	}
	var contested []*placed
	for _, r := range rest {
		if k := r.key(); fresh[k] {
			delete(fresh, k) // the next one of the same key finds it held
			results[r.request].Accepted++
			touched.add(r.row, r.version)
			continue
		}
		contested = append(contested, r)
	}
	return mergeContested(ctx, tx, contested, results, touched)
}

// columns are rows of readings turned into arrays, as unnest takes them.
type columns struct {
	stream   []int64
	time     []time.Time
	value    []int64
	operator []bool
	issued   []time.Time
	received []time.Time
	flags    []int16
}

func (c *columns) add(stream int64, t time.Time, v version) {
	c.stream, c.time, c.value, c.operator = append(c.stream, stream), append(c.time, t), append(c.value, v.Value), append(c.operator, v.Operator)
	c.issued, c.received, c.flags = append(c.issued, v.Issued), append(c.received, v.Received), append(c.flags, int16(v.Flags))
}

// arrays are the columns in the order in which statements take them.
func (c *columns) arrays() []any {
	return []any{c.stream, c.time, c.value, c.operator, c.issued, c.received, c.flags}
}

// partitions are the months, the present one and later, whose partition is known to exist.
type partitions struct{ known sync.Map }

// partition makes the partitions for the months of a batch that are not known to exist. It runs before the transaction of the
// batch, for making one locks the table for a moment.
func (w *Writer) partition(ctx context.Context, batch []*request) error {
	now, asked := monthOf(time.Now().UTC()), map[int]bool{}
	for _, r := range batch {
		for _, row := range r.rows {
			month := monthOf(row.time)
			if asked[month] {
				continue
			}
			asked[month] = true
			if _, known := w.parts.known.Load(month); known {
				continue
			}
			if _, err := w.db.Exec(ctx, "SELECT twin.make_partition($1)", row.time); err != nil {
				return fmt.Errorf("partition of %s: %w", row.time.Format("2006-01"), postgis.Fault(err))
			}
			if month >= now { // an older one may be dropped again
				w.parts.known.Store(month, true)
			}
		}
	}
	return nil
}

// monthOf numbers the months.
func monthOf(t time.Time) int {
	year, month, _ := t.Date()
	return 12*year + int(month)
}

// MakePartitions makes the partitions of the month of t and the months after it, so that none is made while readings wait.
func MakePartitions(ctx context.Context, db *postgis.DB, t time.Time, months int) error {
	t = t.UTC()
	start := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	for i := range months {
		if _, err := db.Exec(ctx, "SELECT twin.make_partition($1)", start.AddDate(0, i, 0)); err != nil {
			return postgis.Fault(err)
		}
	}
	return nil
}
