package ingest

import (
	"context"
	_ "embed"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/fault"
	"basin/postgis"
)

// Limits of the frame log.
const (
	maxFrameQueue = 4096
	maxFrameBatch = 500
	frameWait     = 5 * time.Second // a confirmation waits no longer for the log
	pruneBatch    = 10_000
)

// errFrameLog says that a frame could not be logged.
var errFrameLog = errors.New("the frame log is behind or has ended")

// frameLog writes frames, whatever is waiting in one statement.
type frameLog struct {
	db    *postgis.DB
	log   *slog.Logger
	queue chan loggedFrame
	ended chan struct{}
}

type loggedFrame struct {
	frame Frame
	bytes []byte
	done  chan error
}

func newFrameLog(db *postgis.DB, log *slog.Logger) *frameLog {
	return &frameLog{db: db, log: log, queue: make(chan loggedFrame, maxFrameQueue), ended: make(chan struct{})}
}

// write writes a frame and returns once it is committed, or cannot be.
func (f *frameLog) write(ctx context.Context, frame Frame, bytes []byte) error {
	ctx, cancel := context.WithTimeout(ctx, frameWait)
	defer cancel()
	entry := loggedFrame{frame, bytes, make(chan error, 1)}
	select {
	case f.queue <- entry:
	default:
		return errFrameLog
	}
	select {
	case err := <-entry.done:
		return err
	case <-f.ended:
		return errFrameLog
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run writes what is queued until ctx ends.
func (f *frameLog) run(ctx context.Context) {
	defer close(f.ended)
	for {
		select {
		case <-ctx.Done():
			return
		case first := <-f.queue:
			batch := []loggedFrame{first}
			for more := true; more && len(batch) < maxFrameBatch; {
				select {
				case next := <-f.queue:
					batch = append(batch, next)
				default:
					more = false
				}
			}
			f.store(ctx, batch)
		}
	}
}

// store writes a batch. Where it fails for another reason than an absent database, its frames are tried one by one, and one that fails alone without what
// it says: the database holds less than JSON does.
func (f *frameLog) store(ctx context.Context, batch []loggedFrame) {
	err := f.put(ctx, batch)
	switch {
	case err == nil || fault.KindOf(err) == fault.Unavailable || ctx.Err() != nil:
	case len(batch) > 1:
		for _, one := range batch {
			f.store(ctx, []loggedFrame{one})
		}
		return
	case batch[0].frame.Decoded != nil:
		batch[0].frame.Decoded = nil
		err = f.put(ctx, batch)
	}
	for _, one := range batch {
		one.done <- err
	}
}

//go:embed frame_put.sql
var framePutSQL string

func (f *frameLog) put(ctx context.Context, batch []loggedFrame) error {
	n := len(batch)
	received, bytes, decoded, readings := make([]time.Time, n), make([][]byte, n), make([]*string, n), make([]int32, n)
	spokenFor, held := make([]string, n), make([]*string, n)
	var text [8][]string
	for i, one := range batch {
		r := one.frame
		spokenFor[i], held[i] = r.notes()
		received[i], bytes[i], readings[i] = r.Received, one.bytes, int32(r.Readings)
		if bytes[i] == nil {
			bytes[i] = []byte{}
		}
		if r.Decoded != nil {
			s := string(r.Decoded)
			decoded[i] = &s
		}
		for k, s := range []string{r.Protocol, r.Channel, r.Peer, r.Address, r.Thing, r.Function, r.Verdict, r.Reason} {
			text[k] = append(text[k], s)
		}
	}
	work := &pgx.Batch{}
	work.Queue("BEGIN")
	work.Queue("SET LOCAL synchronous_commit = off") // readings that are confirmed are on the disk; what is told of their frames may lack a moment after a power cut
	work.Queue(framePutSQL, received, text[0], text[1], text[2], text[3], text[4], text[5], bytes, decoded, text[6], text[7], readings,
		spokenFor, held)
	work.Queue("COMMIT")
	return postgis.Fault(f.db.SendBatch(ctx, work).Close())
}

//go:embed frame_prune.sql
var framePruneSQL string

// Prune deletes the frames, and the addresses that are not registered, of which nothing came since a time, and says how many frames that were.
func Prune(ctx context.Context, db *postgis.DB, before time.Time) (int64, error) {
	var total int64
	for {
		done, err := db.Exec(ctx, framePruneSQL, before, pruneBatch)
		if err != nil {
			return total, postgis.Fault(err)
		}
		total += done.RowsAffected()
		if done.RowsAffected() < pruneBatch {
			break
		}
	}
	_, err := db.Exec(ctx, `DELETE FROM ingest.pending WHERE last_seen < $1`, before)
	return total, postgis.Fault(err)
}
