package ingest

import (
	"crypto/sha256"
	"crypto/subtle"
	"regexp"
	"slices"
	"strings"
	"time"

	"basin/access"
	"basin/fault"
)

// Station is a field station as it is registered: the address that a protocol knows it under, and what it observes. Table ingest.rtu.
type Station struct {
	Protocol string `json:"protocol"`
	Address  string `json:"address"`
	Station  string `json:"station"`            // code of the station or work that it observes, or its id (work:W1) where both have that code
	Vendor   string `json:"vendor,omitempty"`   // who made or maintains it
	Password string `json:"password,omitempty"` // that its frames must carry; never told again. Empty keeps what is held, - asks for none
	Profile
}

// Registered is a field station as the register lists it.
type Registered struct {
	Protocol string     `json:"protocol"`
	Address  string     `json:"address"`
	Thing    string     `json:"thing"`   // id of what it observes
	Station  string     `json:"station"` // code of what it observes
	Vendor   string     `json:"vendor,omitempty"`
	Secured  bool       `json:"secured"` // whether its frames must carry a password
	Profile  Profile    `json:"profile"`
	Created  time.Time  `json:"created"`
	Disabled *time.Time `json:"disabled,omitempty"` // from when on its frames are refused
	Last     *time.Time `json:"last,omitempty"`     // when its last frame came, as far as frames are kept
	Line     *OpenLine  `json:"line,omitempty"`     // the line that it has open to this server; absent for none, and where no server is asked
}

// Pending is an address that sends frames but is not registered. Table ingest.pending.
type Pending struct {
	Protocol string    `json:"protocol"`
	Address  string    `json:"address"`
	Peer     string    `json:"peer"` // network address of the last frame
	First    time.Time `json:"first"`
	Last     time.Time `json:"last"`
	Frames   int64     `json:"frames"` // at least so many came: in a flood not every one is counted
}

// rtu is what must be known of a field station to take its messages.
type rtu struct {
	protocol, address string
	thing, code       string
	class             access.Class
	hash              []byte // SHA-256 of the password; nil where none is asked for
	profile           Profile
	disabled          bool
	longitude         *float64 // of the thing; nil where it has no place
	latitude          *float64
	series            []series
}

// series is a datastream of the thing that a field station observes.
type series struct {
	Code     string
	Property string
	Role     string
	Number   int
}

// opens says whether a password as sent is the one that is asked for.
func (r *rtu) opens(password string) bool {
	if r.hash == nil {
		return true
	}
	sum := sha256.Sum256([]byte(password))
	return subtle.ConstantTimeCompare(sum[:], r.hash) == 1
}

var (
	protocolName = regexp.MustCompile(`^[a-z0-9]+$`)
	zoneName     = regexp.MustCompile(`^[+-](0\d|1[0-4]):[0-5]\d$`)
)

// roles are the sides of a work from which something can be observed.
func roles() []string { return []string{"inner", "outer", "upper", "lower"} }

// check says what is wrong with a field station that is to be registered.
func (s *Station) check(properties map[string]bool) error {
	s.Protocol, s.Address, s.Station, s.Vendor = strings.TrimSpace(s.Protocol), strings.TrimSpace(s.Address), strings.TrimSpace(s.Station), strings.TrimSpace(s.Vendor)
	if len(s.Vendor) > maxVendor || plainText(s.Vendor, maxVendor) != s.Vendor {
		return badField("vendor", s.Vendor)
	}
	for name, value := range map[string]string{"protocol": s.Protocol, "address": s.Address, "station": s.Station} {
		if value == "" {
			return fault.New(fault.Invalid, "rtu-incomplete", "a field station needs {field}", "field", name)
		}
	}
	if !protocolName.MatchString(s.Protocol) || len(s.Protocol) > 20 {
		return badField("protocol", s.Protocol)
	}
	if len(s.Address) > maxAddress || plainText(s.Address, maxAddress) != s.Address {
		return badField("address", s.Address)
	}
	if s.Zone != "" && !zoneName.MatchString(s.Zone) {
		return badField("zone", s.Zone)
	}
	for element, meaning := range s.Elements {
		property, role, sided := strings.Cut(meaning, ".")
		if _, known := properties[property]; !known || element == "" || (sided && !slices.Contains(roles(), role)) {
			return badField("elements", element+"="+meaning)
		}
	}
	return nil
}

func badField(name, value string) error {
	return fault.New(fault.Invalid, "bad-field", "field {field}: {value} is not right", "field", name, "value", clip(value))
}

// maxVendor is the greatest length of a vendor's name, in bytes.
const maxVendor = 200

// maxAddress is the greatest length of an address, in bytes.
const maxAddress = 64

// plainText is text that the database can hold, at most n bytes of it.
func plainText(s string, n int) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "�")
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}
