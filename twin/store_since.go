package twin

import (
	"context"
	_ "embed"
	"time"

	"basin/postgis"
)

//go:embed since_find.sql
var sinceFindSQL string

// Since says from when on a datastream has stood at or beyond a limit (at or above with above, else at or below), as of an instant. It is nil when
// it does not stand there.
func Since(ctx context.Context, db *postgis.DB, datastream string, limit float64, above bool, at time.Time) (*time.Time, error) {
	var since *time.Time
	err := db.QueryRow(ctx, sinceFindSQL, datastream, limit, above, at).Scan(&since)
	return since, postgis.Fault(err)
}
