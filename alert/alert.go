package alert

import (
	"time"
)

// The states of a warning, and what can happen to it.
const (
	Raised       = "raised"
	Escalated    = "escalated" // only in histories: an escalated warning is raised again
	Acknowledged = "acknowledged"
	Cleared      = "cleared"
)

// TopicAlert is the topic of the change feed: a warning changed; its key is the warning's number.
const TopicAlert = "alert"

// Alert is a warning. Table alert.alert.
type Alert struct {
	ID             int64      `json:"id"`
	Rule           string     `json:"rule"`
	Thing          string     `json:"thing"`
	Kind           string     `json:"kind"` // of the thing
	Code           string     `json:"code"`
	Name           Text       `json:"name"`
	State          string     `json:"state"` // raised, acknowledged or cleared
	Severity       Severity   `json:"severity"`
	Title          Text       `json:"title"`
	Advice         Text       `json:"advice"`
	Words          Text       `json:"words"` // the evidence in words
	Evidence       Evidence   `json:"evidence"`
	Class          string     `json:"class"`
	Lon            *float64   `json:"lon,omitempty"` // a place on the thing
	Lat            *float64   `json:"lat,omitempty"`
	Raised         time.Time  `json:"raised"`
	Escalated      *time.Time `json:"escalated,omitempty"`
	Acknowledged   *time.Time `json:"acknowledged,omitempty"`
	AcknowledgedBy string     `json:"acknowledged_by,omitempty"`
	Note           string     `json:"note,omitempty"`
	Cleared        *time.Time `json:"cleared,omitempty"`
	History        []Event    `json:"history,omitempty"` // only in answers about one
}

// Event is what happened to a warning. Table alert.event.
type Event struct {
	ID       int64     `json:"id"`
	Time     time.Time `json:"time"`
	Kind     string    `json:"kind"` // raised, escalated, acknowledged or cleared
	Severity Severity  `json:"severity"`
	By       string    `json:"by,omitempty"`   // name of who did it; empty where the rule did
	Note     string    `json:"note,omitempty"` // what he wrote; rule-changed where the rule no longer speaks of the thing
	Evidence *Evidence `json:"evidence,omitempty"`
}

// Evidence is by which values a warning was raised.
type Evidence struct {
	From       string     `json:"from"` // observed or forecast
	Run        string     `json:"run,omitempty"`
	Datastream string     `json:"datastream,omitempty"`
	Property   string     `json:"property"`
	Unit       string     `json:"unit"`
	Datum      string     `json:"datum,omitempty"`
	Value      *float64   `json:"value,omitempty"`
	Time       *time.Time `json:"time,omitempty"`
	Low        *float64   `json:"low,omitempty"` // the spread of a forecast value
	High       *float64   `json:"high,omitempty"`
	Peak       *float64   `json:"peak,omitempty"` // the furthest that a forecast goes
	PeakTime   *time.Time `json:"peak_time,omitempty"`
	Threshold  string     `json:"threshold,omitempty"`  // type of the threshold
	Limit      *float64   `json:"limit,omitempty"`      // in the datum of the value
	Stated     *float64   `json:"stated,omitempty"`     // the limit above its own datum, where that is another
	StatedIn   string     `json:"stated_in,omitempty"`  // that datum
	RatePerH   *float64   `json:"rate_per_h,omitempty"` // of a rise
	Residual   bool       `json:"residual,omitempty"`   // whether the rate is that of the residual
	Data       string     `json:"data,omitempty"`       // stale or faulty
	HeldSince  *time.Time `json:"held_since,omitempty"` // the limit was reached then at the latest
}

// In says whether the thing lies in a box: west, south, east, north; west greater than east crosses the antimeridian.
func (a Alert) In(box [4]float64) bool {
	if a.Lon == nil || a.Lat == nil || *a.Lat < box[1] || *a.Lat > box[3] {
		return false
	}
	if box[0] <= box[2] {
		return *a.Lon >= box[0] && *a.Lon <= box[2]
	}
	return *a.Lon >= box[0] || *a.Lon <= box[2]
}
