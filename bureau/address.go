// Package bureau reads and writes the databases of other bureaus: PostgreSQL, MariaDB and MySQL, SQL Server. It knows their tables by name and hands their
// rows over as text; what the tables mean is not its business. Basin's own database is not reached by it.
package bureau

import (
	"net"
	"net/url"
	"strings"

	"basin/fault"
)

// Address says where a database is and who asks there. Only String of it may be shown or stored: it has neither user nor password.
type Address struct {
	kind     kind
	url      *url.URL // as it was given, with the password
	host     string   // HOST:PORT, or the path of a socket
	database string
	schema   string // empty for the one that the database looks in by itself
	user     string
	password string
}

// schemes are the kinds of database by how their addresses begin, with the port where none is given.
var schemes = map[string]struct {
	kind kind
	port string
}{
	"postgres": {postgres{}, "5432"}, "postgresql": {postgres{}, "5432"}, "mysql": {mysql{}, "3306"}, "mariadb": {mysql{}, "3306"}, "sqlserver": {sqlserver{}, "1433"},
}

// IsAddress says whether a text begins as the address of a database does.
func IsAddress(text string) bool {
	scheme, _, found := strings.Cut(text, "://")
	_, known := schemes[strings.ToLower(scheme)]
	return found && known
}

// ParseAddress reads an address: postgres://USER@HOST:PORT/DATABASE, mysql://… or sqlserver://…, with parameters after a question mark. A password in the
// address counts before the one beside it. A schema that is given is where the tables are; at MariaDB it is a database.
func ParseAddress(text, password, schema string) (Address, error) {
	bad := fault.New(fault.Invalid, "bad-bureau-address", "this is not the address of a database, for instance postgres://USER@HOST/DATABASE, mysql://… or sqlserver://…")
	scheme, _, _ := strings.Cut(text, "://")
	of, known := schemes[strings.ToLower(scheme)]
	u, err := url.Parse(text)
	if err != nil || !known || u.Opaque != "" || u.Fragment != "" {
		return Address{}, bad // the cause would show the address
	}
	a := Address{kind: of.kind, url: u, database: strings.Trim(u.Path, "/"), schema: schema, user: u.User.Username(), password: password, host: u.Host}
	if own, given := u.User.Password(); given {
		a.password = own
	}
	q := u.Query()
	for name := range q {
		if strings.Contains(strings.ToLower(name), "pass") {
			return Address{}, fault.New(fault.Invalid, "bad-bureau-address", "the password stands between the user and the @ of an address, or in BASIN_SL323_PASSWORD")
		}
	}
	switch socket := q.Get("socket") + q.Get("host"); {
	case socket != "":
		a.host = socket
	case u.Hostname() == "":
		return Address{}, bad
	case u.Port() == "":
		a.host = net.JoinHostPort(u.Hostname(), of.port)
	}
	if named := q.Get("database"); named != "" && u.Scheme == "sqlserver" {
		a.database = named
	}
	if a.database == "" || a.user == "" || strings.ContainsAny(a.database, "/\x00") {
		return Address{}, bad
	}
	return a, nil
}

// String is the address by which the database is known: without user, password and parameters.
func (a Address) String() string {
	s := a.kind.name() + "://" + a.host + "/" + a.database
	if a.schema != "" {
		s += "/" + a.schema
	}
	return s
}

// Database is the name of the database.
func (a Address) Database() string { return a.database }
