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

// readTable reads a layer into memory, with the attributes that its tiles have.
func (s *Store) readTable(ctx context.Context, l layer.Layer) (*table, error) {
	t, columns := newTable(l.ID, nil), strings.Builder{}
	for _, c := range l.Columns {
		if sql := held(c); sql != "" {
			t.keys = append(t.keys, c.Name)
			columns.WriteString(", " + sql)
		}
	}
	sql := strings.NewReplacer("{attributes}", columns.String(), "{relation}", l.From(), "{where}", "true").Replace(tableSQL)
	rows, err := s.db.Query(ctx, sql, pgx.QueryExecModeCacheDescribe)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		e, err := t.scan(rows)
		if err != nil {
			return nil, err
		}
		t.put(e)
	}
	return t, postgis.Fault(rows.Err())
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
