package access_test

import (
	"testing"

	"basin/access"
)

// TestClearance: who may see what, every role against every class.
func TestClearance(t *testing.T) {
	want := map[access.Role]int{access.Anonymous: 1, access.Gateway: 1, access.Vendor: 1, access.Viewer: 2, access.Planner: 2, access.Security: 2, access.Audit: 2,
		access.Operator: 3, access.System: 3}
	for _, role := range access.Roles() {
		seen := 0
		for _, class := range access.Classes() {
			if role.Clearance().Allows(class) {
				seen++
			}
		}
		if seen != want[role] {
			t.Errorf("%s sees %d classes; want %d", role, seen, want[role])
		}
	}
	if access.Restricted.Allows("secret") || access.Class("").Allows(access.Internal) || access.Role("king").Clearance() != access.Public {
		t.Error("what is not known was allowed")
	}
}

// TestMayPostFor: a gateway posts for its stations, operators and system administrators for all, nobody else for any.
func TestMayPostFor(t *testing.T) {
	for _, role := range access.Roles() {
		p := access.Principal{Role: role, Stations: []string{"S1"}}
		all := role == access.Operator || role == access.System
		if got := p.MayPostFor("S1"); got != (all || role == access.Gateway) {
			t.Errorf("%s for its station: %v", role, got)
		}
		if got := p.MayPostFor("S2"); got != all {
			t.Errorf("%s for another station: %v", role, got)
		}
	}
}
