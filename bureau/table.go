package bureau

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"basin/fault"
)

// Table is a table of the database as it is there.
type Table struct {
	Name    string // in upper case
	schema  string
	name    string
	columns map[string]column // by their names in upper case
}

// column is a column as it is there.
type column struct {
	name, typ string // the type in lower case, as the information schema calls it
	nullable  bool
}

// Has says whether the table has a column, by its name in upper case.
func (t Table) Has(name string) bool { _, ok := t.columns[name]; return ok }

// Zoned says whether a column holds instants. A time without a zone is as the clocks of that bureau read.
func (t Table) Zoned(name string) bool { return zoned(t.columns[name].typ) }

// columnsSQL lists the columns of tables and views. Names are compared in upper case.
const columnsSQL = "SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, IS_NULLABLE FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = %SCHEMA AND UPPER(TABLE_NAME) IN (%NAMES) ORDER BY TABLE_NAME, ORDINAL_POSITION"

// Tables finds those of the tables of these names, in upper case, that exist and may be read. They stand in the schema of the address, in whatever case.
func (db *DB) Tables(ctx context.Context, names []string) (map[string]Table, error) {
	found := map[string]Table{}
	err := db.do(ctx, false, func(ctx context.Context, tx *sql.Tx) error {
		schema, err := db.schemaName(ctx, tx)
		if err != nil {
			return err
		}
		marks, args := make([]string, len(names)), []any{schema}
		for i, name := range names {
			marks[i], args = db.kind.mark(i+2), append(args, name)
		}
		question := strings.NewReplacer("%SCHEMA", db.kind.mark(1), "%NAMES", strings.Join(marks, ", ")).Replace(columnsSQL)
		rows, err := tx.QueryContext(ctx, question, args...)
		if err != nil {
			return err
		}
		defer rows.Close() //nolint:errcheck // rows.Err says it
		for rows.Next() {
			var name, nullable string
			var c column
			if err := rows.Scan(&name, &c.name, &c.typ, &nullable); err != nil {
				return err
			}
			upper := strings.ToUpper(name)
			t, known := found[upper]
			if !known {
				t = Table{Name: upper, schema: schema, name: name, columns: map[string]column{}}
				found[upper] = t
			}
			if t.name != name {
				return fault.New(fault.Conflict, "table-twice", "{address} holds {table} and {other}: name a schema with one of them", "address", db.address.String(),
					"table", t.name, "other", name)
			}
			c.typ, c.nullable = strings.ToLower(c.typ), strings.EqualFold(nullable, "yes")
			t.columns[strings.ToUpper(c.name)] = c
		}
		return rows.Err()
	})
	return found, err
}

// schemaName is the schema in which the tables are looked for: the one of the address, in whatever case, else the database's own choice.
func (db *DB) schemaName(ctx context.Context, tx *sql.Tx) (string, error) {
	var name sql.NullString
	question, args := db.kind.schemaSQL(), []any(nil)
	if db.address.schema != "" {
		question, args = "SELECT MAX(SCHEMA_NAME) FROM INFORMATION_SCHEMA.SCHEMATA WHERE LOWER(SCHEMA_NAME) = LOWER("+db.kind.mark(1)+")", []any{db.address.schema}
	}
	if err := tx.QueryRowContext(ctx, question, args...).Scan(&name); err != nil {
		return "", err
	}
	if name.String == "" {
		return "", fault.New(fault.NotFound, "no-schema", "{address}: there is no such schema, or this user may not see it", "address", db.address.String())
	}
	return name.String, nil
}

// relation is the table in SQL.
func (db *DB) relation(t Table) string { return db.kind.quote(t.schema) + "." + db.kind.quote(t.name) }

// texts are columns of a table as text; those that it lacks are left out. The names are in upper case.
func (db *DB) texts(t Table, names []string) (expressions, present []string) {
	for _, name := range names {
		if c, ok := t.columns[name]; ok && !slices.Contains(present, name) {
			expressions, present = append(expressions, db.kind.text(db.kind.quote(c.name), c.typ)), append(present, name)
		}
	}
	return expressions, present
}
