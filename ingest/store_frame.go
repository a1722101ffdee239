package ingest

import (
	"context"
	_ "embed"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/fault"
	"basin/postgis"
)

// Limits of the frame log.
const (
	maxFrameQueue = 4096
	maxFrameBatch = 500
	frameAgain    = 500 * time.Millisecond // between two tries while the database is away
	framePause    = 20 * time.Millisecond  // between two statements, so that under load each writes many frames
	frameWait     = 5 * time.Second        // a confirmation waits no longer for room in the queue, nor a stop for the frames in it
	framePatience = 30 * time.Second       // with one statement
	pruneBatch    = 10_000
)

// errFrameLog says that a frame could not be logged.
var errFrameLog = errors.New("the frame log is behind")

// frameLog writes frames, whatever is waiting in one statement. Nobody waits for that: what a confirmation promises is on the disk before.
type frameLog struct {
	db    *postgis.DB
	log   *slog.Logger
	queue chan loggedFrame
	lost  atomic.Int64 // frames that could not be written
	held  atomic.Int64 // frames that are not written yet
}

type loggedFrame struct {
	frame Frame
	bytes []byte
}

func newFrameLog(db *postgis.DB, log *slog.Logger) *frameLog {
	return &frameLog{db: db, log: log, queue: make(chan loggedFrame, maxFrameQueue)}
}

// write queues a frame; where there is no room it waits for some, but not for long: the frame is lost then.
func (f *frameLog) write(ctx context.Context, frame Frame, bytes []byte) {
	entry := loggedFrame{frame, bytes}
	f.held.Add(1)
	select {
	case f.queue <- entry:
		return
	default:
	}
	ctx, cancel := context.WithTimeout(ctx, frameWait)
	defer cancel()
	select {
	case f.queue <- entry:
	case <-ctx.Done():
		f.lose([]loggedFrame{entry}, errFrameLog)
	}
}

func (f *frameLog) lose(batch []loggedFrame, err error) {
	f.lost.Add(int64(len(batch)))
	f.held.Add(-int64(len(batch)))
	first := batch[0].frame
	f.log.Warn("frames could not be logged", "frames", len(batch), "protocol", first.Protocol, "address", first.Address, "verdict", first.Verdict, "error", err)
}

// run writes what is queued until ctx ends, and then what is queued still.
func (f *frameLog) run(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case first := <-f.queue:
			f.store(ctx, f.more(first))
		}
		wait(ctx, framePause)
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), frameWait)
	defer cancel()
	for last.Err() == nil && len(f.queue) > 0 {
		f.store(last, f.more(<-f.queue))
	}
}

// more is a batch that begins with a frame.
func (f *frameLog) more(first loggedFrame) []loggedFrame {
	batch := []loggedFrame{first}
	for len(batch) < maxFrameBatch {
		select {
		case next := <-f.queue:
			batch = append(batch, next)
		default:
			return batch
		}
	}
	return batch
}

// store writes a batch, once the database is there. Where it fails for another reason, its frames are tried one by one, and one that fails alone without what it
// says: the database holds less than JSON does.
func (f *frameLog) store(ctx context.Context, batch []loggedFrame) {
	err := f.put(ctx, batch)
	for ; fault.KindOf(err) == fault.Unavailable && ctx.Err() == nil; err = f.put(ctx, batch) {
		wait(ctx, frameAgain)
	}
	switch {
	case err == nil:
		f.held.Add(-int64(len(batch)))
	case ctx.Err() == nil && len(batch) > 1:
		for _, one := range batch {
			f.store(ctx, []loggedFrame{one})
		}
	case ctx.Err() == nil && batch[0].frame.Decoded != nil:
		batch[0].frame.Decoded = nil
		f.store(ctx, batch)
	default:
		f.lose(batch, err)
	}
}

//go:embed frame_put.sql
var framePutSQL string

func (f *frameLog) put(ctx context.Context, batch []loggedFrame) error {
	ctx, cancel := context.WithTimeout(ctx, framePatience)
	defer cancel()
	n := len(batch)
	received, bytes, decoded, readings := make([]time.Time, n), make([][]byte, n), make([]*string, n), make([]int32, n)
	spokenFor, held := make([]*string, n), make([]*string, n)
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
