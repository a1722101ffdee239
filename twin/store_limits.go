package twin

import (
	"context"
	_ "embed"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/fault"
	"basin/postgis"
)

// ChangeLimits changes the limits of a datastream within tx, and returns them as they were and as they are. The writer judges by them within a few seconds.
func ChangeLimits(ctx context.Context, tx pgx.Tx, code string, change func(*Limits) error) (before, after Limits, err error) {
	err = tx.QueryRow(ctx, `SELECT minimum, maximum, max_rate, stuck_after_s, interval_s, stale_after_s FROM twin.datastream
		WHERE code = $1 AND retired IS NULL FOR UPDATE`, code).
		Scan(&before.Minimum, &before.Maximum, &before.MaxRate, &before.StuckAfterS, &before.IntervalS, &before.StaleAfterS)
	if err != nil {
		return before, after, unknownStream(err, code)
	}
	after = before.clone()
	if err := change(&after); err != nil {
		return before, after, err
	}
	if err := after.check(); err != nil {
		return before, after, err
	}
	_, err = tx.Exec(ctx, `UPDATE twin.datastream SET minimum = $2, maximum = $3, max_rate = $4, stuck_after_s = $5, interval_s = $6, stale_after_s = $7
		WHERE code = $1`, code, after.Minimum, after.Maximum, after.MaxRate, after.StuckAfterS, after.IntervalS, after.StaleAfterS)
	return before, after, postgis.Fault(err)
}

// clone copies the limits, so that writing to the copy leaves the original alone.
func (l Limits) clone() Limits {
	l.Minimum, l.Maximum, l.MaxRate = copied(l.Minimum), copied(l.Maximum), copied(l.MaxRate)
	l.StuckAfterS, l.IntervalS = copied(l.StuckAfterS), copied(l.IntervalS)
	return l
}

func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// unknownStream turns the absence of a row into the fault that names the datastream.
func unknownStream(err error, code string) error {
	if fault.KindOf(postgis.Fault(err)) == fault.NotFound {
		return fault.New(fault.NotFound, "unknown-datastream", "no datastream {datastream}", "datastream", clip(code, 100))
	}
	return postgis.Fault(err)
}

//go:embed stuck_find.sql
var stuckFindSQL string

// queueRuns adds to a batch the question since when the latest values of datastreams that may be stuck have stood, and notes the answer in before, which
// holds the latest readings by then.
func queueRuns(batch *pgx.Batch, rows []*placed, before map[int64]latest) {
	var ids []int64
	var after []int
	for i, r := range rows {
		if r.stream.StuckAfterS != nil && (i == 0 || rows[i-1].stream.ID != r.stream.ID) {
			ids, after = append(ids, r.stream.ID), append(after, *r.stream.StuckAfterS)
		}
	}
	if len(ids) == 0 {
		return
	}
	batch.Queue(stuckFindSQL, ids, after).Query(func(got pgx.Rows) error {
		var id int64
		var since time.Time
		_, err := pgx.ForEachRow(got, []any{&id, &since}, func() error {
			if l, ok := before[id]; ok {
				l.Since = since.UTC()
				before[id] = l
			}
			return nil
		})
		return err
	})
}
