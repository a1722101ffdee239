package layer

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/fault"
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

// Page is a part of the features that are asked for.
type Page struct {
	Features []json.RawMessage // GeoJSON, but for the system of the coordinates
	Next     int64             // the gid after which the list goes on; 0 at its end
	Notes    []string          // what the reader should know of how they were found
}

// Items returns the features that are asked for and that a reader of that clearance may see, by gid.
func (s *Store) Items(ctx context.Context, q Query, clearance access.Class) (Page, error) {
	l, err := s.Get(ctx, q.Layer, clearance)
	if err != nil {
		return Page{}, err
	}
	c, notes, err := s.condition(ctx, l, q, clearance)
	if err != nil {
		return Page{}, err
	}
	limit := min(q.Limit, MaxLimit)
	if limit <= 0 {
		limit = defaultLimit
	}
	sql := strings.NewReplacer("{attributes}", l.attributes(), "{geometry}", q.CRS.fromStored("ST_ForcePolygonCCW(l.geom)"), "{digits}", strconv.Itoa(q.CRS.digits()),
		"{relation}", l.From(), "{where}", c.sql(), "{after}", c.arg(q.After)+"::bigint", "{limit}", c.arg(limit+1)).Replace(itemsSQL)
	page, size, last := Page{Features: []json.RawMessage{}, Notes: notes}, 0, int64(0)
	err = s.ask(ctx, q.Filter != nil, sql, c.args, func(rows pgx.Rows) error {
		if len(page.Features) == limit || size > maxBytes {
			page.Next = last
			return errStop
		}
		var feature json.RawMessage
		if err := rows.Scan(&last, (*[]byte)(&feature)); err != nil {
			return err //nolint:wrapcheck // given its kind by the caller
		}
		page.Features, size = append(page.Features, feature), size+len(feature)
		return nil
	})
	return page, err
}

// attributes are the layer's columns as SQL lists them.
func (l Layer) attributes() string {
	out := make([]string, len(l.Columns))
	for i, column := range l.Columns {
		out[i] = "l." + quoted(column.Name)
	}
	return strings.Join(out, ", ")
}

// planned puts before the arguments of a query that it is to be planned for them, rather than once for all: what suits one box does not suit another.
func planned(args []any) []any { return append([]any{pgx.QueryExecModeCacheDescribe}, args...) }

// Item returns one feature by its gid.
func (s *Store) Item(ctx context.Context, layer string, gid int64, crs CRS, clearance access.Class) (json.RawMessage, error) {
	page, err := s.Items(ctx, Query{Layer: layer, IDs: []int64{gid}, After: gid - 1, Limit: 1, CRS: crs}, clearance)
	if err != nil {
		return nil, err
	}
	if len(page.Features) == 0 {
		return nil, fault.New(fault.NotFound, "unknown-feature", "there is no feature {feature} in layer {layer}", "feature", gid, "layer", layer)
	}
	return page.Features[0], nil
}

// Count says how many features a reader of that clearance may see of those asked for, on all pages. It returns nil when counting takes too long.
func (s *Store) Count(ctx context.Context, q Query, clearance access.Class) (*int64, error) {
	l, err := s.Get(ctx, q.Layer, clearance)
	if err != nil {
		return nil, err
	}
	c, _, err := s.condition(ctx, l, q, clearance)
	if err != nil {
		return nil, err
	}
	sql := "SELECT count(*) FROM " + l.From() + " l WHERE " + c.sql()
	key := sha256.Sum256(fmt.Append(nil, sql, c.args)) // a filter can be long
	return s.counts.get(ctx, string(key[:]), summaryLife, func(ctx context.Context) (*int64, error) {
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
	err = errFailed(err)
	if f := fault.Of(err); f != nil && f.Code == codeQueryTime && ctx.Err() == nil {
		return false, nil
	}
	return err == nil, err
}
