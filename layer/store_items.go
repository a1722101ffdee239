package layer

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"basin/access"
	"basin/fault"
)

// Limits of one answer.
const (
	defaultLimit = 100
	MaxLimit     = 10_000           // features in one answer
	maxBytes     = 64 << 20         // of GeoJSON in one answer; the rest comes with the next
	countBudget  = time.Second      // for counting; beyond it the number is not known
	extentBudget = 10 * time.Second // for an extent; beyond it the extent is not known
)

//go:embed items.sql
var itemsSQL string

// Page is a part of the features that are asked for.
type Page struct {
	Features []json.RawMessage // GeoJSON, but for the system of the coordinates
	Next     string            // where the list goes on, for Query.After; empty at its end
	Notes    []string          // what the reader should know of how they were found
}

// Items returns the features that are asked for and that a reader of that clearance may see, in their order.
func (s *Store) Items(ctx context.Context, q Query, clearance access.Class) (Page, error) {
	a, err := s.open(ctx, q, clearance)
	if err != nil {
		return Page{}, err
	}
	limit := min(q.Limit, MaxLimit)
	if limit <= 0 {
		limit = defaultLimit
	}
	more, asked := a.order.keys(), limit+1
	if q.Nearest != nil {
		more, asked = ", "+distance+"::text", min(limit, MaxNearest) // there is no next page
	}
	sql := a.sql("l.gid, "+q.geoJSON()+", "+object(a.shown.attributes())+more, a.c.arg(asked))
	page, size := Page{Features: []json.RawMessage{}, Notes: a.notes}, 0
	var r Row
	into := []any{&r.GID, (*pgtype.DriverBytes)(&r.Geometry), (*pgtype.DriverBytes)(&r.Attributes)}
	keys := make([]*string, len(a.order))
	for i := range keys {
		into = append(into, &keys[i])
	}
	if q.Nearest != nil {
		into = append(into, (*pgtype.DriverBytes)(&r.Distance))
	}
	err = s.ask(ctx, q.Filter != nil || q.Nearest != nil || len(keys) > 0, sql, a.c.args, func(rows pgx.Rows) error {
		if len(page.Features) == limit || size > maxBytes {
			page.Next = next(r.GID, keys)
			return errStop
		}
		if err := rows.Scan(into...); err != nil {
			return err //nolint:wrapcheck // given its kind by the caller
		}
		feature := r.GeoJSON(make([]byte, 0, len(r.Geometry)+len(r.Attributes)+80))
		page.Features, size = append(page.Features, feature), size+len(feature)
		return nil
	})
	return page, err
}

// asking is a query that is being answered.
type asking struct {
	q     Query
	l     Layer
	shown Layer // with the columns that are wanted
	c     *condition
	order order
	notes []string
}

// open finds the layer of a query, what limits it and the order of what comes of it.
func (s *Store) open(ctx context.Context, q Query, clearance access.Class) (a asking, err error) {
	a.q = q
	if a.l, err = s.Get(ctx, q.Layer, clearance); err != nil {
		return a, err
	}
	if a.shown, err = a.l.only(q.Properties); err != nil {
		return a, err
	}
	if a.order, err = a.l.order(q); err != nil {
		return a, err
	}
	if a.c, a.notes, err = s.condition(ctx, a.l, q, clearance); err != nil {
		return a, err
	}
	return a, a.order.goOn(a.c, q.After)
}

// sql asks for columns of the features, at most so many.
func (a asking) sql(columns, limit string) string {
	sql, pairs := itemsSQL, []string{"{columns}", columns, "{relation}", a.l.From(), "{where}", a.c.sql(), "{limit}", limit}
	if a.q.Nearest == nil {
		pairs = append(pairs, "{order}", a.order.sql())
	} else {
		sql, pairs = nearestSQL, append(pairs, a.c.near(*a.q.Nearest)...)
	}
	return strings.NewReplacer(pairs...).Replace(sql)
}

// only is the layer with those of its columns, in its own order; with all for none.
func (l Layer) only(names []string) (Layer, error) {
	if names == nil {
		return l, nil
	}
	for _, name := range names {
		if _, ok := l.Column(name); !ok {
			return l, fault.New(fault.Invalid, "bad-parameter", "parameter {parameter} {why}", "parameter", "properties", "why",
				"names "+strconv.Quote(clip(name))+", which the layer has not: its schema lists what it may name")
		}
	}
	var columns []Column
	for _, c := range l.Columns {
		if slices.Contains(names, c.Name) {
			columns = append(columns, c)
		}
	}
	l.Columns = columns
	return l, nil
}

// object is SQL for attributes as an object of JSON.
func object(attributes string) string {
	return "(SELECT row_to_json(p.*)::text FROM (SELECT " + attributes + ") p)"
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
	page, err := s.Items(ctx, Query{Layer: layer, IDs: []int64{gid}, Limit: 1, CRS: crs}, clearance)
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
	a, err := s.open(ctx, q, clearance)
	if err != nil {
		return nil, err
	}
	sql, c := "SELECT count(*) FROM "+a.l.From()+" l WHERE "+a.c.sql(), a.c
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

// within asks for one row, but not for longer than the budget, and says whether the answer came. A question that is given up takes its connection with it, which
// costs less than a transaction for each that is not.
func (s *Store) within(ctx context.Context, budget time.Duration, sql string, args []any, into ...any) (bool, error) {
	short, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	err := s.db.QueryRow(short, sql, planned(args)...).Scan(into...)
	if err != nil && short.Err() != nil && ctx.Err() == nil {
		return false, nil
	}
	return err == nil, errFailed(err)
}
