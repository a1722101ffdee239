package layer

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/fault"
	"basin/postgis"
)

// Limits of one answer.
const (
	defaultLimit  = 100
	MaxLimit      = 10_000           // features in one answer
	maxBytes      = 64 << 20         // of GeoJSON in one answer; the rest comes with the next
	countBudget   = time.Second      // for counting; beyond it the number is not known
	extentBudget  = 10 * time.Second // for an extent; beyond it the extent is not known
	codeQueryTime = "query-timeout"
)

//go:embed items.sql
var itemsSQL string

// Items returns the features that are asked for and that a reader of that clearance may see, as GeoJSON, by gid. The number returned is the gid after
// which the list goes on, 0 at its end.
func (s *Store) Items(ctx context.Context, q Query, clearance access.Class) ([]json.RawMessage, int64, error) {
	l, err := s.Get(ctx, q.Layer, clearance)
	if err != nil {
		return nil, 0, err
	}
	c, err := q.where(l, clearance)
	if err != nil {
		return nil, 0, err
	}
	limit := min(q.Limit, MaxLimit)
	if limit <= 0 {
		limit = defaultLimit
	}
	attributes := make([]string, len(l.Columns))
	for i, column := range l.Columns {
		attributes[i] = "l." + pgx.Identifier{column.Name}.Sanitize()
	}
	sql := strings.NewReplacer("{attributes}", strings.Join(attributes, ", "), "{relation}", l.From(), "{where}", c.sql(),
		"{after}", c.arg(q.After)+"::bigint", "{limit}", c.arg(limit+1)).Replace(itemsSQL)
	rows, err := s.db.Query(ctx, sql, planned(c.args)...)
	if err != nil {
		return nil, 0, postgis.Fault(err)
	}
	defer rows.Close()
	features, size, last := []json.RawMessage{}, 0, int64(0)
	for rows.Next() {
		if len(features) == limit || size > maxBytes {
			return features, last, nil
		}
		var feature json.RawMessage
		if err := rows.Scan(&last, (*[]byte)(&feature)); err != nil {
			return nil, 0, postgis.Fault(err)
		}
		features, size = append(features, feature), size+len(feature)
	}
	return features, 0, postgis.Fault(rows.Err())
}

// planned puts before the arguments of a query that it is to be planned for them, rather than once for all: what suits one box does not suit another.
func planned(args []any) []any { return append([]any{pgx.QueryExecModeCacheDescribe}, args...) }

// Item returns one feature by its gid.
func (s *Store) Item(ctx context.Context, layer string, gid int64, clearance access.Class) (json.RawMessage, error) {
	features, _, err := s.Items(ctx, Query{Layer: layer, IDs: []int64{gid}, After: gid - 1, Limit: 1}, clearance)
	if err != nil {
		return nil, err
	}
	if len(features) == 0 {
		return nil, fault.New(fault.NotFound, "unknown-feature", "there is no feature {feature} in layer {layer}", "feature", gid, "layer", layer)
	}
	return features[0], nil
}

// Count says how many features a reader of that clearance may see of those asked for, on all pages. It returns nil when counting takes too long.
func (s *Store) Count(ctx context.Context, q Query, clearance access.Class) (*int64, error) {
	l, err := s.Get(ctx, q.Layer, clearance)
	if err != nil {
		return nil, err
	}
	c, err := q.where(l, clearance)
	if err != nil {
		return nil, err
	}
	sql := "SELECT count(*) FROM " + l.From() + " l WHERE " + c.sql()
	return s.counts.get(ctx, fmt.Sprintln(sql, c.args), summaryLife, func(ctx context.Context) (*int64, error) {
		var n int64
		known, err := s.within(ctx, countBudget, sql, c.args, &n)
		if err != nil || !known {
			return nil, err
		}
		return &n, nil
	})
}

// Extent is the box (west, south, east, north) around all features of the layer that a reader of that clearance may see. It is nil when there are
// none, or when finding it takes too long.
func (s *Store) Extent(ctx context.Context, layer string, clearance access.Class) (*[4]float64, error) {
	l, err := s.Get(ctx, layer, clearance)
	if err != nil {
		return nil, err
	}
	return s.extents.get(ctx, layer+" "+string(clearance), summaryLife, func(ctx context.Context) (*[4]float64, error) {
		var west, south, east, north *float64
		known, err := s.within(ctx, extentBudget, `SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)
			FROM (SELECT ST_Extent(l.geom) AS e FROM `+l.From()+` l WHERE l.class <= $1::text::auth.class) x`,
			[]any{string(clearance)}, &west, &south, &east, &north)
		if err != nil || !known || west == nil {
			return nil, err
		}
		return &[4]float64{*west, *south, *east, *north}, nil
	})
}

// within asks for one row, but not for longer than the budget, and says whether the answer came.
func (s *Store) within(ctx context.Context, budget time.Duration, sql string, args []any, into ...any) (bool, error) {
	err := pgx.BeginTxFunc(ctx, s.db, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, fmt.Sprintf("SET LOCAL statement_timeout = %d", budget.Milliseconds())); err != nil {
			return err //nolint:wrapcheck // given its kind below
		}
		return tx.QueryRow(ctx, sql, planned(args)...).Scan(into...) //nolint:wrapcheck // given its kind below
	})
	err = postgis.Fault(err)
	if f := fault.Of(err); f != nil && f.Code == codeQueryTime && ctx.Err() == nil {
		return false, nil
	}
	return err == nil, err
}
