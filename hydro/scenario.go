package hydro

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"basin/fault"
)

// ScenarioAsked asks for a scenario: the water as a forecast has it, but for what is changed.
type ScenarioAsked struct {
	Title   string           `json:"title"`
	Base    string           `json:"base,omitempty"`  // number of a forecast; latest when empty
	Hours   int              `json:"hours,omitempty"` // 48 when absent
	Changes []ScenarioChange `json:"changes"`
}

// ScenarioChange is one thing that a scenario has otherwise than its base. Exactly one of Work, Pump, Rain, Surge and Inflow is there. A series is a list of pairs, time and value.
type ScenarioChange struct {
	Work     string          `json:"work,omitempty"`     // whose gates are set
	Pump     string          `json:"pump,omitempty"`     // whose pumps are set
	Setting  *float64        `json:"setting,omitempty"`  // from now on: part of the opening, or of the pump units
	Units    *int            `json:"units,omitempty"`    // that run from now on
	Schedule json.RawMessage `json:"schedule,omitempty"` // a series of settings, each until the next
	Fails    string          `json:"fails,omitempty"`    // shut or open: where gates stay whatever the water does; open ones let the flood in
	Rain     json.RawMessage `json:"rain,omitempty"`     // a factor, or {"first", "interval_s", "mm"} instead of the forecast
	Area     string          `json:"area,omitempty"`     // code of the administrative area where it rains so; all when empty
	Surge    json.RawMessage `json:"surge_m,omitempty"`  // on top of tides: a height that is reached in six hours, or a series
	Inflow   json.RawMessage `json:"inflow,omitempty"`   // m³/s: a constant or a series
	At       string          `json:"at,omitempty"`       // node that it flows into besides, or boundary river whose inflow it is instead
}

// The limits of a scenario.
const (
	usualHours   = 48
	mostHours    = 120
	mostChanges  = 100
	mostTimes    = 500
	mostFactor   = 20.0
	mostSurge    = 10.0    // m
	mostInflow   = 20000.0 // m³/s
	mostTitle    = 200     // bytes
	surgeReached = 6 * time.Hour
)

// timed is a value from a time on.
type timed struct {
	at    time.Time
	value float64
}

// badChange says what is wrong with a change, by its place in the question.
func badChange(place, why string) error {
	return fault.New(fault.Invalid, "bad-scenario", "{place} {why}", "place", place, "why", why)
}

// check says what is wrong with a question that can be told without the model.
func (a *ScenarioAsked) check() error {
	switch {
	case a.Title == "" || len(a.Title) > mostTitle:
		return badChange("title", "must be a text of 1 to 200 bytes")
	case a.Hours < 0 || a.Hours > mostHours:
		return badChange("hours", "must be from 1 to 120")
	case len(a.Changes) > mostChanges:
		return badChange("changes", "must be 100 at most")
	}
	for i := range a.Changes {
		if err := a.Changes[i].check(fmt.Sprintf("changes[%d]", i)); err != nil {
			return err
		}
	}
	return nil
}

// check says what does not belong together in a change.
func (c *ScenarioChange) check(place string) error {
	count := func(all ...bool) (n int) {
		for _, is := range all {
			if is {
				n++
			}
		}
		return n
	}
	settings := count(c.Setting != nil, c.Units != nil, c.Schedule != nil, c.Fails != "")
	switch {
	case count(c.Work != "", c.Pump != "", c.Rain != nil, c.Surge != nil, c.Inflow != nil) != 1:
		return badChange(place, "must be about one of work, pump, rain, surge_m and inflow")
	case (c.Work != "" || c.Pump != "") != (settings == 1) || settings > 1:
		return badChange(place, "must have one of setting, schedule, units and fails with a work or a pump, and none otherwise")
	case c.Work != "" && c.Units != nil:
		return badChange(place+".units", "is of pumps alone")
	case c.Pump != "" && c.Fails != "":
		return badChange(place+".fails", "is of gates alone: pumps that fail have 0 units")
	case c.Fails != "" && c.Fails != "shut" && c.Fails != "open":
		return badChange(place+".fails", "must be shut or open")
	case c.Area != "" && c.Rain == nil:
		return badChange(place+".area", "goes with rain alone")
	case (c.At != "") != (c.Inflow != nil):
		return badChange(place+".at", "goes with inflow, and inflow with it")
	}
	return nil
}

// number reads a value that is one number within limits; ok is false where it is something else.
func number(raw json.RawMessage, place string, least, most float64) (x float64, ok bool, err error) {
	if json.Unmarshal(raw, &x) != nil || bytes.Equal(raw, []byte("null")) {
		return 0, false, nil
	}
	return x, true, within(x, place, least, most)
}

// within says whether a number is within limits.
func within(x float64, place string, least, most float64) error {
	if math.IsNaN(x) || x < least || x > most {
		return badChange(place, fmt.Sprintf("must be from %v to %v, not %v", least, most, x))
	}
	return nil
}

// series reads pairs of time and value, the times rising and within a run.
func (c Clock) series(raw json.RawMessage, place string, least, most float64) ([]timed, error) {
	var pairs [][]json.RawMessage
	if err := json.Unmarshal(raw, &pairs); err != nil || len(pairs) == 0 || len(pairs) > mostTimes {
		return nil, badChange(place, "must be 1 to 500 pairs of a time and a value")
	}
	out := make([]timed, len(pairs))
	for i, p := range pairs {
		here := fmt.Sprintf("%s[%d]", place, i)
		if len(p) != 2 || json.Unmarshal(p[0], &out[i].at) != nil {
			return nil, badChange(here, "must be a time and a value")
		}
		var ok bool
		var err error
		if out[i].value, ok, err = number(p[1], here, least, most); err != nil {
			return nil, err
		}
		switch at := out[i].at; {
		case !ok:
			return nil, badChange(here, "must be a time and a value")
		case at.Before(c.Now) || at.After(c.Until):
			return nil, badChange(here, "must be from "+c.Now.Format(time.RFC3339)+" to "+c.Until.Format(time.RFC3339))
		case i > 0 && !at.After(out[i-1].at):
			return nil, badChange(here, "must be later than the one before")
		}
	}
	return out, nil
}
