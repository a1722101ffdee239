package ingest

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/postgis"
)

// Marks are how far the tables of a database of another bureau have been read, by the names of the tables. The source is the address of that database without
// user and password. A table that was never read is not among them. Table ingest.followed.
func Marks(ctx context.Context, db *postgis.DB, source string) (map[string]time.Time, error) {
	rows, err := db.Query(ctx, `SELECT relation, mark FROM ingest.followed WHERE source = $1`, source)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	out := map[string]time.Time{}
	var relation string
	var mark time.Time
	_, err = pgx.ForEachRow(rows, []any{&relation, &mark}, func() error {
		out[relation] = mark
		return nil
	})
	return out, postgis.Fault(err)
}

// Mark notes that so many rows of a table have been read, up to a time, and that what they say is committed. A mark never moves back.
func Mark(ctx context.Context, db *postgis.DB, source, relation string, mark time.Time, rows int) error {
	_, err := db.Exec(ctx, `INSERT INTO ingest.followed AS f (source, relation, mark, rows) VALUES ($1, $2, $3, $4)
		ON CONFLICT (source, relation) DO UPDATE SET rows = f.rows + excluded.rows, mark = greatest(f.mark, excluded.mark),
			changed = CASE WHEN excluded.mark > f.mark THEN now() ELSE f.changed END`, source, relation, mark, rows)
	return postgis.Fault(err)
}
