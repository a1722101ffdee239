package auth_test

import (
	"context"
	"testing"
	"time"

	"basin/access"
	"basin/auth"
	"basin/fault"
	"basin/postgis/postgistest"
)

// admin is the first administrator of a new database.
func admin(t *testing.T, s *auth.Store) access.Principal {
	t.Helper()
	token, err := s.EnsureAdmin(context.Background(), "")
	if err != nil || token == "" {
		t.Fatalf("first administrator: %q, %v", token, err)
	}
	p, err := s.ByToken(context.Background(), token)
	if err != nil || p.Role != access.System {
		t.Fatalf("first administrator: %+v, %v", p, err)
	}
	return p
}

func code(err error) string {
	if f := fault.Of(err); f != nil {
		return f.Code
	}
	return ""
}

// TestFirstAdministrator: his token is made once, a given one replaces it, and a forgotten one is made anew.
func TestFirstAdministrator(t *testing.T) {
	ctx := context.Background()
	s := auth.New(postgistest.New(t))
	first, err := s.EnsureAdmin(ctx, "")
	if err != nil || first == "" {
		t.Fatal(first, err)
	}
	if again, err := s.EnsureAdmin(ctx, ""); again != "" || err != nil {
		t.Errorf("a second start made the token %q, %v", again, err)
	}
	if _, err := s.EnsureAdmin(ctx, "given"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ByToken(ctx, first); code(err) != "bad-credential" {
		t.Errorf("the replaced token: %v", err)
	}
	if _, err := s.ByToken(ctx, "given"); err != nil {
		t.Errorf("the given token: %v", err)
	}
	if err := s.ForgetAdmin(ctx); err != nil {
		t.Fatal(err)
	}
	if anew, err := s.EnsureAdmin(ctx, ""); anew == "" || anew == first || err != nil {
		t.Errorf("a new token: %q, %v", anew, err)
	}
}

// TestThreeAdministrators: nobody hands himself a second administrator's power.
func TestThreeAdministrators(t *testing.T) {
	ctx := context.Background()
	s := auth.New(postgistest.New(t))
	system := admin(t, s)
	if _, err := s.Issue(ctx, system, auth.Grant{Role: access.System}, ""); code(err) != "separate-administrators" {
		t.Errorf("system makes another system administrator: %v", err)
	}
	made, err := s.Issue(ctx, system, auth.Grant{Role: access.Security, Name: "first security"}, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Issue(ctx, system, auth.Grant{Role: access.Security, Name: "second security"}, ""); code(err) != "separate-administrators" {
		t.Errorf("system appoints a second security administrator: %v", err)
	}
	security, err := s.ByToken(ctx, made.Token)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Issue(ctx, security, auth.Grant{Role: access.Audit, Name: "auditor"}, ""); err != nil {
		t.Errorf("security appoints the auditor: %v", err)
	}
	trail, err := s.Trail(ctx, 0, 10)
	if err != nil || len(trail) != 2 || trail[0].Action != "token.create" || trail[0].Principal != security.ID {
		t.Errorf("audit trail %+v, %v", trail, err)
	}
}

// TestGrants walks through requests that make no sense.
func TestGrants(t *testing.T) {
	ctx := context.Background()
	s := auth.New(postgistest.New(t))
	system := admin(t, s)
	past := time.Now().Add(-time.Hour)
	for want, g := range map[string]auth.Grant{
		"unknown-role": {Role: "king"}, "stations-missing": {Role: access.Gateway}, "unknown-station": {Role: access.Gateway, Stations: []string{"nowhere"}},
		"vendor-missing": {Role: access.Vendor, Vendor: "  "}, "vendor-unwanted": {Role: access.Viewer, Vendor: "ACME"},
		"stations-unwanted": {Role: access.Viewer, Stations: []string{"S"}}, "expired-already": {Role: access.Viewer, Expires: &past},
	} {
		if _, err := s.Issue(ctx, system, g, ""); code(err) != want {
			t.Errorf("%+v: %v; want %s", g, err, want)
		}
	}
	if _, err := s.Issue(ctx, system, auth.Grant{Role: access.Viewer, Name: "twice"}, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Issue(ctx, system, auth.Grant{Role: access.Viewer, Name: "twice"}, ""); code(err) != "name-taken" {
		t.Errorf("the same name twice: %v", err)
	}
}

// TestSessions: a session lives no longer than its token, and signing out ends it.
func TestSessions(t *testing.T) {
	ctx := context.Background()
	s := auth.New(postgistest.New(t))
	system := admin(t, s)
	soon := time.Now().Add(300 * time.Millisecond)
	short, err := s.Issue(ctx, system, auth.Grant{Role: access.Viewer, Expires: &soon}, "")
	if err != nil {
		t.Fatal(err)
	}
	long, err := s.Issue(ctx, system, auth.Grant{Role: access.Operator}, "")
	if err != nil {
		t.Fatal(err)
	}
	open := func(token string) string {
		t.Helper()
		cookie, _, err := s.OpenSession(ctx, token, "")
		if err != nil {
			t.Fatal(err)
		}
		return cookie
	}
	a, b, c := open(short.Token), open(long.Token), open(long.Token)
	if p, err := s.BySession(ctx, b); err != nil || p.Role != access.Operator {
		t.Errorf("session: %+v, %v", p, err)
	}
	if err := s.CloseSession(ctx, c); err != nil {
		t.Fatal(err)
	}
	if _, err := s.BySession(ctx, c); code(err) != "bad-credential" {
		t.Errorf("after signing out: %v", err)
	}
	time.Sleep(time.Until(soon) + 50*time.Millisecond)
	if _, err := s.BySession(ctx, a); code(err) != "bad-credential" {
		t.Errorf("after the token expired: %v", err)
	}
	if err := s.Revoke(ctx, system, long.ID, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := s.BySession(ctx, b); code(err) != "bad-credential" {
		t.Errorf("after the token was revoked: %v", err)
	}
	if _, _, err := s.OpenSession(ctx, long.Token, ""); code(err) != "bad-credential" {
		t.Errorf("a session with a revoked token: %v", err)
	}
}

// TestPasswords: a person signs in with the right password only, and a wrong one is audited.
func TestPasswords(t *testing.T) {
	ctx := context.Background()
	s := auth.New(postgistest.New(t))
	system := admin(t, s)
	if _, err := s.CreateUser(ctx, system, auth.User{Name: "wang", Role: access.Operator, Password: "short"}, ""); code(err) != "weak-password" {
		t.Errorf("a short password: %v", err)
	}
	if _, err := s.CreateUser(ctx, system, auth.User{Name: "wang", Role: access.Operator, Password: "台风夜的值班员 3am"}, ""); err != nil {
		t.Fatal(err)
	}
	if _, p, err := s.Login(ctx, "wang", "台风夜的值班员 3am", ""); err != nil || p.Role != access.Operator {
		t.Errorf("the right password: %+v, %v", p, err)
	}
	for _, c := range [][2]string{{"wang", "something else"}, {"nobody", "台风夜的值班员 3am"}, {"first-administrator", ""}} {
		if _, _, err := s.Login(ctx, c[0], c[1], ""); code(err) != "bad-credential" {
			t.Errorf("%s: %v", c[0], err)
		}
	}
	trail, err := s.Trail(ctx, 0, 3)
	if err != nil || len(trail) != 3 || trail[0].Outcome != "refused" {
		t.Errorf("audit trail %+v, %v", trail, err)
	}
}

// TestAuditTrailIsAppendOnly: not even the program can take back what it wrote.
func TestAuditTrailIsAppendOnly(t *testing.T) {
	ctx, db := context.Background(), postgistest.New(t)
	s := auth.New(db)
	if err := s.Audit(ctx, access.Nobody(), "test", "", "refused", nil, ""); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{"DELETE FROM auth.audit", "UPDATE auth.audit SET action = 'x'", "TRUNCATE auth.audit"} {
		if _, err := db.Exec(ctx, sql); err == nil {
			t.Errorf("%s went through", sql)
		}
	}
}
