package auth

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/fault"
	"basin/postgis"
)

// OpenSession begins a session for the principal whose token this is and returns the cookie's value. The session ends with the token.
func (s *Store) OpenSession(ctx context.Context, token, request string) (cookie string, p access.Principal, err error) {
	p, err = s.ByToken(ctx, token)
	if err != nil {
		return "", p, err
	}
	cookie, err = s.open(ctx, p, request)
	return cookie, p, err
}

// Login begins a session for a person who signs in with a name and a password.
func (s *Store) Login(ctx context.Context, name, password, request string) (cookie string, p access.Principal, err error) {
	var stored *string
	err = s.db.QueryRow(ctx, `SELECT password_hash FROM auth.principal WHERE name = $1 AND disabled IS NULL`, name).Scan(&stored)
	if err != nil && fault.KindOf(postgis.Fault(err)) != fault.NotFound {
		return "", p, postgis.Fault(err)
	}
	if !verify(stored, password) {
		if err := s.Audit(ctx, access.Nobody(), "session.open", name, "refused", nil, request); err != nil {
			return "", p, err
		}
		return "", p, errBadCredential()
	}
	p, err = scanPrincipal(s.db.Query(ctx, `SELECT `+principalColumns+`, '' FROM auth.principal p WHERE p.name = $1`, name))
	if err != nil {
		return "", p, err
	}
	cookie, err = s.open(ctx, p, request)
	return cookie, p, err
}

func (s *Store) open(ctx context.Context, p access.Principal, request string) (string, error) {
	cookie := secret()
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM auth.session WHERE expires <= now()`); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO auth.session (hash, principal, token, expires) VALUES ($1, $2, nullif($3, ''), $4)`,
			hash(cookie), p.ID, p.Token, time.Now().Add(SessionLength)); err != nil {
			return err
		}
		return audit(ctx, tx, p, "session.open", "", "done", nil, request)
	})
	return cookie, postgis.Fault(err)
}

// BySession is the principal whose session cookie this is.
func (s *Store) BySession(ctx context.Context, cookie string) (access.Principal, error) {
	return scanPrincipal(s.db.Query(ctx, `SELECT `+principalColumns+`, coalesce(s.token, '')
		FROM auth.session s JOIN auth.principal p ON p.id = s.principal LEFT JOIN auth.token t ON t.id = s.token
		WHERE s.hash = $1 AND s.expires > now() AND p.disabled IS NULL AND t.revoked IS NULL AND (t.expires IS NULL OR t.expires > now())`, hash(cookie)))
}

// CloseSession ends a session.
func (s *Store) CloseSession(ctx context.Context, cookie string) error {
	_, err := s.db.Exec(ctx, `DELETE FROM auth.session WHERE hash = $1`, hash(cookie))
	return postgis.Fault(err)
}
