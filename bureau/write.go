package bureau

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"basin/fault"
)

// Rows are rows of one table with the same columns, each told apart by its first Keys cells, and none twice. A nil cell is null.
type Rows struct {
	Table   Table
	Columns []string // in upper case
	Keys    int
	Cells   [][]any
}

// ColumnKind is what a column of ours holds.
type ColumnKind uint8

// The kinds.
const (
	Word ColumnKind = iota
	Number
	Instant
)

// ColumnType is the type of a column of ours.
type ColumnType struct {
	Kind     ColumnKind
	Size     int // characters, or digits in all
	Decimals int
}

// NewColumn is a column of a table that is to be made.
type NewColumn struct {
	Name string
	Type ColumnType
	Must bool // not null
}

// maxParameters is how many parameters a statement has at most; SQL Server takes 2100.
const maxParameters = 2000

// Put writes rows in one transaction: those that are there are changed in the columns given, the others added. No error means that the database has committed.
func (db *DB) Put(ctx context.Context, sets []Rows) error {
	return db.do(ctx, true, func(ctx context.Context, tx *sql.Tx) error {
		for _, s := range sets {
			types, names := make([]string, len(s.Columns)), make([]string, len(s.Columns))
			for i, name := range s.Columns {
				c, ok := s.Table.columns[name]
				if !ok {
					return fault.New(fault.Invalid, "no-column-there", "{address}: {table} has no column {column}", "address", db.address.String(), "table", s.Table.Name, "column", name)
				}
				types[i], names[i] = c.typ, c.name
			}
			for from, size := 0, maxParameters/len(s.Columns); from < len(s.Cells); from += size {
				some := s.Cells[from:min(from+size, len(s.Cells))]
				args := make([]any, 0, len(some)*len(s.Columns))
				for _, cells := range some {
					args = append(args, cells...)
				}
				if _, err := tx.ExecContext(ctx, db.kind.upsert(db.relation(s.Table), names, types, s.Keys, len(some)), args...); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Keyed checks that the columns, in whatever order, are a unique key of a table, without which rows that are there would not be told from new ones.
func (db *DB) Keyed(ctx context.Context, t Table, columns []string) error {
	question := db.kind.keysSQL()
	if question == "" {
		return nil
	}
	keys := map[string][]string{}
	if err := db.do(ctx, false, func(ctx context.Context, tx *sql.Tx) error {
		return each(ctx, tx, question, []any{t.schema, t.name}, 2, func(cells []string) error {
			keys[cells[0]] = append(keys[cells[0]], strings.ToUpper(cells[1]))
			return nil
		})
	}); err != nil {
		return err
	}
	want := slices.Sorted(slices.Values(columns))
	for _, key := range keys {
		if slices.Sort(key); slices.Equal(key, want) {
			return nil
		}
	}
	return fault.New(fault.Invalid, "no-key-there", "{address}: {columns} are no unique key of {table}, by which its rows are told apart", "address", db.address.String(),
		"columns", strings.Join(columns, ", "), "table", t.Name)
}

// Create makes a table whose first keys columns tell its rows apart, with an index on each column named besides.
func (db *DB) Create(ctx context.Context, name string, columns []NewColumn, keys int, indexed ...string) error {
	return db.do(ctx, true, func(ctx context.Context, tx *sql.Tx) error {
		schema, err := db.schemaName(ctx, tx)
		if err != nil {
			return err
		}
		var parts, key []string
		for i, c := range columns {
			part := db.kind.quote(c.Name) + " " + db.kind.typeOf(c.Type)
			if c.Must || i < keys {
				part += " NOT NULL"
			}
			parts = append(parts, part)
			if i < keys {
				key = append(key, db.kind.quote(c.Name))
			}
		}
		parts = append(parts, "PRIMARY KEY ("+strings.Join(key, ", ")+")")
		relation := db.kind.quote(schema) + "." + db.kind.quote(name)
		if _, err := tx.ExecContext(ctx, "CREATE TABLE "+relation+" ("+strings.Join(parts, ", ")+")"); err != nil {
			return err
		}
		for _, c := range indexed {
			if _, err := tx.ExecContext(ctx, "CREATE INDEX "+db.kind.quote(name+"_"+c)+" ON "+relation+" ("+db.kind.quote(c)+")"); err != nil {
				return err
			}
		}
		return nil
	})
}
