package twin

import (
	"strconv"
	"strings"
	"time"

	"basin/fault"
)

// Correction asks for a shift of all readings of a datastream between two times, for instance because the zero of a gauge had moved.
type Correction struct {
	Datastream string    `json:"datastream"` // code
	From       time.Time `json:"from"`
	To         time.Time `json:"to"`    // not included
	Shift      float64   `json:"shift"` // what to add, in the unit of the datastream
	Reason     string    `json:"reason"`
	Preview    bool      `json:"preview,omitempty"` // only say what would come of it
}

// Corrected says what came of a correction, or what would.
type Corrected struct {
	ID       string   `json:"id,omitempty"` // to undo it; empty for a preview
	Readings int64    `json:"readings"`     // how many it changes
	Left     int64    `json:"left"`         // when undone: how many have other values by now and stay
	Unit     string   `json:"unit,omitempty"`
	Before   *Summary `json:"before,omitempty"` // null where there are no readings
	After    *Summary `json:"after,omitempty"`
}

// Summary is a series in four numbers.
type Summary struct {
	First float64 `json:"first"`
	Last  float64 `json:"last"`
	Min   float64 `json:"min"`
	Max   float64 `json:"max"`
}

// Bounds of a correction.
const (
	maxCorrected = 1_000_000 // readings in one correction
	maxReason    = 2000      // bytes
)

// check refuses a correction that cannot be made, and says by how much it shifts at a scale.
func (c Correction) check(scale int) (int64, error) {
	if !c.From.Before(c.To) {
		return 0, fault.New(fault.Invalid, "empty-interval", "from is not before to")
	}
	if strings.TrimSpace(c.Reason) == "" || len(c.Reason) > maxReason || strings.ContainsRune(c.Reason, 0) {
		return 0, fault.New(fault.Invalid, "reason-missing", "a correction needs a reason of at most {limit} bytes", "limit", maxReason)
	}
	shift, err := Decimal(strconv.FormatFloat(c.Shift, 'f', -1, 64)).Scaled(scale)
	if err == nil && shift == 0 {
		err = fault.New(fault.Invalid, "no-shift", "the shift is zero at the resolution of the datastream")
	}
	return shift, err
}

// errTooManyCorrected asks for a shorter time.
func errTooManyCorrected() error {
	return fault.New(fault.Invalid, "too-many-corrected", "more than {limit} readings lie in this time: correct a shorter one", "limit", maxCorrected)
}
