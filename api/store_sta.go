package api

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"basin/fault"
	"basin/postgis"
)

// staRow is an entity as the database answers it.
type staRow struct {
	keys   [3]int64 // in the order of staKeys; 0 where the entity has none
	id     json.RawMessage
	values []json.RawMessage // of the columns asked for; nil for null
	parent int64             // the key of the entity that it was looked for from
}

// staKeys are the keys of entities in their order.
var staKeys = [3]string{staThing, staStream, staProp}

// key is a key by its name.
func (r *staRow) key(name string) int64 {
	for i, k := range staKeys {
		if k == name {
			return r.keys[i]
		}
	}
	return 0
}

// reading runs fn on one state of the database.
func (s *Server) reading(ctx context.Context, fn func(db staDB) error) error {
	options := pgx.TxOptions{AccessMode: pgx.ReadOnly, IsoLevel: pgx.RepeatableRead}
	err := postgis.Fault(pgx.BeginTxFunc(ctx, s.DB, options, func(tx pgx.Tx) error { return fn(staDB{tx}) }))
	if f := fault.Of(err); f != nil && f.Code == "not-storable" {
		return fault.New(fault.Invalid, "cannot-compute", "this cannot be computed: {why}", "why", f.Params[0].Value)
	}
	return err
}

// staDB is one state of the database.
type staDB struct{ tx pgx.Tx }

// rows asks for entities with so many columns.
func (db staDB) rows(ctx context.Context, sql string, args []any, columns int) ([]*staRow, error) {
	rows, err := db.tx.Query(ctx, sql, planned(args)...)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	defer rows.Close()
	var out []*staRow
	for rows.Next() {
		r := &staRow{values: make([]json.RawMessage, columns)}
		into := []any{&r.parent, &r.keys[0], &r.keys[1], &r.keys[2], (*[]byte)(&r.id)}
		for i := range r.values {
			into = append(into, (*[]byte)(&r.values[i]))
		}
		if err := rows.Scan(into...); err != nil {
			return nil, postgis.Fault(err)
		}
		out = append(out, r)
	}
	return out, postgis.Fault(rows.Err())
}

// counts asks for numbers by key.
func (db staDB) counts(ctx context.Context, sql string, args []any) (map[int64]int64, error) {
	rows, err := db.tx.Query(ctx, sql, planned(args)...)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	out := map[int64]int64{}
	var key, n int64
	_, err = pgx.ForEachRow(rows, []any{&key, &n}, func() error {
		out[key] = n
		return nil
	})
	return out, postgis.Fault(err)
}

// planned puts before the arguments of a query that it is to be planned for them.
func planned(args []any) []any { return append([]any{pgx.QueryExecModeCacheDescribe}, args...) }

// observables are the properties that can be observed.
func (s *Server) observables(ctx context.Context) ([]staKnown, error) {
	rows, err := s.DB.Query(ctx, within("SELECT "+staPropKey+", p@.id, p@.title_en, p@.title_zh, p@.unit, "+staUnitName+", "+staUnitSymbol+
		", p@.datum FROM twin.property p@", ""))
	if err != nil {
		return nil, postgis.Fault(err)
	}
	var out []staKnown
	var k staKnown
	_, err = pgx.ForEachRow(rows, []any{&k.key, &k.id, &k.en, &k.zh, &k.unit, &k.uname, &k.usym, &k.datum}, func() error {
		out = append(out, k)
		return nil
	})
	return out, postgis.Fault(err)
}
