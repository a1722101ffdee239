package ingest

import (
	"context"
	_ "embed"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/postgis"
)

// publishMargin is by how much a reading may have been received before its transaction began.
const publishMargin = 10 * time.Minute

// publishTurn holds the turn to publish: of several basins on one database one has it, for as long as its connection lasts.
type publishTurn struct {
	conn  *pgx.Conn
	mark  int64 // readings that a transaction below this one stored are done with
	since time.Time
}

// observed is a committed observation.
type observed struct {
	Datastream int64
	Time       time.Time
	XID        int64
	Found      int64 // how many there were when it was found
}

// takeTurn takes the turn to publish; nil where another basin has it. Who publishes for the first time begins with what is committed from now on.
func takeTurn(ctx context.Context, db *postgis.DB) (*publishTurn, error) {
	c, err := db.Acquire(ctx)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	t, mine := &publishTurn{conn: c.Hijack()}, false
	err = t.conn.QueryRow(ctx, `SELECT pg_try_advisory_lock(hashtext('ingest.published'))`).Scan(&mine)
	if err == nil && mine {
		err = t.conn.QueryRow(ctx, `INSERT INTO ingest.published AS p (name, mark, since)
			VALUES ('mqtt', pg_snapshot_xmin(pg_current_snapshot())::text::bigint, now() - $1::interval)
			ON CONFLICT (name) DO UPDATE SET changed = p.changed RETURNING mark, since`, publishMargin).Scan(&t.mark, &t.since)
	}
	if err != nil || !mine {
		t.end(ctx)
		return nil, postgis.Fault(err)
	}
	return t, nil
}

// end gives the turn back.
func (t *publishTurn) end(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = t.conn.Close(ctx)
}

//go:embed publish_find.sql
var publishFindSQL string

// find are the readings committed since the mark, in the order of their transactions, the last most of them, and how many older ones there are; and where the
// mark goes once they are published.
func (t *publishTurn) find(ctx context.Context, most int) (found []observed, older int64, next publishTurn, err error) {
	next = publishTurn{conn: t.conn}
	if err := t.conn.QueryRow(ctx, `SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, now() - $1::interval`, publishMargin).
		Scan(&next.mark, &next.since); err != nil {
		return nil, 0, next, postgis.Fault(err)
	}
	if t.mark > next.mark { // the database was put back from a copy: its transactions count anew
		t.mark = next.mark
	}
	if t.mark == next.mark {
		return nil, 0, next, nil
	}
	rows, err := t.conn.Query(ctx, publishFindSQL, t.mark, next.mark, t.since, most)
	if err == nil {
		found, err = pgx.CollectRows(rows, pgx.RowToStructByName[observed])
	}
	if err != nil {
		return nil, 0, next, postgis.Fault(err)
	}
	slices.Reverse(found)
	if len(found) > 0 {
		older = found[0].Found - int64(len(found))
	}
	return found, older, next, nil
}

// publishSaving is how long writing the mark down may take.
const publishSaving = 5 * time.Second

// errTurnLost is the end of a turn whose row is gone.
var errTurnLost = errors.New("the mark of what was published is gone")

// save writes down how far it is, also when ctx has ended.
func (t *publishTurn) save(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), publishSaving)
	defer cancel()
	done, err := t.conn.Exec(ctx, `UPDATE ingest.published SET mark = $1, since = $2, changed = now() WHERE name = 'mqtt'`, t.mark, t.since)
	if err == nil && done.RowsAffected() != 1 {
		return errTurnLost
	}
	return postgis.Fault(err)
}
