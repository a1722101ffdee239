// Package auth stores what package access speaks of: principals, their tokens and sessions, and the audit trail.
package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"basin/access"
	"basin/fault"
)

// SessionLength is how long a browser stays signed in.
const SessionLength = 12 * time.Hour

// Grant asks for a token: a new principal of that role and name with one token.
type Grant struct {
	Role     access.Role `json:"role"`
	Name     string      `json:"name"`
	Stations []string    `json:"stations,omitempty"` // codes, for gateways
	Vendor   string      `json:"vendor,omitempty"`   // name as field stations are registered under it, for vendors
	Areas    []string    `json:"areas,omitempty"`    // codes of administrative areas
	Expires  *time.Time  `json:"expires,omitempty"`
}

// Issued is a token as it is handed out, once.
type Issued struct {
	ID    string `json:"id"`
	Token string `json:"token"`
}

// Entry is a row of the audit trail.
type Entry struct {
	ID        int64     `json:"id"`
	Time      time.Time `json:"time"`
	Principal string    `json:"principal"`
	Role      string    `json:"role"`
	Action    string    `json:"action"`
	Object    string    `json:"object"`
	Outcome   string    `json:"outcome"`
	Detail    any       `json:"detail"`
	Request   string    `json:"request"`
}

// secret makes a new secret of 256 bits of chance, as text.
func secret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // crypto/rand.Read never fails: it stops the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}

// hash is what is stored of a secret. Secrets carry enough chance that a plain hash cannot be searched.
func hash(secret string) []byte {
	h := sha256.Sum256([]byte(secret))
	return h[:]
}

// maxVendor is the greatest length of a vendor's name, in bytes.
const maxVendor = 200

// check refuses grants that make no sense, or that by may not give. System and security administrators issue tokens of the working roles. Tokens of
// the three administrators come from the security administrator; as long as there is no security or audit administrator, the system
// administrator appoints the first.
func (g Grant) check(by access.Principal, appointed map[access.Role]bool, now time.Time) error {
	known := false
	for _, r := range access.Roles() {
		known = known || (r == g.Role && r != access.Anonymous)
	}
	switch {
	case !known:
		return fault.New(fault.Invalid, "unknown-role", "no role {role}", "role", string(g.Role))
	case g.Role == access.Gateway && len(g.Stations) == 0:
		return fault.New(fault.Invalid, "stations-missing", "a gateway needs the codes of its stations")
	case g.Role != access.Gateway && len(g.Stations) > 0:
		return fault.New(fault.Invalid, "stations-unwanted", "only a gateway has stations")
	case g.Role == access.Vendor && (strings.TrimSpace(g.Vendor) == "" || len(g.Vendor) > maxVendor):
		return fault.New(fault.Invalid, "vendor-missing", "a vendor needs the name under which its field stations are registered, at most {limit} bytes", "limit", maxVendor)
	case g.Role != access.Vendor && g.Vendor != "":
		return fault.New(fault.Invalid, "vendor-unwanted", "only a vendor has the name of one")
	case len(g.Name) > 200:
		return fault.New(fault.Invalid, "name-too-long", "the name is longer than 200 bytes")
	case g.Expires != nil && !g.Expires.After(now):
		return fault.New(fault.Invalid, "expired-already", "the token would expire before it is issued")
	}
	administrative := g.Role == access.System || g.Role == access.Security || g.Role == access.Audit
	if administrative && by.Role == access.System && (g.Role == access.System || appointed[g.Role]) {
		return fault.New(fault.Denied, "separate-administrators", "administrators are appointed by the security administrator")
	}
	return nil
}
