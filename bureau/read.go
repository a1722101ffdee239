package bureau

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"basin/fault"
)

// Order is by what the rows of a table are read: the time in one column, then others. Where Instead is given, that column stands for a Time that is null.
type Order struct {
	Time, Instead string
	Keys          []string
}

// Place is a place in the order of rows.
type Place struct {
	Time string   // as the column has it
	keys []string // rows of that time that come before these are left out; none leaves out nothing
}

// Page is a part of a table.
type Page struct {
	Columns []string // in upper case
	Rows    [][]string
	Times   []string // of the rows, by which they are ordered
	Next    *Place   // where the next page begins; nil when there is none
}

// At is the place before all rows of a time and later.
func At(time string) Place { return Place{Time: time} }

// Ordered says by what a table can be read: by the first column if it is of the same type as the second, which then stands for it where it is null, else by
// the second; then by the key. Many rows may have been changed at once: among those the second decides.
func (t Table) Ordered(first, second, key string) Order {
	f, ok := t.columns[first]
	switch {
	case !ok || f.typ != t.columns[second].typ:
		return Order{Time: second, Keys: []string{key}}
	case f.nullable:
		return Order{Time: first, Instead: second, Keys: []string{key, second}}
	}
	return Order{Time: first, Keys: []string{key, second}}
}

// Whole calls fn with each row of a table in the columns that it has, in text; null is empty. More rows than the limit are refused.
func (db *DB) Whole(ctx context.Context, t Table, names []string, limit int, fn func(columns, cells []string) error) error {
	expressions, present := db.texts(t, names)
	first, last := db.kind.limit(limit + 1)
	question := "SELECT " + first + strings.Join(expressions, ", ") + " FROM " + db.relation(t) + last
	return db.do(ctx, false, func(ctx context.Context, tx *sql.Tx) error {
		n := 0
		return each(ctx, tx, question, nil, len(present), func(cells []string) error {
			if n++; n > limit {
				return fault.New(fault.Invalid, "table-too-large", "{address}: {table} holds more than {limit} rows", "address", db.address.String(), "table", t.Name, "limit", limit)
			}
			return fn(present, cells)
		})
	})
}

// Page reads up to limit rows from a place on, in the columns that the table has. Rows of the same time and keys are not parted.
func (db *DB) Page(ctx context.Context, t Table, names []string, o Order, from Place, limit int) (Page, error) {
	expressions, present := db.texts(t, names)
	p := Page{Columns: present}
	err := db.do(ctx, false, func(ctx context.Context, tx *sql.Tx) error {
		question, args := db.pageSQL(t, expressions, o, from, limit)
		p.Rows, p.Times = nil, nil
		return each(ctx, tx, question, args, 1+len(o.Keys)+len(expressions), func(cells []string) error {
			p.Times, p.Rows = append(p.Times, cells[0]), append(p.Rows, cells[1:])
			return nil
		})
	})
	if err != nil {
		return Page{}, err
	}
	if n := len(p.Rows); n == limit { // the last group may go on
		end := Place{Time: p.Times[n-1], keys: p.Rows[n-1][:len(o.Keys)]}
		for n > 0 && p.Times[n-1] == end.Time && slices.Equal(p.Rows[n-1][:len(o.Keys)], end.keys) {
			n--
		}
		if n == 0 {
			return Page{}, fault.New(fault.Invalid, "rows-too-many", "{address}: {table} holds {count} rows or more of {key} at {time}", "address", db.address.String(),
				"table", t.Name, "count", limit, "key", strings.Join(end.keys, ", "), "time", end.Time)
		}
		p.Rows, p.Times, p.Next = p.Rows[:n], p.Times[:n], &end
	}
	for i := range p.Rows {
		p.Rows[i] = p.Rows[i][len(o.Keys):]
	}
	return p, nil
}

// pageSQL is the question for a page: the time and the keys of each row before its cells.
func (db *DB) pageSQL(t Table, expressions []string, o Order, from Place, limit int) (string, []any) {
	k := db.kind
	typ := t.columns[o.Time].typ
	time := k.quote(t.columns[o.Time].name)
	if o.Instead != "" {
		time = "COALESCE(" + time + ", " + k.quote(t.columns[o.Instead].name) + ")"
	}
	first, last := k.limit(limit)
	var q strings.Builder
	q.WriteString("SELECT " + first + k.text(time, typ))
	keys := make([]string, len(o.Keys))
	for i, name := range o.Keys {
		keys[i] = k.quote(t.columns[name].name)
		q.WriteString(", " + k.text(keys[i], t.columns[name].typ))
	}
	for _, e := range expressions {
		q.WriteString(", " + e)
	}
	q.WriteString(" FROM " + db.relation(t) + " WHERE " + time + " >= " + k.value(1, typ))
	args := []any{bound(from.Time, typ)}
	for _, key := range keys {
		q.WriteString(" AND " + key + " IS NOT NULL")
	}
	if from.keys != nil {
		q.WriteString(" AND (" + time + " > " + k.value(2, typ) + " OR ")
		args = append(args, bound(from.Time, typ))
		for i, key := range keys {
			typ := t.columns[o.Keys[i]].typ
			value := func() string { // of the key, once more
				args = append(args, bound(from.keys[i], typ))
				return keyMark(k, len(args), typ)
			}
			if i < len(keys)-1 {
				q.WriteString(key + " > " + value() + " OR " + key + " = " + value() + " AND ")
			} else {
				q.WriteString(key + " >= " + value() + ")")
			}
		}
	}
	q.WriteString(" ORDER BY " + time + ", " + strings.Join(keys, ", ") + last)
	return q.String(), args
}

// keyMark is the place of a key: as the database takes it, but for times.
func keyMark(k kind, n int, typ string) string {
	if clock(typ) {
		return k.value(n, typ)
	}
	return k.mark(n)
}

// bound is a value as a parameter. The Z that marks an instant of MariaDB is not understood there.
func bound(text, typ string) string {
	if typ == "timestamp" {
		return strings.TrimSuffix(text, "Z")
	}
	return text
}

// each calls fn with the cells of each row; null is empty.
func each(ctx context.Context, tx *sql.Tx, question string, args []any, width int, fn func(cells []string) error) error {
	rows, err := tx.QueryContext(ctx, question, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	held, into := make([]sql.NullString, width), make([]any, width)
	for i := range held {
		into[i] = &held[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		cells := make([]string, width)
		for i, c := range held {
			cells[i] = c.String
		}
		if err := fn(cells); err != nil {
			return err
		}
	}
	return rows.Err()
}
