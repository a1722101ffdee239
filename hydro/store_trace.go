package hydro

import (
	"context"
	_ "embed"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/fault"
	"basin/postgis"
)

//go:embed trace_find.sql
var traceFindSQL string

// Tracer answers which way the water goes.
type Tracer struct{ db *postgis.DB }

// NewTracer makes a Tracer.
func NewTracer(db *postgis.DB) *Tracer { return &Tracer{db} }

// Trace finds the stations, works, reaches and nodes up- or downstream of a thing along the network, of those that a reader of that clearance may see; what
// is hidden from him is not passed either. Water flows as reaches state; where they do not, both ways are gone, and the second result is true. The fault
// is of the kind NotFound where there is no such thing on the network.
func (n *Tracer) Trace(ctx context.Context, thing string, upstream bool, clearance access.Class) (ids []string, undirected bool, err error) {
	rows, err := n.db.Query(ctx, traceFindSQL, string(clearance))
	if err != nil {
		return nil, false, postgis.Fault(err)
	}
	parts, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (piece, error) {
		var p piece
		var from, to *float64
		err := row.Scan(&p.kind, &p.id, &p.a, &p.b, &p.river, &from, &to, &p.direction)
		if from != nil && to != nil {
			p.from, p.to, p.placed = *from, *to, true
		}
		return p, err //nolint:wrapcheck // given its kind below
	})
	if err != nil {
		return nil, false, postgis.Fault(err)
	}
	ids, undirected, ok := trace(parts, thing, upstream)
	if !ok {
		return nil, false, fault.New(fault.NotFound, "unknown-thing", "there is no {thing}", "thing", thing)
	}
	return ids, undirected, nil
}
