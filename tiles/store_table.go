package tiles

import (
	"context"
	_ "embed"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/layer"
	"basin/postgis"
)

//go:embed table.sql
var tableSQL string

// readTable reads a layer into memory, with the attributes that its tiles have; nil where it takes more bytes than there are.
func (s *Store) readTable(ctx context.Context, l layer.Layer, budget int) (*table, error) {
	t := newTable(l.ID, nil)
	t.low = l.MinZoom <= simplifyUpTo
	for _, c := range l.Columns {
		if attribute(c) != "" {
			t.keys = append(t.keys, c.Name)
		}
	}
	full := false
	if err := s.each(ctx, l, t, "true", func(e *entity) bool {
		t.put(e)
		full = t.bytes > budget
		return !full
	}); err != nil || full {
		return nil, err
	}
	t.simplifyAll()
	return t, nil
}

// readFeatures reads features of a layer as they are now; those that are no more are not among them. What their values are called in the table is noted there, so
// only the one who changes the table may ask.
func (s *Store) readFeatures(ctx context.Context, l layer.Layer, t *table, gids []int64) (out []*entity, err error) {
	err = s.each(ctx, l, t, "l.gid = ANY($1::bigint[])", func(e *entity) bool {
		out = append(out, e)
		return true
	}, gids)
	return out, err
}

// each calls fn with the features of a layer that fulfil a condition, until it says that this is enough.
func (s *Store) each(ctx context.Context, l layer.Layer, t *table, where string, fn func(*entity) (more bool), args ...any) error {
	rows, err := s.db.Query(ctx, tableOf(l, where), append([]any{pgx.QueryExecModeCacheDescribe}, args...)...)
	if err != nil {
		return postgis.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		e, err := t.scan(rows)
		if err != nil {
			return err
		}
		if !fn(e) {
			return nil
		}
	}
	return postgis.Fault(rows.Err())
}

// tableOf is the statement that reads features of a layer.
func tableOf(l layer.Layer, where string) string {
	var columns strings.Builder
	for _, c := range l.Columns {
		if sql := held(c); sql != "" {
			columns.WriteString(", " + sql)
		}
	}
	return strings.NewReplacer("{attributes}", columns.String(), "{relation}", l.From(), "{where}", where).Replace(tableSQL)
}

// scan reads a feature: its gid, class, geometry and attributes.
func (t *table) scan(rows pgx.Rows) (*entity, error) {
	e, class, wkb := &entity{}, "", []byte(nil)
	values := make([]any, len(t.keys))
	into := []any{&e.gid, &class, &wkb}
	for i := range values {
		into = append(into, &values[i])
	}
	err := rows.Scan(into...)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	e.class = uint8(slices.Index(access.Classes(), access.Class(class)))
	if wkb != nil {
		if e.shape, err = parseWKB(wkb); err != nil {
			return nil, err
		}
	}
	for i, v := range values {
		if v != nil {
			e.tags = append(e.tags, tag{uint16(i), t.value(v)})
		}
	}
	e.tags = slices.Clip(e.tags)
	return e, nil
}

// held is a column as it is read into memory; empty for one that tiles do not have.
func held(c layer.Column) string {
	switch sql := attribute(c); {
	case sql == "":
		return ""
	case c.Type == layer.TypeInteger:
		return sql + "::int8"
	default:
		return sql
	}
}
