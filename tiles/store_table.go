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

// readTable reads a layer into memory, with the attributes that its tiles have. One that takes more bytes than there are does not fit, and is not read to its end.
func (s *Store) readTable(ctx context.Context, l layer.Layer, budget int) (t *table, fits bool, err error) {
	t = newTable(l.ID, nil)
	t.low, t.whole = l.MinZoom <= simplifyUpTo, s.hasStatus(l.ID)
	for _, c := range attributes(l) {
		t.keys = append(t.keys, c.Name)
	}
	if err := s.each(ctx, l, t, "true", func(e *entity) bool {
		t.put(e)
		return t.bytes <= budget
	}); err != nil {
		return nil, false, err
	}
	if t.bytes <= budget {
		t.simplifyAll()
	}
	return t, t.bytes <= budget, nil
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
	for _, c := range attributes(l) {
		columns.WriteString(", " + held(c))
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
		if t.whole {
			e.shape.minZ = 0
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

// held is a column as it is read into memory.
func held(c layer.Column) string {
	if c.Type == layer.TypeInteger {
		return attribute(c) + "::int8"
	}
	return attribute(c)
}
