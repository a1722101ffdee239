package bureau

import (
	"database/sql/driver"
	"errors"
	"net/url"
	"strconv"
	"strings"

	mssql "github.com/microsoft/go-mssqldb"
)

// sqlserver is SQL Server. It is untested: there is none to be had where the tests run. It knows no transactions that cannot write.
type sqlserver struct{}

func (sqlserver) name() string { return "sqlserver" }

func (sqlserver) connector(a Address) (driver.Connector, error) {
	u := *a.url
	q := u.Query()
	if q.Get("database") == "" { // the driver takes the path for the name of an instance
		u.Path = ""
		q.Set("database", a.database)
	}
	for name, value := range map[string]string{"app name": "basin", "dial timeout": strconv.Itoa(int(connectLimit.Seconds()))} {
		if q.Get(name) == "" {
			q.Set(name, value)
		}
	}
	u.User, u.RawQuery = url.UserPassword(a.user, a.password), q.Encode()
	return mssql.NewConnector(u.String())
}

func (sqlserver) readOnly() bool { return false }

func (sqlserver) begin(string) []string { return []string{"SET LOCK_TIMEOUT 30000"} }

func (sqlserver) versionSQL() string { return "SELECT @@VERSION" }

func (sqlserver) schemaSQL() string { return "SELECT SCHEMA_NAME()" }

func (sqlserver) quote(name string) string { return "[" + strings.ReplaceAll(name, "]", "]]") + "]" }

func (sqlserver) mark(n int) string { return "@p" + strconv.Itoa(n) }

// text writes floating numbers with all their digits and times in the order of their parts.
func (sqlserver) text(expression, typ string) string {
	style := ""
	switch {
	case typ == "float" || typ == "money" || typ == "smallmoney":
		style = ", 2"
	case typ == "real":
		style = ", 1"
	case clock(typ):
		style = ", 121"
	}
	return "CONVERT(nvarchar(" + strconv.Itoa(maxCell) + "), " + expression + style + ")"
}

// value is of the very type of the column, for a datetime is no datetime2 of the same digits.
func (k sqlserver) value(n int, typ string) string {
	switch {
	case clock(typ):
		return "CONVERT(" + typ + ", " + k.mark(n) + ", 121)"
	case typ == "decimal" || typ == "numeric" || typ == "float" || typ == "real":
		return "CONVERT(decimal(18, 6), " + k.mark(n) + ")"
	}
	return k.mark(n)
}

func (sqlserver) limit(n int) (first, last string) { return "TOP (" + strconv.Itoa(n) + ") ", "" }

func (sqlserver) keysSQL() string { return "" }

func (k sqlserver) upsert(relation string, columns, types []string, keys, rows int) string {
	names := list(k, columns, "%", ", ")
	return "MERGE INTO " + relation + " WITH (HOLDLOCK) AS t USING (VALUES " + values(k, types, rows) + ") AS s (" + names + ") ON " +
		list(k, columns[:keys], "t.% = s.%", " AND ") + " WHEN MATCHED THEN UPDATE SET " + list(k, columns[keys:], "% = s.%", ", ") +
		" WHEN NOT MATCHED THEN INSERT (" + names + ") VALUES (" + list(k, columns, "s.%", ", ") + ");"
}

func (sqlserver) typeOf(t ColumnType) string {
	switch t.Kind {
	case Instant:
		return "datetime2(0)"
	case Number:
		return "decimal(" + strconv.Itoa(t.Size) + ", " + strconv.Itoa(t.Decimals) + ")"
	}
	return "nvarchar(" + strconv.Itoa(t.Size) + ")"
}

func (sqlserver) judge(err error) (trouble, string, bool) {
	ms, ok := errors.AsType[mssql.Error](err)
	if !ok {
		return broken, "", false
	}
	is := broken
	switch ms.Number {
	case 229, 230, 916, 18452, 18456, 18486:
		is = refused
	case 911, 4060:
		is = absent
	case 1105, 1204, 1205, 1222, 3906, 6005, 9002, 17187, 40197, 40501, 40613: // full, busy, locked, read-only for now, starting or stopping
		is = away
	}
	return is, ms.Message, true
}
