package twin

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"basin/fault"
)

// Bounds of what waits and of what is under way.
const (
	maxBatch  = 2000             // readings in one transaction; one request may exceed it alone
	maxQueued = 256              // requests waiting; more are told to come back
	maxCommit = 90 * time.Second // of a transaction; a database that stands still for longer is given up, and asked anew
	lanes     = 2                // transactions under way at a time: one is computed while the other is on its way to the disk
)

// request is one sender's readings on their way through the writer.
type request struct {
	rows     []row
	streams  []int64 // their datastreams, each once
	answered chan answer
}

type answer struct {
	result Result
	err    error
}

func newRequest(rows []row) *request {
	r := &request{rows: rows, answered: make(chan answer, 1)}
	seen := map[int64]bool{}
	for _, row := range rows {
		if id := row.stream.ID; !seen[id] {
			seen[id] = true
			r.streams = append(r.streams, id)
		}
	}
	return r
}

// line are the requests that wait, in the order in which they came, and the datastreams of those that are being stored.
type line struct {
	mu      *sync.Mutex
	waiting []*request
	busy    map[int64]bool
	closed  bool
	moved   chan struct{} // there may be something to store
}

func newLine() line {
	return line{mu: new(sync.Mutex), busy: map[int64]bool{}, moved: make(chan struct{}, 1)}
}

// join puts a request at the end of the line.
func (l *line) join(r *request) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return errStopping()
	case len(l.waiting) >= maxQueued:
		return fault.New(fault.Unavailable, "busy", "too many senders are waiting: try again in a moment")
	}
	l.waiting = append(l.waiting, r)
	l.wake()
	return nil
}

func errStopping() error {
	return fault.New(fault.Unavailable, "stopping", "the server is stopping: try again")
}

func (l *line) wake() {
	select {
	case l.moved <- struct{}{}:
	default:
	}
}

// take takes requests from the line, up to a batch. Requests of one datastream are stored one after the other, in the order in which they came: what is being
// stored, or waits further ahead, keeps a request in the line. Under load the batch grows while the last one is on its way to the disk; alone a reading
// waits for nobody.
func (l *line) take() []*request {
	l.mu.Lock()
	defer l.mu.Unlock()
	var batch, left []*request
	taken, before, n := map[int64]bool{}, map[int64]bool{}, 0
	for _, r := range l.waiting {
		into := taken
		if n >= maxBatch || slices.ContainsFunc(r.streams, func(id int64) bool { return l.busy[id] || before[id] }) {
			left, into = append(left, r), before
		} else {
			batch, n = append(batch, r), n+len(r.rows)
		}
		for _, id := range r.streams {
			into[id] = true
		}
	}
	for id := range taken {
		l.busy[id] = true
	}
	l.waiting = left
	return batch
}

// done lets the datastreams of a batch go.
func (l *line) done(batch []*request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range batch {
		for _, id := range r.streams {
			delete(l.busy, id)
		}
	}
	l.wake()
}

// close turns everything away that waits or comes.
func (l *line) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, r := range l.waiting {
		r.answered <- answer{err: errStopping()}
	}
	l.waiting = nil
}

// Queued is how many requests wait to be stored.
func (w *Writer) Queued() int {
	w.line.mu.Lock()
	defer w.line.mu.Unlock()
	return len(w.line.waiting)
}

// Run stores what waits until ctx ends; what still waits then is answered Unavailable.
func (w *Writer) Run(ctx context.Context) error {
	free := make(chan struct{}, lanes)
	var all sync.WaitGroup
	defer all.Wait()
	for {
		select {
		case <-ctx.Done():
			w.line.close()
			return nil
		case free <- struct{}{}:
		}
		batch := w.line.take()
		for len(batch) == 0 {
			select {
			case <-ctx.Done():
				w.line.close()
				return nil
			case <-w.line.moved:
				batch = w.line.take()
			}
		}
		all.Go(func() {
			w.store(ctx, batch)
			<-free
			w.line.done(batch)
		})
	}
}

// store commits a batch and answers its senders. Should the batch fail for another reason than an absent database, each request
// is tried alone, so that one sender's trouble stays his own.
func (w *Writer) store(ctx context.Context, batch []*request) {
	limit, cancel := context.WithTimeout(ctx, maxCommit)
	results, err := w.commit(limit, batch)
	cancel()
	if err == nil {
		w.stats.commits.Add(1)
		for _, r := range results {
			w.stats.accepted.Add(int64(r.Accepted))
			w.stats.duplicates.Add(int64(r.Duplicates))
			w.stats.corrections.Add(int64(r.Corrections))
		}
	}
	if err != nil && len(batch) > 1 && fault.KindOf(err) != fault.Unavailable && !errors.Is(err, context.Canceled) {
		w.log.Error("a batch of readings failed; its requests are tried one by one", "error", err)
		for _, r := range batch {
			w.store(ctx, []*request{r})
		}
		return
	}
	for i, r := range batch {
		if err != nil {
			r.answered <- answer{err: err}
			continue
		}
		r.answered <- answer{result: results[i]}
	}
}
