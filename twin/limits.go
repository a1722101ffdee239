package twin

import (
	"math"

	"basin/fault"
)

// Limits are what the readings of a datastream are judged by. Nil means that there is none.
type Limits struct {
	Minimum     *float64 `json:"minimum"`       // plausible lower bound in units
	Maximum     *float64 `json:"maximum"`       // plausible upper bound in units
	MaxRate     *float64 `json:"max_rate"`      // plausible change in units per hour
	StuckAfterS *int     `json:"stuck_after_s"` // seconds for which the value may stay the same
	IntervalS   *int     `json:"interval_s"`    // reporting interval in seconds
	StaleAfterS int      `json:"stale_after_s"` // seconds without a reading after which it is stale
}

// check refuses limits that cannot be met.
func (l Limits) check() error {
	bad := func(field, why string) error {
		return fault.New(fault.Invalid, "bad-limit", "{field} {why}", "field", field, "why", why)
	}
	for name, v := range map[string]*float64{"minimum": l.Minimum, "maximum": l.Maximum, "max_rate": l.MaxRate} {
		if v != nil && (math.IsNaN(*v) || math.IsInf(*v, 0)) {
			return bad(name, "is not a number")
		}
	}
	switch {
	case l.Minimum != nil && l.Maximum != nil && *l.Minimum > *l.Maximum:
		return bad("minimum", "is above maximum")
	case l.MaxRate != nil && *l.MaxRate <= 0:
		return bad("max_rate", "must be above zero")
	}
	for name, v := range map[string]*int{"stuck_after_s": l.StuckAfterS, "interval_s": l.IntervalS, "stale_after_s": &l.StaleAfterS} {
		if v != nil && (*v <= 0 || *v > math.MaxInt32) {
			return bad(name, "must be a whole number of seconds above zero")
		}
	}
	return nil
}
