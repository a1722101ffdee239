package twin

import (
	"math"
	"time"
)

// Value is the reading that a datastream shows at an instant.
type Value struct {
	Datastream string    `json:"datastream"`
	Thing      string    `json:"-"`
	Property   string    `json:"property"`
	Value      *float64  `json:"value"` // null where nothing was observed by then
	Unit       string    `json:"unit"`
	Datum      string    `json:"datum,omitempty"`
	Role       string    `json:"role,omitempty"`
	Number     int       `json:"number,omitempty"`
	Time       time.Time `json:"time,omitzero"`
	Received   time.Time `json:"received,omitzero"`
	AgeS       int64     `json:"age_s"`
	Quality    []string  `json:"quality"`
	Stale      bool      `json:"stale"`

	Flags     Flag      `json:"-"`
	Earlier   *float64  `json:"-"` // the value about an hour before Time, for the rate of rise
	EarlierAt time.Time `json:"-"`
}

// Asked is an instant of the twin: what the phenomenon was at At, with only what had been received by KnownAt.
type Asked struct {
	At      time.Time
	KnownAt time.Time // zero: with everything received since
}

// Now is the present, with everything received.
func Now() Asked { return Asked{At: time.Now()} }

// DatumOffset is what to add to a level above From to have it above To. Table twin.datum_offset.
type DatumOffset struct {
	Thing     string
	From, To  string
	OffsetM   float64
	ValidFrom *time.Time // nil for open
	ValidTo   *time.Time // excluded
}

// within says whether the day of t, in t's zone, is one from a day until before another; nil is open.
func within(t time.Time, from, to *time.Time) bool {
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return (from == nil || !day.Before(*from)) && (to == nil || day.Before(*to))
}

// InForce says whether the offset holds on the day of t, in t's zone.
func (o DatumOffset) InForce(t time.Time) bool { return within(t, o.ValidFrom, o.ValidTo) }

// InDatum expresses a level above one datum above another. Without a stated offset between two different datums there is no answer.
func InDatum(level float64, from, to string, offsets []DatumOffset, day time.Time) (float64, bool) {
	if from == to {
		return level, true
	}
	for _, o := range offsets {
		if !o.InForce(day) {
			continue
		}
		if o.From == from && o.To == to {
			return rounded(level + o.OffsetM), true
		}
		if o.From == to && o.To == from {
			return rounded(level - o.OffsetM), true
		}
	}
	return 0, false
}

// rounded takes off what binary fractions add to a sum, so that a level which stands exactly at a limit reaches it.
func rounded(x float64) float64 { return math.Round(x*1e6) / 1e6 }

// InForce says whether the threshold applies on the day of t, in t's zone.
func (h ThresholdView) InForce(t time.Time) bool {
	if !within(t, h.ValidFrom, h.ValidTo) {
		return false
	}
	if h.SeasonFrom == nil || h.SeasonTo == nil {
		return true
	}
	md := int(t.Month())*100 + t.Day()
	if *h.SeasonFrom <= *h.SeasonTo {
		return md >= *h.SeasonFrom && md <= *h.SeasonTo
	}
	return md >= *h.SeasonFrom || md <= *h.SeasonTo
}

// ThresholdView is a threshold as it is read back.
type ThresholdView struct {
	Datastream string     `json:"datastream"`
	Thing      string     `json:"-"`
	Type       string     `json:"type"`
	Value      float64    `json:"value"`
	Datum      string     `json:"datum,omitempty"`
	ValidFrom  *time.Time `json:"valid_from,omitempty"`
	ValidTo    *time.Time `json:"valid_to,omitempty"`
	SeasonFrom *int       `json:"season_from,omitempty"`
	SeasonTo   *int       `json:"season_to,omitempty"`
	Source     string     `json:"source,omitempty"`
}
