package ingest

import (
	"cmp"
	"time"
)

// Ask asks a station of SL 651 for its present values, by function 37.
func (sl651) Ask(address string, profile Profile, q Question, now time.Time) ([]byte, error) {
	return QuerySL651(SL651Query{Centre: byte(cmp.Or(q.Centre, 1)), Address: address, Password: cmp.Or(q.Password, "0000"), Function: 0x37,
		At: now.In(sl651Zone(profile))})
}
