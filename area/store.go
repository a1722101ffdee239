package area

import (
	"context"
	_ "embed"

	"github.com/jackc/pgx/v5"

	"basin/postgis"
	"basin/twin"
)

// Succeed records which codes took the place of which.
func Succeed(ctx context.Context, tx pgx.Tx, successors map[string]string) error {
	for code, successor := range successors {
		if _, err := tx.Exec(ctx, `INSERT INTO area.succession (code, successor) VALUES ($1, $2) ON CONFLICT DO NOTHING`, code, successor); err != nil {
			return postgis.Fault(err)
		}
	}
	return nil
}

//go:embed assign.sql
var assignSQL string

// Assign gives every thing that names no administrative area the smallest one that holds it. It says how many things changed.
func Assign(ctx context.Context, db *postgis.DB) (int64, error) {
	var n int64
	err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, assignSQL)
		if err != nil {
			return err
		}
		var kind string
		var events []postgis.Event
		var moved int64
		if _, err := pgx.ForEachRow(rows, []any{&kind, &moved}, func() error {
			events, n = append(events, postgis.Event{Topic: twin.TopicTiles, Key: kind}), n+moved
			return nil
		}); err != nil {
			return err
		}
		return postgis.Publish(ctx, tx, events...)
	})
	return n, postgis.Fault(err)
}
