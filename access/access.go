// Package access holds the words of permission: who asks (Principal, Role), how sensitive a thing is (Class), and what a
// route demands (Route). It is pure; package auth stores what it speaks of.
package access

import "slices"

// Role is what a principal is allowed to do. A principal holds exactly one.
type Role string

// The roles. System, Security and Audit are the three administrators (三员): no principal can hold two of them.
const (
	Anonymous Role = "anonymous" // no credential: public things only
	Viewer    Role = "viewer"    // reads
	Planner   Role = "planner"   // reads and edits layers
	Operator  Role = "operator"  // the duty officer: reads everything, acknowledges, corrects readings
	Gateway   Role = "gateway"   // a field gateway: posts readings of its own stations, nothing else
	Vendor    Role = "vendor"    // maker or maintainer of field stations: sees its own field stations and what they send, changes nothing
	System    Role = "system"    // runs the installation: loads, stations, gateways
	Security  Role = "security"  // principals, roles, classification
	Audit     Role = "audit"     // reads the audit trail
)

// Roles lists every role, the least trusted first.
func Roles() []Role {
	return []Role{Anonymous, Viewer, Planner, Operator, Gateway, Vendor, System, Security, Audit}
}

// People are the roles of signed-in persons who look at the twin.
func People() []Role { return []Role{Viewer, Planner, Operator, System, Security, Audit} }

// Everyone is every role, anonymous visitors included.
func Everyone() []Role { return Roles() }

// Class is how sensitive a thing is. Its order is the order of secrecy, in Go and in the database alike.
type Class string

// The classes, the most open first.
const (
	Public     Class = "public"
	Internal   Class = "internal"
	Restricted Class = "restricted"
)

// Classes lists the classes, the most open first.
func Classes() []Class { return []Class{Public, Internal, Restricted} }

// Allows says whether a reader cleared for c may see a thing of class x.
func (c Class) Allows(x Class) bool {
	return slices.Index(Classes(), x) <= slices.Index(Classes(), c) && slices.Contains(Classes(), x)
}

// Clearance is the highest class that a role may see.
func (r Role) Clearance() Class {
	switch r {
	case Operator, System:
		return Restricted
	case Viewer, Planner, Security, Audit:
		return Internal
	case Anonymous, Gateway, Vendor:
		return Public
	}
	return Public
}

// Principal is who asks. The zero Principal is nobody; Nobody() is the anonymous visitor.
type Principal struct {
	ID       string   // stable identifier; empty for the anonymous visitor
	Name     string   // for people and the audit trail
	Role     Role     // exactly one
	Stations []string // codes of the stations a gateway may post for; empty for other roles
	Vendor   string   // whose field stations a vendor sees, as they are registered; empty for other roles
	Areas    []string // codes of the administrative areas a person is responsible for; empty means all
	Token    string   // identifier (not the secret) of the credential used
}

// Nobody is the anonymous visitor.
func Nobody() Principal { return Principal{Role: Anonymous, Name: "anonymous"} }

// Clearance is the highest class that p may see.
func (p Principal) Clearance() Class { return p.Role.Clearance() }

// MayPostFor says whether p may post readings of the station: gateways for the stations bound to them, operators and
// system administrators for all.
func (p Principal) MayPostFor(station string) bool {
	switch p.Role {
	case Gateway:
		return slices.Contains(p.Stations, station)
	case Operator, System:
		return true
	}
	return false
}
