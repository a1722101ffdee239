package layer

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"basin/access"
	"basin/cql2"
	"basin/fault"
	"basin/postgis"
)

// errNoProperty is the answer where a filter names a property that the layer has not.
func errNoProperty(x *cql2.Property, l Layer) error {
	return fault.New(fault.Invalid, "unknown-queryable", "the layer {layer} has no property {property} ({place}): its queryables list them", "layer", l.ID,
		"property", strconv.Quote(clip(x.Name)), "place", x.String())
}

// valid refuses literal geometries that are not valid, before anything is computed with them.
func (k *compiler) valid() error {
	if len(k.literals) == 0 {
		return nil
	}
	wkts := make([]string, len(k.literals))
	for i, l := range k.literals {
		wkts[i] = l.wkt
	}
	var which int
	var why string
	err := k.s.db.QueryRow(k.ctx, `SELECT u.i, ST_IsValidReason(ST_GeomFromText(u.wkt)) FROM unnest($1::text[]) WITH ORDINALITY u (wkt, i)
		WHERE NOT ST_IsValid(ST_GeomFromText(u.wkt)) ORDER BY u.i LIMIT 1`, wkts).Scan(&which, &why)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return errFailed(err)
	}
	return cql2.Wrong(k.literals[which-1].at, "the geometry is not valid: "+why)
}

// errFailed gives an error of a filter's computation its kind: what the database cannot compute is the asker's to mend.
func errFailed(err error) error {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && (strings.HasPrefix(pg.Code, "22") || pg.Code == "XX000" || pg.Code == "54001") {
		return fault.New(fault.Invalid, "filter-failed", "the filter cannot be computed: {why}", "why", clip(pg.Message)).Because(err)
	}
	return postgis.Fault(err)
}

// feature finds the geometry of a feature of any layer that the reader may see, as EWKB.
func (k *compiler) feature(layer, id string, at cql2.Place) ([]byte, error) {
	missing := fault.New(fault.Invalid, "filter-feature-unknown", "the filter names a feature {feature} of the layer {layer} ({place}), and there is none with a place",
		"feature", strconv.Quote(clip(id)), "layer", strconv.Quote(clip(layer)), "place", at.String())
	l, err := k.s.Get(k.ctx, layer, k.clearance)
	if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
		return nil, missing
	}
	if err != nil {
		return nil, err
	}
	var found []byte
	err = k.s.db.QueryRow(k.ctx, "SELECT ST_AsEWKB(ST_MakeValid(l.geom)) FROM "+l.From()+
		" l WHERE l.class <= $1::text::auth.class AND l.id = $2 AND l.geom IS NOT NULL LIMIT 1", string(k.clearance), id).Scan(&found)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, missing
	}
	return found, postgis.Fault(err)
}

// trace asks the network.
func (k *compiler) trace(thing string, upstream bool, at cql2.Place) ([]string, error) {
	missing := fault.New(fault.Invalid, "filter-thing-unknown", "the filter names a thing {thing} ({place}), and there is none on the network of reaches",
		"thing", strconv.Quote(clip(thing)), "place", at.String())
	if k.s.Network == nil {
		return nil, missing
	}
	ids, undirected, err := k.s.Network.Trace(k.ctx, thing, upstream, k.clearance)
	if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
		return nil, missing
	}
	if undirected {
		k.notes = append(k.notes, "some reaches on the way have no stated direction of flow: they were gone both ways")
	}
	return ids, err
}

// condition is what limits a query: its own conditions and its filter.
func (s *Store) condition(ctx context.Context, l Layer, q Query, clearance access.Class) (*condition, []string, error) {
	c, err := q.where(l, clearance)
	if err != nil {
		return nil, nil, err
	}
	notes, err := s.filter(ctx, c, l, q.Filter, clearance)
	return c, notes, err
}

// patience is how long a question with a filter or a computation may take.
const patience = "SET LOCAL statement_timeout = '30s'"

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// ask runs a question of many rows and hands each to row, which scans it. It ends at the first error; errStop ends it without one. One that is long may take
// as long as patience has it.
func (s *Store) ask(ctx context.Context, long bool, sql string, args []any, row func(pgx.Rows) error) error {
	each := func(from querier) error {
		rows, err := from.Query(ctx, sql, planned(args)...)
		if err != nil {
			return err //nolint:wrapcheck // given its kind below
		}
		defer rows.Close()
		for rows.Next() {
			if err := row(rows); err != nil {
				return err
			}
		}
		return rows.Err() //nolint:wrapcheck // given its kind below
	}
	var err error
	if long {
		err = pgx.BeginTxFunc(ctx, s.db, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, patience); err != nil {
				return err //nolint:wrapcheck // given its kind below
			}
			return each(tx)
		})
	} else {
		err = each(s.db)
	}
	if errors.Is(err, errStop) {
		return nil
	}
	return errFailed(err)
}

// errStop ends a question early.
var errStop = fmt.Errorf("enough")
