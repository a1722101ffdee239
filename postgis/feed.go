package postgis

import (
	"context"
	_ "embed"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/fault"
)

// Event is an entry of the change feed.
type Event struct {
	Topic  string // what sort of change; the writers' packages define them
	Key    string // what changed
	Detail []byte // more of it as JSON; nil for none
}

// Position is a place in the change feed. Positions are in the order in which transactions became certain to be over, so nothing ever appears before a
// position that was reached. A bare sequence would not do: its numbers are drawn before the commit, and a lower one may commit later.
type Position struct {
	XID uint64
	Seq int64
}

// String writes a position as ParsePosition reads it.
func (p Position) String() string {
	return strconv.FormatUint(p.XID, 10) + "-" + strconv.FormatInt(p.Seq, 10)
}

// ParsePosition reads a position.
func ParsePosition(s string) (Position, error) {
	a, b, ok := strings.Cut(s, "-")
	xid, err1 := strconv.ParseUint(a, 10, 63)
	seq, err2 := strconv.ParseUint(b, 10, 63)
	if !ok || err1 != nil || err2 != nil {
		return Position{}, fault.New(fault.Invalid, "bad-event-id", "{id} is not the id of an event", "id", strconv.Quote(s[:min(len(s), 40)]))
	}
	return Position{xid, int64(seq)}, nil
}

// channel is where writers wake readers.
const channel = "basin_feed"

// Publish writes events into the feed within the transaction that makes the change they tell of.
func Publish(ctx context.Context, tx pgx.Tx, events ...Event) error {
	if len(events) == 0 {
		return nil
	}
	batch := &pgx.Batch{}
	Enqueue(batch, events...)
	return Fault(tx.SendBatch(ctx, batch).Close())
}

// Enqueue adds to a batch what writes events into the feed: the batch must run in the transaction that makes the change they tell of.
func Enqueue(batch *pgx.Batch, events ...Event) {
	if len(events) == 0 {
		return
	}
	topics, keys := make([]string, len(events)), make([]string, len(events))
	for i, e := range events {
		topics[i], keys[i] = e.Topic, e.Key
	}
	batch.Queue(`INSERT INTO feed.event (topic, key) SELECT * FROM unnest($1::text[], $2::text[])`, topics, keys)
	batch.Queue(`SELECT pg_notify($1, '')`, channel)
}

// Feed reads the change feed and wakes those who follow it.
type Feed struct {
	db   *DB
	log  *slog.Logger
	mu   sync.Mutex
	subs map[chan struct{}]bool
}

// NewFeed makes a Feed; it wakes nobody until Run runs.
func NewFeed(db *DB, log *slog.Logger) *Feed {
	return &Feed{db: db, log: log, subs: map[chan struct{}]bool{}}
}

// Retention is how long events are kept for those who come back.
const Retention = 24 * time.Hour

//go:embed feed_since.sql
var feedSinceSQL string

// Since returns up to limit events after a position, in order, and the position of the last of them; the given one when there are none. A position
// older than the feed's memory is refused as feed-gone.
func (f *Feed) Since(ctx context.Context, after Position, limit int) ([]Event, Position, error) {
	xid, gone := strconv.FormatUint(after.XID, 10), false
	events, last := []Event{}, after
	work := &pgx.Batch{}
	work.Queue(feedSinceSQL, xid, after.Seq, limit).Query(func(rows pgx.Rows) error {
		var e Event
		_, err := pgx.ForEachRow(rows, []any{&last.XID, &last.Seq, &e.Topic, &e.Key, &e.Detail}, func() error {
			events = append(events, e)
			e.Detail = nil
			return nil
		})
		return err
	})
	work.Queue(`SELECT $1::text::xid8 < xid FROM feed.pruned`, xid).QueryRow(func(row pgx.Row) error { return row.Scan(&gone) }) // after them, so that none is pruned unnoticed
	if err := f.db.SendBatch(ctx, work).Close(); err != nil {
		return nil, after, Fault(err)
	}
	if gone {
		return nil, after, fault.New(fault.Conflict, "feed-gone", "the events after {id} are no longer kept", "id", after.String())
	}
	return events, last, nil
}

// Head is the present end of the feed: everything up to it has been decided.
func (f *Feed) Head(ctx context.Context) (Position, error) {
	var p Position
	err := f.db.QueryRow(ctx, `SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)`).Scan(&p.XID)
	p.Seq = 1<<62 - 1
	return p, Fault(err)
}

// Subscribe returns a channel that is woken when there may be something new, and what ends it. Being woken says only: look.
func (f *Feed) Subscribe() (wake <-chan struct{}, cancel func()) {
	ch := make(chan struct{}, 1)
	f.mu.Lock()
	f.subs[ch] = true
	f.mu.Unlock()
	return ch, func() {
		f.mu.Lock()
		delete(f.subs, ch)
		f.mu.Unlock()
	}
}

func (f *Feed) wakeAll() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for ch := range f.subs {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// HeldBack is the age of the eldest event that Since does not give yet, because a transaction that is elder still is under way; 0 for none.
func (f *Feed) HeldBack(ctx context.Context) (time.Duration, error) {
	var seconds float64
	err := f.db.QueryRow(ctx, `SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created)), 0)::double precision
		FROM feed.event WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())`).Scan(&seconds)
	return time.Duration(seconds * float64(time.Second)), Fault(err)
}

// Run listens to the database and wakes subscribers until ctx ends. When the database goes away it comes back by itself.
func (f *Feed) Run(ctx context.Context) error {
	go f.prune(ctx)
	for ctx.Err() == nil {
		err := f.listen(ctx)
		if ctx.Err() != nil {
			return nil
		}
		f.log.Warn("the change feed lost the database; it tries again", "error", err)
		if pause(ctx, time.Second) != nil {
			return nil
		}
	}
	return nil
}

// listen wakes subscribers on each notice, shortly after it (another transaction may have held the watermark back at that moment), and once
// a second in any case.
func (f *Feed) listen(ctx context.Context) error {
	conn, err := f.db.Acquire(ctx)
	if err != nil {
		return Fault(err)
	}
	c := conn.Hijack()
	defer c.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the connection is thrown away
	if _, err := c.Exec(ctx, "LISTEN "+channel); err != nil {
		return Fault(err)
	}
	f.wakeAll()
	for again := 0; ; {
		wait := time.Second
		if again > 0 {
			wait, again = 25*time.Millisecond, again-1
		}
		waiting, cancel := context.WithTimeout(ctx, wait)
		n, err := c.WaitForNotification(waiting)
		cancel()
		if n != nil {
			again = 8
		} else if ctx.Err() != nil || waiting.Err() == nil {
			return Fault(err)
		}
		f.wakeAll()
	}
}

// prune forgets events older than the retention, once a minute.
func (f *Feed) prune(ctx context.Context) {
	for pause(ctx, time.Minute) == nil {
		if err := f.Prune(ctx, Retention); err != nil && ctx.Err() == nil {
			f.log.Warn("the change feed could not be pruned", "error", err)
		}
	}
}

// Prune forgets events older than age and remembers up to where.
func (f *Feed) Prune(ctx context.Context, age time.Duration) error {
	_, err := f.db.Exec(ctx, `WITH gone AS (DELETE FROM feed.event WHERE created < now() - $1::interval RETURNING xid)
		UPDATE feed.pruned SET xid = greatest(pruned.xid, (SELECT max(xid) FROM gone)) WHERE EXISTS (SELECT FROM gone)`, age)
	if err != nil {
		return fmt.Errorf("prune: %w", Fault(err))
	}
	return nil
}
