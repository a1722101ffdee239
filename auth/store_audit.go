package auth

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"basin/access"
	"basin/postgis"
)

// execer is a pool or a transaction.
type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// audit writes a row of the audit trail.
func audit(ctx context.Context, db execer, by access.Principal, action, object, outcome string, detail map[string]any, request string) error {
	who := by.ID
	if who == "" {
		who = string(access.Anonymous)
	}
	_, err := db.Exec(ctx, `INSERT INTO auth.audit (principal, role, action, object, outcome, detail, request) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		who, string(by.Role), action, object, outcome, detail, request)
	return err
}

// Audit writes a row of the audit trail outside any transaction, for what was refused.
func (s *Store) Audit(ctx context.Context, by access.Principal, action, object, outcome string, detail map[string]any, request string) error {
	return postgis.Fault(audit(ctx, s.db, by, action, object, outcome, detail, request))
}

// AuditIn writes a row of the audit trail within the transaction of what was done.
func (s *Store) AuditIn(ctx context.Context, tx pgx.Tx, by access.Principal, action, object string, detail map[string]any, request string) error {
	return postgis.Fault(audit(ctx, tx, by, action, object, "done", detail, request))
}

// Trail lists the audit trail from the newest entry before the given id, or from the newest of all for 0.
func (s *Store) Trail(ctx context.Context, before int64, limit int) ([]Entry, error) {
	rows, err := s.db.Query(ctx, `SELECT id, time, principal, role, action, object, outcome, detail, request FROM auth.audit
		WHERE $1 = 0 OR id < $1 ORDER BY id DESC LIMIT $2`, before, limit)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	entries, err := pgx.CollectRows(rows, pgx.RowToStructByName[Entry])
	return entries, postgis.Fault(err)
}

// User asks for a person who signs in with a name and a password.
type User struct {
	Name     string      `json:"name"`
	Role     access.Role `json:"role"`
	Password string      `json:"password"`
	Vendor   string      `json:"vendor,omitempty"` // for vendors, as in Grant
	Areas    []string    `json:"areas,omitempty"`
}
