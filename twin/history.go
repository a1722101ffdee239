package twin

import (
	"time"

	"basin/fault"
)

// HistoryOf is a question for a series.
type HistoryOf struct {
	Datastream string    // code
	From, To   time.Time // To excluded
	Every      time.Duration
	Limit      int // raw points at most; 0 means maxPoints
}

// maxPoints bounds the points of one answer.
const maxPoints = 10_000

// History is a series of one datastream. With Every its points are buckets, whose extremes survive whatever the length; without,
// they are the readings themselves.
type History struct {
	Datastream string    `json:"datastream"`
	Property   string    `json:"property"`
	Unit       string    `json:"unit"`
	Datum      string    `json:"datum,omitempty"`
	From       time.Time `json:"from"`
	To         time.Time `json:"to"`
	Every      string    `json:"every,omitempty"`
	Points     []Point   `json:"points"`
	Gaps       []Gap     `json:"gaps"`
	Next       string    `json:"next,omitempty"` // where the raw series goes on; empty at its end
	NextFrom   time.Time `json:"-"`
}

// Point is a bucket (Count, Min, Max, Last) or a reading (Value, Quality, Corrected).
type Point struct {
	Time      time.Time `json:"time"`
	Count     int64     `json:"count,omitempty"`
	Min       *float64  `json:"min,omitempty"`
	Max       *float64  `json:"max,omitempty"`
	Last      *float64  `json:"last,omitempty"`
	Value     *float64  `json:"value,omitempty"`
	Quality   []string  `json:"quality,omitempty"`
	Corrected *bool     `json:"corrected,omitempty"`
}

// Gap is a time without readings that is longer than the datastream should leave.
type Gap struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// check refuses questions that cannot be answered within the limits.
func (q HistoryOf) check() error {
	if !q.From.Before(q.To) {
		return fault.New(fault.Invalid, "empty-interval", "from is not before to")
	}
	if q.Every < 0 || (q.Every > 0 && q.Every < time.Second) {
		return fault.New(fault.Invalid, "bad-bucket", "every must be a second or more")
	}
	if q.Every > 0 && q.To.Sub(q.From)/q.Every > maxPoints {
		return fault.New(fault.Invalid, "too-many-points", "more than {limit} buckets: make every longer or the time shorter", "limit", maxPoints)
	}
	return nil
}
