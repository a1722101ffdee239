package twin

import (
	"context"
	"sync"
	"time"

	"basin/access"
)

// Audit writes a row of the audit trail.
type Audit func(ctx context.Context, by access.Principal, action, object, outcome string, detail map[string]any, request string) error

// refusals remembers of whom it was told of late that he posted for a station that is not his.
type refusals struct {
	audit Audit
	mu    sync.Mutex
	last  map[string]time.Time // by principal
}

// refusalEvery is how often one principal's refusals are put into the audit trail.
const refusalEvery = time.Minute

// AuditRefusals makes the writer put into the audit trail who posted for a station that is not his: one row for each principal and minute, which names the
// first datastream and counts the readings of that request. It must be called before the first Append.
func (w *Writer) AuditRefusals(audit Audit) {
	w.told = refusals{audit: audit, last: map[string]time.Time{}}
}

// tell writes of the readings of a request that were for others' stations.
func (w *Writer) tell(ctx context.Context, by access.Principal, readings []Reading, rejected []Rejection) {
	if w.told.audit == nil {
		return
	}
	count, first := 0, ""
	for _, r := range rejected {
		if r.Code != "not-your-station" {
			continue
		}
		if count++; count == 1 {
			first = readings[r.Index].Datastream
		}
	}
	if count == 0 || !w.told.due(by.ID, time.Now()) {
		return
	}
	if err := w.told.audit(ctx, by, "readings.refuse", first, "refused", map[string]any{"readings": count}, ""); err != nil {
		w.log.Error("a refusal could not be put into the audit trail", "principal", by.ID, "datastream", first, "error", err)
		w.told.forget(by.ID)
	}
}

// due says whether a refusal of a principal is to be written now, and takes it for written.
func (f *refusals) due(principal string, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if last, told := f.last[principal]; told && now.Sub(last) < refusalEvery {
		return false
	}
	for other, last := range f.last {
		if now.Sub(last) >= refusalEvery {
			delete(f.last, other)
		}
	}
	f.last[principal] = now
	return true
}

// forget makes the next refusal of a principal due.
func (f *refusals) forget(principal string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.last, principal)
}
