package bureau

import (
	"database/sql/driver"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgres is PostgreSQL, and what speaks its protocol.
type postgres struct{}

func (postgres) name() string { return "postgres" }

func (postgres) connector(a Address) (driver.Connector, error) {
	u := *a.url
	u.User, u.Scheme = url.User(a.user), "postgres"
	cfg, err := pgx.ParseConfig(u.String())
	if err != nil {
		return nil, err
	}
	cfg.ConnectTimeout = connectLimit
	if a.password != "" {
		cfg.Password = a.password
	}
	return stdlib.GetConnector(*cfg), nil
}

func (postgres) readOnly() bool { return true }

func (postgres) begin(string) []string {
	return []string{"SET LOCAL statement_timeout = '" + strconv.Itoa(int(statementLimit.Milliseconds())) + "'", "SET LOCAL lock_timeout = '30s'",
		"SET LOCAL timezone = 'UTC'", "SET LOCAL datestyle = 'ISO, YMD'"}
}

func (postgres) versionSQL() string { return "SELECT version()" }

func (postgres) schemaSQL() string { return "SELECT current_schema()::text" }

func (postgres) quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func (postgres) mark(n int) string { return "$" + strconv.Itoa(n) }

func (postgres) text(expression, _ string) string {
	return "left((" + expression + ")::text, " + strconv.Itoa(maxCell) + ")"
}

func (k postgres) value(n int, typ string) string {
	as := ""
	switch {
	case zoned(typ):
		as = "::timestamptz"
	case clock(typ):
		as = "::timestamp"
	case typ == "numeric" || typ == "double precision" || typ == "real" || typ == "integer" || typ == "smallint" || typ == "bigint":
		as = "::numeric"
	}
	return k.mark(n) + "::text" + as
}

func (postgres) limit(n int) (first, last string) { return "", " LIMIT " + strconv.Itoa(n) }

func (postgres) keysSQL() string {
	return `SELECT i.indexrelid::text, a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
		JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = $1::text AND c.relname = $2::text AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL ORDER BY 1`
}

func (k postgres) upsert(relation string, columns, types []string, keys, rows int) string {
	set := list(k, columns[keys:], "% = excluded.%", ", ")
	return "INSERT INTO " + relation + " (" + list(k, columns, "%", ", ") + ") VALUES " + values(k, types, rows) +
		" ON CONFLICT (" + list(k, columns[:keys], "%", ", ") + ") DO UPDATE SET " + set
}

func (postgres) typeOf(t ColumnType) string {
	switch t.Kind {
	case Instant:
		return "timestamp(0)"
	case Number:
		return "numeric(" + strconv.Itoa(t.Size) + ", " + strconv.Itoa(t.Decimals) + ")"
	}
	return "varchar(" + strconv.Itoa(t.Size) + ")"
}

func (postgres) judge(err error) (trouble, string, bool) {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return broken, "", false
	}
	is := broken
	switch {
	case strings.HasPrefix(pg.Code, "28"), pg.Code == "42501":
		is = refused
	case pg.Code == "3D000":
		is = absent
	case strings.HasPrefix(pg.Code, "08"), strings.HasPrefix(pg.Code, "53"), strings.HasPrefix(pg.Code, "57"), strings.HasPrefix(pg.Code, "40"),
		pg.Code == "55P03", pg.Code == "25006", pg.Code == "58030":
		is = away
	}
	return is, pg.Message, true
}
