package bureau

import (
	"database/sql/driver"
	"strings"
	"time"
)

// kind is what one kind of database does otherwise than the others.
type kind interface {
	session
	dialect
	shape
}

// session is how a kind of database is reached and asked.
type session interface {
	// name is how its addresses begin.
	name() string
	// connector makes what connects to it.
	connector(a Address) (driver.Connector, error)
	// versionSQL asks for the version.
	versionSQL() string
	// readOnly says whether it knows transactions that cannot write.
	readOnly() bool
	// begin are the statements at the beginning of each transaction; version is what the database says of itself.
	begin(version string) []string
	// judge says what an error is; false where it is not one of this kind of database.
	judge(err error) (trouble, string, bool)
}

// dialect is how a kind of database writes parts of SQL. Names that it is given it quotes or are quoted already; values are parameters.
type dialect interface {
	// quote makes a name safe.
	quote(name string) string
	// mark is the place of parameter n, from 1.
	mark(n int) string
	// text is an expression of that type as text, exactly as it is, with Z or an offset where it is an instant.
	text(expression, typ string) string
	// value is a text in the place of parameter n as a value that goes with a column of a type.
	value(n int, typ string) string
	// limit bounds a question: what stands after SELECT, and what stands at the end.
	limit(n int) (first, last string)
	// upsert writes so many rows of columns into a relation; the first keys of them tell rows apart.
	upsert(relation string, columns, types []string, keys, rows int) string
}

// shape is how a kind of database is asked for its tables, and how they are made.
type shape interface {
	// schemaSQL asks for the schema in which names are looked up.
	schemaSQL() string
	// keysSQL asks for the unique keys of a table, by its schema and name: the name of each key and of each of its columns; empty where none is needed to write.
	keysSQL() string
	// typeOf is the type of a column of ours.
	typeOf(t ColumnType) string
}

// statementLimit is how long a statement may take there.
const statementLimit = 5 * time.Minute

// connectLimit is how long connecting may take.
const connectLimit = 10 * time.Second

// maxCell is how many characters of a cell are read.
const maxCell = 1000

// zoned says whether values of a type are instants, and not the reading of some clock.
func zoned(typ string) bool {
	return typ == "timestamp with time zone" || typ == "timestamp" || typ == "datetimeoffset"
}

// clock says whether values of a type are times.
func clock(typ string) bool {
	return zoned(typ) || strings.HasPrefix(typ, "timestamp") || strings.Contains(typ, "datetime") || typ == "date"
}

// values are the places of parameters of so many rows: (?, ?), (?, ?).
func values(k kind, types []string, rows int) string {
	var b strings.Builder
	n := 0
	for r := range rows {
		if r > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for i, typ := range types {
			if i > 0 {
				b.WriteString(", ")
			}
			n++
			b.WriteString(k.value(n, typ))
		}
		b.WriteByte(')')
	}
	return b.String()
}

// list joins names, each quoted and written into a pattern in which % stands for it.
func list(k kind, names []string, pattern, separator string) string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = strings.ReplaceAll(pattern, "%", k.quote(name))
	}
	return strings.Join(out, separator)
}
