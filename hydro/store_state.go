package hydro

import (
	"context"
	_ "embed"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/postgis"
)

//go:embed input_find.sql
var inputFindSQL string

// findInputs says which observers the status of each thing derives from, leaving out those that the reader may not see.
func findInputs(ctx context.Context, db *postgis.DB, things []string, clearance access.Class) ([]input, error) {
	rows, err := db.Query(ctx, inputFindSQL, things, string(clearance))
	if err != nil {
		return nil, postgis.Fault(err)
	}
	inputs, err := pgx.CollectRows(rows, pgx.RowToStructByName[input])
	return inputs, postgis.Fault(err)
}

//go:embed affected_find.sql
var affectedFindSQL string

// Affected lists the things whose status may differ when the readings of the given things changed: themselves, and the reaches, works and rivers that
// derive from them.
func Affected(ctx context.Context, db *postgis.DB, things []string) ([]string, error) {
	rows, err := db.Query(ctx, affectedFindSQL, things)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return ids, postgis.Fault(err)
}

// Tidal says which of the things are tidal stations.
func Tidal(ctx context.Context, db *postgis.DB, things []string) (map[string]bool, error) {
	rows, err := db.Query(ctx, `SELECT id FROM hydro.station WHERE type = 'tide' AND id = ANY($1)`, things)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	out := make(map[string]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out, postgis.Fault(err)
}
