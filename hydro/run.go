package hydro

import (
	"slices"
	"time"

	"basin/access"
	"basin/fault"
	"basin/hydro/hydraulics"
)

// Run is a run of the model of the water.
type Run struct {
	ID      int64               `json:"id"`
	Kind    string              `json:"kind"` // forecast, scenario or plan
	Base    int64               `json:"base,omitempty"`
	Title   string              `json:"title,omitempty"`
	AskedBy string              `json:"asked_by,omitempty"`
	Class   string              `json:"-"`
	Begun   time.Time           `json:"begun"`
	Ended   *time.Time          `json:"ended,omitempty"`
	State   string              `json:"state"` // waiting, running, done or failed
	From    time.Time           `json:"from"`
	Until   time.Time           `json:"until"`
	StepS   int                 `json:"step_s"`
	Datum   string              `json:"datum"`
	Inputs  *Inputs             `json:"inputs,omitempty"`
	Assumed []Assumption        `json:"assumed,omitempty"`
	Balance *hydraulics.Balance `json:"balance,omitempty"`
	Hash    string              `json:"hash,omitempty"`
	Error   *Failure            `json:"error,omitempty"`
	Changes []ScenarioChange    `json:"changes,omitempty"` // of a scenario
	Part    float64             `json:"part"`              // how much is computed, from 0 to 1
	Asker   string              `json:"-"`
}

// Failure is why a run failed.
type Failure struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// Inputs are what a run was made of, and how it went.
type Inputs struct {
	SpunUpFrom time.Time  `json:"spun_up_from"` // from when levels observed had a part in it
	Warm       bool       `json:"warm"`         // whether it went on from the state of the forecast before
	Nodes      int        `json:"nodes"`
	Reaches    int        `json:"reaches"`
	Works      int        `json:"works"`
	Gauges     []string   `json:"gauges"` // stations towards whose levels it was nudged
	NudgeS     float64    `json:"nudge_s"`
	Rainfall   []int64    `json:"rainfall"` // issues of forecasts of rain
	Members    int        `json:"members"`  // of the ensemble that came to an end
	Steps      int        `json:"steps"`
	Rejected   int        `json:"rejected"`
	Iterations int        `json:"iterations"`
	Unsteady   []Unsteady `json:"unsteady,omitempty"`
}

// Unsteady is a node whose level turned back and forth from step to step.
type Unsteady struct {
	Node  string `json:"node"`
	Turns int    `json:"turns"`
}

// Series is what a run computed of a thing: values at equal intervals, with the ends of their spread.
type Series struct {
	Run       int64     `json:"run"`
	Thing     string    `json:"thing"`
	GID       int64     `json:"gid"`
	Kind      string    `json:"kind"`
	Quantity  string    `json:"quantity"` // level, discharge or opening
	Unit      string    `json:"unit"`
	Datum     string    `json:"datum,omitempty"`
	First     time.Time `json:"first"`
	IntervalS int       `json:"interval_s"`
	Values    []float32 `json:"values"`
	Low       []float32 `json:"low"`
	High      []float32 `json:"high"`

	class string
}

// Rainfall is a forecast of rain for an area, or for all.
type Rainfall struct {
	ID        int64     `json:"id,omitempty"`
	Area      string    `json:"area,omitempty"` // code of the administrative area; empty for all
	Issued    time.Time `json:"issued"`
	Received  time.Time `json:"received,omitzero"`
	Source    string    `json:"source"`
	Class     string    `json:"class,omitempty"` // public where it says nothing
	First     time.Time `json:"first"`           // beginning of the first interval
	IntervalS int       `json:"interval_s"`
	MM        []float64 `json:"mm"` // what falls in each
}

// The limits of a forecast of rain.
const (
	mostIntervals = 1000
	mostRain      = 500.0 // mm in an hour
	leastInterval = 300   // s
	mostInterval  = 86400
)

// check says what is wrong with a forecast of rain.
func (r *Rainfall) check(now time.Time) error {
	bad := func(field, why string) error {
		return fault.New(fault.Invalid, "bad-rainfall", "{field} {why}", "field", field, "why", why)
	}
	switch {
	case r.Issued.IsZero() || r.Issued.After(now.Add(10*time.Minute)):
		return bad("issued", "must be a time that is not ahead")
	case r.Source == "" || len(r.Source) > 200:
		return bad("source", "must be a text of 1 to 200 bytes")
	case r.Class != "" && !slices.Contains(access.Classes(), access.Class(r.Class)):
		return bad("class", "must be public, internal or restricted")
	case r.First.IsZero():
		return bad("first", "must be a time")
	case r.IntervalS < leastInterval || r.IntervalS > mostInterval:
		return bad("interval_s", "must be from 300 to 86400")
	case len(r.MM) == 0 || len(r.MM) > mostIntervals:
		return bad("mm", "must be 1 to 1000 values")
	}
	for _, mm := range r.MM {
		if !(mm >= 0) || mm > mostRain*max(1, float64(r.IntervalS)/3600) {
			return bad("mm", "must be zero or more, and no more than 500 mm an hour")
		}
	}
	return nil
}

// Skill is how forecasts of a station fared at a lead.
type Skill struct {
	Thing       string  `json:"thing"`
	LeadH       int     `json:"lead_h"`
	Count       int64   `json:"count"`
	Bias        float64 `json:"bias"` // m, forecast less observed
	RMSE        float64 `json:"rmse"` // m
	Hits        int64   `json:"hits"` // of the warning level
	FalseAlarms int64   `json:"false_alarms"`
	Misses      int64   `json:"misses"`
}
