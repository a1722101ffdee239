package twin

import (
	"context"
	_ "embed"
	"encoding/binary"
	"maps"
	"slices"
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

//go:embed history_edge.sql
var historyEdgeSQL string

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
	gapless := time.Duration(allowed * float64(time.Second))
	sorted := false
	if q.Every > 0 {
		h.Every = q.Every.String()
		sorted, err = h.buckets(ctx, db, id, scale, q, gapless)
	} else {
		err = h.raw(ctx, db, id, scale, q)
	}
	if err != nil {
		return h, postgis.Fault(err)
	}
	find, until := historyGapSQL, h.end()
	if sorted {
		find = historyEdgeSQL
	}
	rows, err := db.Query(ctx, find, id, q.From, until, allowed, maxPoints)
	if err != nil {
		return h, postgis.Fault(err)
	}
	gaps, err := pgx.CollectRows(rows, pgx.RowToStructByName[Gap])
	if !sorted {
		h.Gaps = gaps
		return h, postgis.Fault(err)
	}
	h.Gaps = append(h.Gaps, gaps...)
	slices.SortFunc(h.Gaps, func(a, b Gap) int { return a.From.Compare(b.From) })
	return h, postgis.Fault(err)
}

// end is where the answer ends: the end of the question, or of its page.
func (h *History) end() time.Time {
	if h.NextFrom.IsZero() {
		return h.To
	}
	return h.NextFrom
}

// buckets fills the points with buckets, and notes the gaps between readings if they came in order; else sorted is false. PostgreSQL would sort a year of
// readings on disk for either, for it cannot know how few buckets there are nor that partitions follow each other.
func (h *History) buckets(ctx context.Context, db *postgis.DB, id int64, scale int, q HistoryOf, allowed time.Duration) (sorted bool, err error) {
	rows, err := db.Query(ctx, historyBucketSQL, id, q.From, q.To)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	type bucket struct{ count, low, high, last, at int64 }
	found := map[int64]*bucket{}
	var b *bucket
	var previous int64
	place, from, every := int64(-1), sincePostgres(q.From), q.Every.Microseconds()
	sorted = true
	for first := true; rows.Next(); first = false {
		raw := rows.RawValues() // binary: microseconds since 2000, and the value
		at, v := int64(binary.BigEndian.Uint64(raw[0])), int64(binary.BigEndian.Uint64(raw[1]))
		if !first && at < previous {
			sorted = false
		}
		if !first && sorted && at-previous > allowed.Microseconds() && len(h.Gaps) < maxPoints {
			h.Gaps = append(h.Gaps, Gap{fromPostgres(previous), fromPostgres(at)})
		}
		previous = at
		if n := (at - from) / every; n != place {
			if place, b = n, found[n]; b == nil {
				b = &bucket{low: v, high: v, last: v, at: at}
				found[n] = b
			}
		}
		b.count++
		b.low, b.high = min(b.low, v), max(b.high, v)
		if at >= b.at {
			b.last, b.at = v, at
		}
	}
	for _, n := range slices.Sorted(maps.Keys(found)) {
		b := found[n]
		l, m, a := Unscaled(b.low, scale), Unscaled(b.high, scale), Unscaled(b.last, scale)
		h.Points = append(h.Points, Point{Time: fromPostgres(from + n*every), Count: b.count, Min: &l, Max: &m, Last: &a})
	}
	return sorted, rows.Err()
}

// epoch is where PostgreSQL counts the microseconds of its times from.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// sincePostgres and fromPostgres turn times into PostgreSQL's and back.
func sincePostgres(t time.Time) int64 { return t.UnixMicro() - epoch.UnixMicro() }

func fromPostgres(us int64) time.Time { return time.UnixMicro(us + epoch.UnixMicro()).UTC() }

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
