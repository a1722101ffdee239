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

// Store keeps principals and credentials in the database.
type Store struct {
	db      *postgis.DB
	lookups *lookups
}

// New makes a Store.
func New(db *postgis.DB) *Store { return &Store{db: db, lookups: &lookups{db: db}} }

// errBadCredential does not say whether the credential ever existed.
func errBadCredential() error {
	return fault.New(fault.Denied, "bad-credential", "the credential is unknown, expired or revoked")
}

// principalColumns selects an access.Principal; the token's id comes last.
const principalColumns = "p.id, p.name, p.role, p.stations, p.vendor, p.areas"

// scanPrincipal reads one principal, answering errBadCredential when there is none.
func scanPrincipal(rows pgx.Rows, err error) (access.Principal, error) {
	if err != nil {
		return access.Principal{}, postgis.Fault(err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (access.Principal, error) {
		var p access.Principal
		err := row.Scan(&p.ID, &p.Name, &p.Role, &p.Stations, &p.Vendor, &p.Areas, &p.Token)
		return p, err
	})
	if fault.KindOf(postgis.Fault(err)) == fault.NotFound {
		return p, errBadCredential()
	}
	return p, postgis.Fault(err)
}

// ByToken is the principal whose token this is.
func (s *Store) ByToken(ctx context.Context, token string) (access.Principal, error) {
	return s.lookups.find(ctx, hash(token))
}

// ByName is the gateway of that name, for ways in that authenticate it themselves. It is refused once it was switched off, or when none of its tokens
// works any more: revoking them is how an administrator shuts a gateway out.
func (s *Store) ByName(ctx context.Context, name string) (access.Principal, error) {
	var p access.Principal
	var off bool
	err := s.db.QueryRow(ctx, `SELECT `+principalColumns+`, p.disabled IS NOT NULL OR NOT coalesce(
			(SELECT bool_or(t.revoked IS NULL AND (t.expires IS NULL OR t.expires > now())) FROM auth.token t WHERE t.principal = p.id), true)
		FROM auth.principal p WHERE p.name = $1 AND p.role = 'gateway'`, name).Scan(&p.ID, &p.Name, &p.Role, &p.Stations, &p.Vendor, &p.Areas, &off)
	switch err = postgis.Fault(err); {
	case fault.KindOf(err) == fault.NotFound:
		return access.Principal{}, fault.New(fault.NotFound, "unknown-gateway", "there is no gateway named {gateway}", "gateway", name)
	case err != nil:
		return access.Principal{}, err
	case off:
		return access.Principal{}, fault.New(fault.Denied, "gateway-off", "the gateway {gateway} is switched off, or its token is revoked or expired",
			"gateway", name)
	}
	return p, nil
}

// Issue makes a principal with one token on behalf of by. The act is audited in the same transaction.
func (s *Store) Issue(ctx context.Context, by access.Principal, g Grant, request string) (Issued, error) {
	var out Issued
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT DISTINCT role FROM auth.principal WHERE role IN ('security', 'audit') AND disabled IS NULL`)
		if err != nil {
			return err
		}
		roles, err := pgx.CollectRows(rows, pgx.RowTo[access.Role])
		if err != nil {
			return err
		}
		appointed := map[access.Role]bool{}
		for _, r := range roles {
			appointed[r] = true
		}
		if err := g.check(by, appointed, time.Now()); err != nil {
			return err
		}
		if err := knownStations(ctx, tx, g.Stations); err != nil {
			return err
		}
		if out, err = issue(ctx, tx, g, "basin_"+secret()); err != nil {
			return err
		}
		return audit(ctx, tx, by, "token.create", out.ID, "done", map[string]any{"role": g.Role, "name": g.Name, "stations": g.Stations, "vendor": g.Vendor}, request)
	})
	return out, postgis.Fault(err)
}

// issue writes a principal and its token.
func issue(ctx context.Context, tx pgx.Tx, g Grant, token string) (Issued, error) {
	id := secret()[:16]
	if g.Name == "" {
		g.Name = string(g.Role) + "-" + id[:6]
	}
	if g.Stations == nil {
		g.Stations = []string{}
	}
	if g.Areas == nil {
		g.Areas = []string{}
	}
	if _, err := tx.Exec(ctx, `INSERT INTO auth.principal (id, name, role, stations, vendor, areas) VALUES ($1, $2, $3, $4, $5, $6)`,
		id, g.Name, string(g.Role), g.Stations, strings.TrimSpace(g.Vendor), g.Areas); err != nil {
		return Issued{}, nameTaken(err, g.Name)
	}
	_, err := tx.Exec(ctx, `INSERT INTO auth.token (id, principal, hash, expires) VALUES ($1, $1, $2, $3)`, id, hash(token), g.Expires)
	return Issued{ID: id, Token: token}, err
}

// nameTaken says so when a name is in use already.
func nameTaken(err error, name string) error {
	if fault.KindOf(postgis.Fault(err)) == fault.Conflict {
		return fault.New(fault.Conflict, "name-taken", "there is a principal named {name} already", "name", name)
	}
	return err
}

// knownStations refuses codes of which there is no station or work.
func knownStations(ctx context.Context, tx pgx.Tx, codes []string) error {
	rows, err := tx.Query(ctx, `SELECT c FROM unnest($1::text[]) AS c WHERE NOT EXISTS (SELECT FROM twin.thing t WHERE t.code = c AND t.kind IN ('station', 'work'))`, codes)
	if err != nil {
		return err
	}
	missing, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err == nil && len(missing) > 0 {
		return fault.New(fault.NotFound, "unknown-station", "no station {station}", "station", missing[0])
	}
	return err
}

// Revoke ends a token and the sessions opened with it.
func (s *Store) Revoke(ctx context.Context, by access.Principal, id, request string) error {
	return postgis.Fault(pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		done, err := tx.Exec(ctx, `UPDATE auth.token SET revoked = now() WHERE id = $1 AND revoked IS NULL`, id)
		if err != nil {
			return err
		}
		if done.RowsAffected() == 0 {
			return fault.New(fault.NotFound, "unknown-token", "no token {token}", "token", id)
		}
		if _, err := tx.Exec(ctx, `DELETE FROM auth.session WHERE token = $1`, id); err != nil {
			return err
		}
		return audit(ctx, tx, by, "token.revoke", id, "done", nil, request)
	}))
}

// adminID is the identifier of the first administrator and of his token.
const adminID = "first-administrator"

// EnsureAdmin makes sure that the first administrator exists. With a token given, that is his token from now on; with none, one is made when he
// has none yet. It returns the token when it was made here, for nobody else will ever see it.
func (s *Store) EnsureAdmin(ctx context.Context, token string) (made string, err error) {
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO auth.principal (id, name, role) VALUES ($1, $1, 'system') ON CONFLICT DO NOTHING`, adminID); err != nil {
			return err
		}
		if token == "" {
			var has bool
			if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM auth.token WHERE id = $1)`, adminID).Scan(&has); err != nil || has {
				return err
			}
			made = "basin_" + secret()
			token = made
		}
		_, err := tx.Exec(ctx, `INSERT INTO auth.token AS t (id, principal, hash) VALUES ($1, $1, $2)
			ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, revoked = NULL, created = now() WHERE t.hash <> excluded.hash`, adminID, hash(token))
		return err
	})
	return made, postgis.Fault(err)
}

// ForgetAdmin drops the first administrator's token, so that EnsureAdmin makes a new one: for when the file that held it is gone.
func (s *Store) ForgetAdmin(ctx context.Context) error {
	_, err := s.db.Exec(ctx, `DELETE FROM auth.token WHERE id = $1`, adminID)
	return postgis.Fault(err)
}
