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

// rollupBatch is how many rollups are computed in one transaction.
const rollupBatch = 500

// Once computes a batch of dirty rollups and says how many. A rollup that is dirtied again meanwhile stays dirty.
func (r *Rollups) Once(ctx context.Context) (int, error) {
	n := 0
	err := pgx.BeginTxFunc(ctx, r.db, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
		var mine bool
		if err := tx.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock(hashtext('twin.rollup'))").Scan(&mine); err != nil || !mine {
			return err
		}
		done, err := tx.Exec(ctx, cellHourPutSQL, rollupBatch)
		n = int(done.RowsAffected())
		return err
	})
	return n, postgis.Fault(err)
}

//go:embed cell_find.sql
var cellFindSQL string

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
	rows, err := db.Query(ctx, cellFindSQL, q.Property, q.From, q.To, string(clearance), maxCells+1)
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
	_, err = pgx.ForEachRow(rows, []any{&c.H3, &c.Bucket, &c.Datum, &c.Count, &c.Min, &c.Max, &c.Sum, &c.Last, &c.LastTime}, func() error {
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
