package area

import (
	"context"
	_ "embed"

	"github.com/jackc/pgx/v5"

	"basin/postgis"
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
	err := db.QueryRow(ctx, assignSQL).Scan(&n)
	return n, postgis.Fault(err)
}
