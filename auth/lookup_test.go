package auth_test

import (
	"context"
	"strconv"
	"sync"
	"testing"

	"basin/access"
	"basin/auth"
	"basin/postgis/postgistest"
)

// TestLookupsTogether presents many tokens at once, good and bad ones: each is answered with its own principal, and a revoked one is refused at once.
func TestLookupsTogether(t *testing.T) {
	ctx := context.Background()
	store := auth.New(postgistest.New(t))
	by := access.Principal{ID: "test", Name: "test", Role: access.Security}
	const principals = 8
	tokens, ids := make([]string, principals), make([]string, principals)
	for i := range principals {
		issued, err := store.Issue(ctx, by, auth.Grant{Name: "viewer " + strconv.Itoa(i), Role: access.Viewer}, "test")
		if err != nil {
			t.Fatal(err)
		}
		tokens[i] = issued.Token
		p, err := store.ByToken(ctx, issued.Token)
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = p.ID
	}
	var all sync.WaitGroup
	for i := range 400 {
		all.Go(func() {
			p, err := store.ByToken(ctx, tokens[i%principals])
			if err != nil || p.ID != ids[i%principals] {
				t.Errorf("token %d: %v, %v", i%principals, p, err)
			}
			if _, err := store.ByToken(ctx, "nobody's "+strconv.Itoa(i)); err == nil {
				t.Error("a token that is none was taken")
			}
		})
	}
	all.Wait()
	p, err := store.ByToken(ctx, tokens[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Revoke(ctx, by, p.Token, "test"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.ByToken(ctx, tokens[0]); err == nil {
		t.Error("a revoked token was taken")
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := store.ByToken(gone, tokens[1]); err == nil {
		if _, err := store.ByToken(ctx, tokens[1]); err != nil {
			t.Error(err)
		}
	}
}
