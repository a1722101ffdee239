package twin

import (
	"context"
	_ "embed"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/postgis"
)

//go:embed history_raw.sql
var historyRawSQL string

//go:embed history_bucket.sql
var historyBucketSQL string

//go:embed history_gap.sql
var historyGapSQL string

// ReadHistory answers a question for a series, to a reader of that clearance.
func ReadHistory(ctx context.Context, db *postgis.DB, q HistoryOf, clearance access.Class) (History, error) {
	if err := q.check(); err != nil {
		return History{}, err
	}
	h := History{Datastream: q.Datastream, From: q.From.UTC(), To: q.To.UTC(), Points: []Point{}, Gaps: []Gap{}}
	var (
		id      int64
		scale   int
		allowed float64
	)
	err := db.QueryRow(ctx, `SELECT d.id, d.property, p.unit, p.scale, coalesce(d.datum, ''), coalesce(d.interval_s * 1.5, d.stale_after_s)
		FROM twin.datastream d JOIN twin.property p ON p.id = d.property
		WHERE d.code = $1 AND d.class <= $2::text::auth.class`, q.Datastream, string(clearance)).
		Scan(&id, &h.Property, &h.Unit, &scale, &h.Datum, &allowed)
	if err != nil {
		return h, unknownStream(err, q.Datastream)
	}
	if q.Every > 0 {
		h.Every = q.Every.String()
		err = h.buckets(ctx, db, id, scale, q)
	} else {
		err = h.raw(ctx, db, id, scale, q)
	}
	if err != nil {
		return h, postgis.Fault(err)
	}
	rows, err := db.Query(ctx, historyGapSQL, id, q.From, h.end(), allowed, maxPoints)
	if err != nil {
		return h, postgis.Fault(err)
	}
	h.Gaps, err = pgx.CollectRows(rows, pgx.RowToStructByName[Gap])
	return h, postgis.Fault(err)
}

// end is where the answer ends: the end of the question, or of its page.
func (h *History) end() time.Time {
	if h.NextFrom.IsZero() {
		return h.To
	}
	return h.NextFrom
}

func (h *History) buckets(ctx context.Context, db *postgis.DB, id int64, scale int, q HistoryOf) error {
	rows, err := db.Query(ctx, historyBucketSQL, id, q.From, q.To, q.Every)
	if err != nil {
		return err
	}
	var (
		p             Point
		low, high, at int64
	)
	_, err = pgx.ForEachRow(rows, []any{&p.Time, &p.Count, &low, &high, &at}, func() error {
		l, m, a := Unscaled(low, scale), Unscaled(high, scale), Unscaled(at, scale)
		h.Points = append(h.Points, Point{Time: p.Time.UTC(), Count: p.Count, Min: &l, Max: &m, Last: &a})
		return nil
	})
	return err
}

func (h *History) raw(ctx context.Context, db *postgis.DB, id int64, scale int, q HistoryOf) error {
	limit := q.Limit
	if limit <= 0 || limit > maxPoints {
		limit = maxPoints
	}
	rows, err := db.Query(ctx, historyRawSQL, id, q.From, q.To, limit+1)
	if err != nil {
		return err
	}
	var (
		at        time.Time
		value     int64
		flags     int16
		corrected bool
	)
	_, err = pgx.ForEachRow(rows, []any{&at, &value, &flags, &corrected}, func() error {
		if len(h.Points) == limit {
			h.NextFrom = at.UTC()
			return nil
		}
		v, c := Unscaled(value, scale), corrected
		h.Points = append(h.Points, Point{Time: at.UTC(), Value: &v, Quality: Flag(flags).Words(), Corrected: &c})
		return nil
	})
	return err
}
