package twin

import (
	"cmp"
	"context"
	_ "embed"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/fault"
	"basin/geo"
	"basin/postgis"
)

//go:embed cell_hour_put.sql
var cellHourPutSQL string

//go:embed cell_day_put.sql
var cellDayPutSQL string

//go:embed cell_day_all.sql
var cellDayAllSQL string

// Bounds of one transaction: the marks of hours that it takes, and the days that it computes.
const (
	markBatch = 5000
	dayBatch  = 500
)

// Once computes a batch of dirty rollups and says how many marks it took away. A rollup that is dirtied again meanwhile stays dirty. Days are computed
// when no hour is left, or when the last ones were computed long enough ago.
func (r *Rollups) Once(ctx context.Context) (int, error) {
	n, _, err := r.step(ctx)
	return n, err
}

// step is Once, and says whether more was left than one transaction takes.
func (r *Rollups) step(ctx context.Context) (n int, more bool, err error) {
	day, err := r.day(ctx)
	if err != nil {
		return 0, false, err
	}
	err = pgx.BeginTxFunc(ctx, r.db, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
		var mine bool
		if err := tx.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock(hashtext('twin.rollup'))").Scan(&mine); err != nil || !mine {
			return err
		}
		if err := follow(ctx, tx, day); err != nil {
			return err
		}
		hours, err := tx.Exec(ctx, cellHourPutSQL, markBatch, day.clock(), day.Zone.String())
		if err != nil {
			return err
		}
		n = int(hours.RowsAffected())
		if more = n == markBatch; more || (n > 0 && time.Since(r.days) < dayPause) {
			return nil
		}
		days, err := tx.Exec(ctx, cellDayPutSQL, dayBatch, day.clock(), day.Zone.String())
		if more = days.RowsAffected() == dayBatch; !more {
			r.days = time.Now()
		}
		n += int(days.RowsAffected())
		return err
	})
	return n, more, postgis.Fault(err)
}

// follow marks all days when they start otherwise than they did. Those of months whose readings were dropped stay as they were.
func follow(ctx context.Context, tx pgx.Tx, day Day) error {
	done, err := tx.Exec(ctx, `INSERT INTO twin.cell_day_rule AS r (start, zone) VALUES ($1::text::time, $2)
		ON CONFLICT (one) DO UPDATE SET start = excluded.start, zone = excluded.zone WHERE (r.start, r.zone) <> (excluded.start, excluded.zone)`,
		day.clock(), day.Zone.String())
	if err != nil || done.RowsAffected() == 0 {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM twin.cell_day c WHERE NOT EXISTS (SELECT FROM twin.reading_dropped g
		WHERE (c.day - 1 + $1::text::time) AT TIME ZONE $2 < g.until AND (c.day + $1::text::time) AT TIME ZONE $2 > g.month)`,
		day.clock(), day.Zone.String()); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "DELETE FROM twin.cell_day_dirty"); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, cellDayAllSQL, day.clock(), day.Zone.String())
	return err
}

//go:embed cell_find.sql
var cellFindSQL string

//go:embed cell_day_find.sql
var cellDayFindSQL string

// Cells answers a question with the rollups that a reader of that clearance may see, merged over their classes, and the
// scale of their integers.
func Cells(ctx context.Context, db *postgis.DB, q CellsOf, clearance access.Class) ([]Cell, int, error) {
	if q.Resolution < 7 || q.Resolution > 9 {
		return nil, 0, fault.New(fault.Invalid, "bad-resolution", "res is {res}: rollups are kept for 7, 8 and 9", "res", q.Resolution)
	}
	var scale int
	if err := db.QueryRow(ctx, "SELECT scale FROM twin.property WHERE id = $1", q.Property).Scan(&scale); err != nil {
		if fault.KindOf(postgis.Fault(err)) == fault.NotFound {
			err = fault.New(fault.NotFound, "unknown-property", "no property {property}", "property", clip(q.Property, 60))
		}
		return nil, 0, postgis.Fault(err)
	}
	find := cellFindSQL
	if q.Days {
		find = cellDayFindSQL
	}
	rows, err := db.Query(ctx, find, q.Property, q.From, q.To, string(clearance), maxCells+1)
	if err != nil {
		return nil, 0, postgis.Fault(err)
	}
	type place struct {
		cell   int64
		bucket time.Time
		datum  string
	}
	merged, read := map[place]*Cell{}, 0
	var c Cell
	_, err = pgx.ForEachRow(rows, []any{&c.H3, &c.Bucket, &c.Day, &c.Datum, &c.Count, &c.Min, &c.Max, &c.Sum, &c.Last, &c.LastTime}, func() error {
		read++
		cell := geo.Cell(c.H3)
		if lon, lat := geo.CellCentre(cell); q.BBox != nil && (lon < q.BBox[0] || lat < q.BBox[1] || lon > q.BBox[2] || lat > q.BBox[3]) {
			return nil
		}
		parent, err := geo.Parent(cell, q.Resolution)
		if err != nil {
			return err
		}
		c.H3 = int64(parent)
		p := place{c.H3, c.Bucket.UTC(), c.Datum}
		if m := merged[p]; m != nil {
			m.add(c)
			return nil
		}
		m := c
		merged[p] = &m
		return nil
	})
	if err != nil {
		return nil, 0, postgis.Fault(err)
	}
	if read > maxCells {
		return nil, 0, errTooManyCells()
	}
	cells := make([]Cell, 0, len(merged))
	for _, m := range merged {
		cells = append(cells, *m)
	}
	slices.SortFunc(cells, func(a, b Cell) int {
		return cmp.Or(cmp.Compare(a.H3, b.H3), a.Bucket.Compare(b.Bucket), cmp.Compare(a.Datum, b.Datum))
	})
	return cells, scale, nil
}

// maxDirty is up to how many marks DirtyRollups counts.
const maxDirty = 100_000

// DirtyRollups is how many marks of rollups wait to be computed, maxDirty for more.
func DirtyRollups(ctx context.Context, db *postgis.DB) (int, error) {
	var n int
	err := db.QueryRow(ctx, `SELECT count(*) FROM (SELECT FROM twin.cell_dirty LIMIT $1) m`, maxDirty).Scan(&n)
	return n, postgis.Fault(err)
}
