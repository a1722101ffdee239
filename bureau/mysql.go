package bureau

import (
	"crypto/tls"
	"database/sql/driver"
	"errors"
	"strconv"
	"strings"

	driven "github.com/go-sql-driver/mysql"
)

// mysql is MariaDB and MySQL.
type mysql struct{}

func (mysql) name() string { return "mysql" }

// connector knows two parameters of an address: socket, a path, and tls: preferred, which is the rule, false, true or skip-verify.
func (mysql) connector(a Address) (driver.Connector, error) {
	cfg := driven.NewConfig()
	cfg.User, cfg.Passwd, cfg.DBName = a.user, a.password, a.database
	cfg.Net, cfg.Addr = "tcp", a.host
	cfg.Timeout, cfg.ReadTimeout, cfg.WriteTimeout = connectLimit, statementLimit, statementLimit
	cfg.Logger, cfg.TLSConfig = &driven.NopLogger{}, "preferred"
	for name, given := range a.url.Query() {
		switch v := strings.ToLower(given[0]); {
		case name == "socket":
			cfg.Net, cfg.Addr, cfg.TLSConfig = "unix", given[0], ""
		case name == "tls" && v == "true":
			cfg.TLSConfig, cfg.TLS = "", &tls.Config{ServerName: a.url.Hostname(), MinVersion: tls.VersionTLS12}
		case name == "tls" && (v == "false" || v == "preferred" || v == "skip-verify"):
			cfg.TLSConfig = v
		default:
			return nil, errors.New("there is no parameter " + strconv.Quote(name) + " of that value: socket=PATH, tls=preferred, false, true or skip-verify")
		}
	}
	if err := cfg.Apply(driven.Charset("utf8mb4", "")); err != nil {
		return nil, err
	}
	return driven.NewConnector(cfg)
}

func (mysql) readOnly() bool { return true }

// begin has MariaDB and MySQL stop a statement that takes too long, each in its own words, and refuse what does not fit rather than cut it.
func (mysql) begin(version string) []string {
	limit := "SET SESSION max_execution_time = " + strconv.Itoa(int(statementLimit.Milliseconds()))
	if strings.Contains(version, "MariaDB") {
		limit = "SET SESSION max_statement_time = " + strconv.Itoa(int(statementLimit.Seconds()))
	}
	return []string{limit, "SET SESSION time_zone = '+00:00'", "SET SESSION innodb_lock_wait_timeout = 30",
		"SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'"}
}

func (mysql) versionSQL() string { return "SELECT version()" }

func (mysql) schemaSQL() string { return "SELECT database()" }

func (mysql) quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

func (mysql) mark(int) string { return "?" }

func (mysql) text(expression, typ string) string {
	as := "CAST(" + expression + " AS CHAR)"
	if zoned(typ) {
		as = "CONCAT(" + as + ", 'Z')"
	}
	return "LEFT(" + as + ", " + strconv.Itoa(maxCell) + ")"
}

func (k mysql) value(n int, typ string) string {
	if clock(typ) {
		return "CAST(" + k.mark(n) + " AS DATETIME(6))"
	}
	return k.mark(n)
}

func (mysql) limit(n int) (first, last string) { return "", " LIMIT " + strconv.Itoa(n) }

func (mysql) keysSQL() string {
	return `SELECT INDEX_NAME, COLUMN_NAME FROM INFORMATION_SCHEMA.STATISTICS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND NON_UNIQUE = 0 ORDER BY 1`
}

func (k mysql) upsert(relation string, columns, types []string, keys, rows int) string {
	return "INSERT INTO " + relation + " (" + list(k, columns, "%", ", ") + ") VALUES " + values(k, types, rows) +
		" ON DUPLICATE KEY UPDATE " + list(k, columns[keys:], "% = VALUES(%)", ", ")
}

func (mysql) typeOf(t ColumnType) string {
	switch t.Kind {
	case Instant:
		return "datetime"
	case Number:
		return "decimal(" + strconv.Itoa(t.Size) + ", " + strconv.Itoa(t.Decimals) + ")"
	}
	return "varchar(" + strconv.Itoa(t.Size) + ")"
}

func (mysql) judge(err error) (trouble, string, bool) {
	if errors.Is(err, driven.ErrInvalidConn) || errors.Is(err, driven.ErrMalformPkt) {
		return away, "the connection broke", true
	}
	my, ok := errors.AsType[*driven.MySQLError](err)
	if !ok {
		return broken, "", false
	}
	is := broken
	switch my.Number {
	case 1044, 1045, 1130, 1142, 1143, 1227, 1698:
		is = refused
	case 1049:
		is = absent
	case 1021, 1040, 1053, 1205, 1213, 1226, 1290, 1317, 1836, 1927, 1969, 3024: // full, busy, stopping, locked, read-only for now, cut short
		is = away
	}
	return is, my.Message, true
}
