package twin

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"basin/access"
	"basin/fault"
	"basin/postgis"
)

// Limits of the writer. They bound memory and the time a sender can be kept waiting.
const (
	maxRequest = 100_000          // readings in one request
	maxAhead   = 10 * time.Minute // how far ahead of the clock a reading may be
)

// earliest is the first time of a phenomenon that is believed; before it a clock is wrong.
var earliest = time.Date(1800, 1, 1, 0, 0, 0, 0, time.UTC)

// Writer stores readings. Whatever waits is gathered into one transaction (group commit), and each sender is answered after the commit.
type Writer struct {
	db    *postgis.DB
	log   *slog.Logger
	now   func() time.Time
	line  line
	meta  *registry
	parts partitions
	stats stats
	told  refusals
}

// stats count what became of readings since the start.
type stats struct{ accepted, duplicates, corrections, rejected, commits atomic.Int64 }

// Counts are what became of readings since the start.
type Counts struct{ Accepted, Duplicates, Corrections, Rejected, Commits int64 }

// Counts says what became of readings since the start, and in how many transactions.
func (w *Writer) Counts() Counts {
	s := &w.stats
	return Counts{s.accepted.Load(), s.duplicates.Load(), s.corrections.Load(), s.rejected.Load(), s.commits.Load()}
}

// row is a reading resolved to its datastream and scaled.
type row struct {
	stream *stream
	time   time.Time
	stated bool
	version
}

// NewWriter makes a Writer; it stores nothing until Run runs.
func NewWriter(db *postgis.DB, log *slog.Logger) *Writer {
	return &Writer{db: db, log: log, now: time.Now, line: newLine(), meta: newRegistry(db)}
}

// Append stores readings on behalf of a principal and answers once they are committed. Readings that cannot be stored are
// rejected one by one in the result; an error means that none of them was acknowledged. Unavailable means: try again later, for
// sending the same readings twice does no harm.
func (w *Writer) Append(ctx context.Context, by access.Principal, readings []Reading) (Result, error) {
	if len(readings) > maxRequest {
		return Result{}, fault.New(fault.Invalid, "too-many-readings", "{count} readings in one request; at most {limit} are taken",
			"count", len(readings), "limit", maxRequest)
	}
	rows, rejected, err := w.resolve(ctx, by, readings)
	if err != nil {
		return Result{}, err
	}
	w.stats.rejected.Add(int64(len(rejected)))
	w.tell(ctx, by, readings, rejected)
	if len(rows) == 0 {
		return Result{Rejected: rejected}, nil
	}
	r := newRequest(rows)
	if err := w.line.join(r); err != nil {
		return Result{}, err
	}
	select {
	case a := <-r.answered:
		a.result.Rejected = rejected
		return a.result, a.err
	case <-ctx.Done():
		return Result{}, fault.New(fault.Unavailable, "abandoned", "the request ended before its readings were committed").Because(ctx.Err())
	}
}

// resolve finds the datastream of each reading and scales its value; what cannot be stored comes back as rejections.
func (w *Writer) resolve(ctx context.Context, by access.Principal, readings []Reading) ([]row, []Rejection, error) {
	codes := make([]string, len(readings))
	for i, r := range readings {
		codes[i] = r.Datastream
	}
	streams, err := w.meta.find(ctx, codes)
	if err != nil {
		return nil, nil, err
	}
	now := w.now().UTC().Truncate(time.Microsecond)
	rows, rejected := make([]row, 0, len(readings)), []Rejection{}
	for i, r := range readings {
		row, err := w.check(by, streams[r.Datastream], r, now)
		if err != nil {
			rejected = append(rejected, Rejection{Index: i, Code: err.Code, Reason: err.Error()})
			continue
		}
		rows = append(rows, row)
	}
	return rows, rejected, nil
}

// check turns one reading into a row, or says why it cannot be stored.
func (w *Writer) check(by access.Principal, s *stream, r Reading, now time.Time) (row, *fault.Error) {
	if s == nil {
		return row{}, fault.New(fault.NotFound, "unknown-datastream", "no datastream {datastream}", "datastream", clip(r.Datastream, 100))
	}
	if !by.MayPostFor(s.StationCode) {
		return row{}, fault.New(fault.Denied, "not-your-station", "{datastream} is not yours to post for", "datastream", r.Datastream)
	}
	switch {
	case r.Time.IsZero():
		return row{}, fault.New(fault.Invalid, "time-missing", "{datastream}: no time", "datastream", r.Datastream)
	case r.Time.Before(earliest):
		return row{}, fault.New(fault.Invalid, "time-implausible", "{datastream}: time {time} is before {earliest}", "datastream", r.Datastream,
			"time", r.Time.Format(time.RFC3339), "earliest", earliest.Format(time.DateOnly))
	case r.Time.After(now.Add(maxAhead)):
		return row{}, fault.New(fault.Invalid, "time-in-future", "{datastream}: time {time} is more than {ahead} ahead of the clock",
			"datastream", r.Datastream, "time", r.Time.Format(time.RFC3339), "ahead", maxAhead)
	}
	value, err := r.Value.Scaled(s.Scale)
	if err != nil {
		return row{}, fault.Of(err)
	}
	if v := Unscaled(value, s.Scale); (s.HardMin != nil && v < *s.HardMin) || (s.HardMax != nil && v > *s.HardMax) {
		return row{}, fault.New(fault.Invalid, "impossible-value", "{datastream}: {value} {unit} is physically impossible",
			"datastream", r.Datastream, "value", string(r.Value), "unit", s.Unit)
	}
	out := row{stream: s, time: r.Time.UTC().Truncate(time.Microsecond), stated: !r.Issued.IsZero(), version: version{
		Value: value, Operator: by.Role == access.Operator, Issued: now, Received: now}}
	if out.stated {
		out.Issued = r.Issued.UTC().Truncate(time.Microsecond)
	}
	if out.Operator {
		out.Flags |= FlagOperator
	}
	if r.Time.After(now) {
		out.Flags |= FlagFuture
	}
	if v := Unscaled(value, s.Scale); (s.Minimum != nil && v < *s.Minimum) || (s.Maximum != nil && v > *s.Maximum) {
		out.Flags |= FlagRange
	}
	return out, nil
}
