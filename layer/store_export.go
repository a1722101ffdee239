package layer

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/postgis"
)

// How much comes from the database at a time: so many features, fewer where they are large.
const (
	maxFetched   = 1000
	fetchedBytes = 4 << 20
)

// Export hands every feature that is asked for and that a reader of that clearance may see to each, by gid, as they were at one moment. A limit of 0 is
// none. They come from a cursor: however many there are, few are in memory. It ends with the first error of each.
func (s *Store) Export(ctx context.Context, q Query, form Form, clearance access.Class, each func(Row) error) error {
	a, err := s.open(ctx, q, clearance)
	if err != nil {
		return err
	}
	limit, attributes := "ALL", a.shown.attributes()
	if q.Limit > 0 {
		limit = a.c.arg(q.Limit)
	}
	if q.Nearest != nil {
		attributes = strings.TrimPrefix(attributes+", "+distance+" AS "+quoted(a.shown.distanceName()), ", ")
	}
	geometry := "coalesce(GeometryType(l.geom), '') AS kind, coalesce(ST_NDims(l.geom) > 2, false) AS z, " + form.geometry(q.CRS)
	if q.SkipGeometry {
		geometry = "'', false, NULL::bytea"
	}
	sql := a.sql("l.gid, "+geometry+" AS geometry, "+object(attributes)+" AS attributes", limit)
	err = pgx.BeginTxFunc(ctx, s.db, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL cursor_tuple_fraction = 1"); err != nil { // all are wanted, not the first ones soon
			return err //nolint:wrapcheck // given its kind below
		}
		if _, err := tx.Exec(ctx, "DECLARE export NO SCROLL CURSOR FOR "+sql, append([]any{pgx.QueryExecModeDescribeExec}, a.c.args...)...); err != nil {
			return err //nolint:wrapcheck // given its kind below
		}
		for ask := 100; ; {
			n, size, err := fetch(ctx, tx, ask, each)
			if err != nil || n < ask {
				return err
			}
			ask = min(max(1, ask*fetchedBytes/(size+1)), 2*ask, maxFetched)
		}
	})
	return postgis.Fault(err)
}

// fetch hands the next features of the cursor, at most so many, to each, and says how many there were and how large. They are read before they are handed
// over, so that a slow reader meets the limit on being idle and never that on a statement.
func fetch(ctx context.Context, tx pgx.Tx, most int, each func(Row) error) (n, size int, err error) {
	rows, err := tx.Query(ctx, fmt.Sprintf("FETCH %d FROM export", most), pgx.QueryExecModeExec)
	if err != nil {
		return 0, 0, err //nolint:wrapcheck // given its kind by Export
	}
	batch, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r Row, err error) {
		err = row.Scan(&r.GID, &r.Kind, &r.Z, &r.Geometry, &r.Attributes)
		size += len(r.Geometry) + len(r.Attributes)
		return r, err //nolint:wrapcheck // given its kind by Export
	})
	if err != nil {
		return 0, 0, err //nolint:wrapcheck // given its kind by Export
	}
	for _, r := range batch {
		if err := ctx.Err(); err != nil {
			return 0, 0, err //nolint:wrapcheck // whoever asked is gone
		}
		if err := each(r); err != nil {
			return 0, 0, err
		}
	}
	return len(batch), size, nil
}
