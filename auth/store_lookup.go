package auth

import (
	"context"
	_ "embed"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/postgis"
)

//go:embed token_find.sql
var tokenFindSQL string

// lookups finds out whose tokens are presented. Those that are presented while others are looked up are looked up together, so that many gateways at once
// cost few questions. Nothing is remembered: every look-up begins after its token was presented, so what was revoked before is refused.
type lookups struct {
	db      *postgis.DB
	mu      sync.Mutex
	waiting []*lookup
	running int
}

// lookup is a token that is looked up.
type lookup struct {
	hash []byte
	done chan struct{}
	p    access.Principal
	err  error
}

// Bounds of looking up.
const (
	maxLookups  = 2 // questions at the same time
	lookupLimit = 10 * time.Second
)

// find is the principal of the token with that hash.
func (l *lookups) find(ctx context.Context, hash []byte) (access.Principal, error) {
	x := &lookup{hash: hash, done: make(chan struct{})}
	l.mu.Lock()
	l.waiting = append(l.waiting, x)
	start := l.running < maxLookups
	if start {
		l.running++
	}
	l.mu.Unlock()
	if start {
		go l.run(context.WithoutCancel(ctx))
	}
	select {
	case <-x.done:
		return x.p, x.err
	case <-ctx.Done():
		return access.Principal{}, postgis.Fault(ctx.Err())
	}
}

// run looks up what waits until nothing does.
func (l *lookups) run(ctx context.Context) {
	for {
		l.mu.Lock()
		batch := l.waiting
		l.waiting = nil
		if len(batch) == 0 {
			l.running--
			l.mu.Unlock()
			return
		}
		l.mu.Unlock()
		l.answer(ctx, batch)
	}
}

func (l *lookups) answer(ctx context.Context, batch []*lookup) {
	ctx, cancel := context.WithTimeout(ctx, lookupLimit)
	defer cancel()
	found, err := l.ask(ctx, batch)
	for _, x := range batch {
		p, ok := found[string(x.hash)]
		switch {
		case err != nil:
			x.err = err
		case !ok:
			x.err = errBadCredential()
		default:
			x.p = p
		}
		close(x.done)
	}
}

// ask looks up the tokens of a batch.
func (l *lookups) ask(ctx context.Context, batch []*lookup) (map[string]access.Principal, error) {
	hashes, asked := make([][]byte, 0, len(batch)), make(map[string]bool, len(batch))
	for _, x := range batch {
		if !asked[string(x.hash)] {
			asked[string(x.hash)] = true
			hashes = append(hashes, x.hash)
		}
	}
	rows, err := l.db.Query(ctx, tokenFindSQL, hashes)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	found := make(map[string]access.Principal, len(hashes))
	var hash []byte
	_, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (p access.Principal, err error) {
		if err = row.Scan(&hash, &p.ID, &p.Name, &p.Role, &p.Stations, &p.Vendor, &p.Areas, &p.Token); err == nil {
			found[string(hash)] = p
		}
		return p, err
	})
	return found, postgis.Fault(err)
}
