package auth

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/fault"
	"basin/postgis"
)

// minPassword is the least length of a password, in bytes.
const minPassword = 12

// CreateUser makes a person who signs in with a name and a password, under the same rules as tokens are issued.
func (s *Store) CreateUser(ctx context.Context, by access.Principal, u User, request string) (string, error) {
	if len(u.Password) < minPassword || len(u.Password) > 1000 {
		return "", fault.New(fault.Invalid, "weak-password", "a password has {least} characters or more", "least", minPassword)
	}
	if u.Name == "" || u.Role == access.Gateway {
		return "", fault.New(fault.Invalid, "bad-user", "a user needs a name, and a role other than gateway")
	}
	id := secret()[:16]
	sealed := seal(u.Password)
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		appointed := map[access.Role]bool{access.Security: true, access.Audit: true}
		if err := (Grant{Role: u.Role, Name: u.Name, Vendor: u.Vendor}).check(by, appointed, time.Now()); err != nil {
			return err
		}
		if u.Areas == nil {
			u.Areas = []string{}
		}
		if _, err := tx.Exec(ctx, `INSERT INTO auth.principal (id, name, role, password_hash, vendor, areas) VALUES ($1, $2, $3, $4, $5, $6)`,
			id, u.Name, string(u.Role), sealed, strings.TrimSpace(u.Vendor), u.Areas); err != nil {
			return nameTaken(err, u.Name)
		}
		return audit(ctx, tx, by, "user.create", id, "done", map[string]any{"role": u.Role, "name": u.Name, "vendor": u.Vendor}, request)
	})
	return id, postgis.Fault(err)
}

// Names finds the names of principals by their ids. Who is not there has none.
func (s *Store) Names(ctx context.Context, ids []string) (map[string]string, error) {
	rows, err := s.db.Query(ctx, `SELECT id, name FROM auth.principal WHERE id = ANY($1::text[])`, ids)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	out := map[string]string{}
	var id, name string
	_, err = pgx.ForEachRow(rows, []any{&id, &name}, func() error {
		out[id] = name
		return nil
	})
	return out, postgis.Fault(err)
}
