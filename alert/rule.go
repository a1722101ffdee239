// Package alert warns: rules over observed and forecast values raise warnings, which people acknowledge and which are sent on. It reads series of the twin and
// knows no noun.
package alert

import (
	"math"
	"regexp"
	"slices"

	"basin/fault"
)

// Severity is how bad it is: 蓝黄橙红.
type Severity string

// The severities, the least first.
const (
	Blue   Severity = "blue"
	Yellow Severity = "yellow"
	Orange Severity = "orange"
	Red    Severity = "red"
)

// Severities lists them in order.
func Severities() []Severity { return []Severity{Blue, Yellow, Orange, Red} }

// rank is the place of s in the order; -1 for what is none.
func (s Severity) rank() int { return slices.Index(Severities(), s) }

// The kinds of rules.
const (
	Above = "above" // a value is at or above a limit
	Below = "below" // a value is at or below a limit
	Rise  = "rise"  // a value rises so fast; at tidal stations what is judged is the residual
	Data  = "data"  // a series is stale, or its last reading faulty
)

// Rule says when to warn. Table alert.rule.
type Rule struct {
	ID         string   `json:"id"`
	Kind       string   `json:"kind"`                 // above, below, rise or data
	Thing      string   `json:"thing,omitempty"`      // the one that it is about, with the stations and works on it and those that measure it; or
	ThingKind  string   `json:"thing_kind,omitempty"` // all things of this kind
	Property   string   `json:"property,omitempty"`   // empty for any, in rules of data
	Role       string   `json:"role,omitempty"`       // only values seen from this side; empty for all
	Steps      []Step   `json:"steps"`
	HoldS      int      `json:"hold_s"`     // for how long the limit must be reached
	Hysteresis float64  `json:"hysteresis"` // how far a value must be back behind the lowest limit, in its unit; for rates per hour
	ReleaseS   int      `json:"release_s"`  // and for how long
	AheadH     int      `json:"ahead_h"`    // 0 for observed values; otherwise forecast ones up to so many hours ahead
	Enabled    bool     `json:"enabled"`
	Title      Text     `json:"title"`
	Advice     Text     `json:"advice"` // what to do then; may be empty
	Unable     []Unable `json:"unable"` // what it cannot judge now
}

// Step is a limit of a rule.
type Step struct {
	Severity  Severity `json:"severity"`
	Threshold string   `json:"threshold,omitempty"` // type of the thing's threshold that is the limit; otherwise
	Value     *float64 `json:"value,omitempty"`     // the limit; of a rise per hour, of data hours without a reading; null in rules of data for what the datastream says
	Datum     string   `json:"datum,omitempty"`     // of the value, for levels
}

// Text is a text in both languages.
type Text struct {
	Zh string `json:"zh"`
	En string `json:"en"`
}

// In is the text in a language.
func (t Text) In(language string) string {
	if language == "zh" {
		return t.Zh
	}
	return t.En
}

// Unable says what a rule cannot judge, and why.
type Unable struct {
	Thing      string `json:"thing"`
	Code       string `json:"code"` // datum-offset-missing, no-threshold, no-prediction, no-forecast, stale, faulty
	Datastream string `json:"datastream,omitempty"`
}

// Limits of rules.
const (
	maxRules = 10_000
	maxText  = 1000 // bytes
	maxHold  = 7 * 24 * 3600
	maxAhead = 240
)

var ruleID = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

// check refuses rules that make no sense by themselves.
func (r Rule) check() error {
	bad := func(why string) error {
		return fault.New(fault.Invalid, "bad-rule", "the rule {rule} is wrong: {why}", "rule", clip(r.ID), "why", why)
	}
	limit := r.Kind == Above || r.Kind == Below
	switch {
	case !ruleID.MatchString(r.ID):
		return bad("id takes small letters, digits and hyphens, at most 63")
	case !slices.Contains([]string{Above, Below, Rise, Data}, r.Kind):
		return bad("kind is above, below, rise or data")
	case (r.Thing == "") == (r.ThingKind == ""):
		return bad("it needs a thing or a thing_kind, not both")
	case r.Kind != Data && r.Property == "":
		return bad("it needs a property")
	case r.Kind == Rise && r.Property != "level":
		return bad("only levels have a rate of rise")
	case r.Role != "" && !slices.Contains([]string{"inner", "outer", "upper", "lower"}, r.Role):
		return bad("role is inner, outer, upper or lower")
	case r.HoldS < 0 || r.HoldS > maxHold || r.ReleaseS < 0 || r.ReleaseS > maxHold:
		return bad("hold_s and release_s are from 0 to 604800")
	case r.HoldS > 0 && !limit:
		return bad("only rules above and below have hold_s: a rate is over an hour already, and data have hours")
	case r.Hysteresis < 0 || math.IsNaN(r.Hysteresis) || math.IsInf(r.Hysteresis, 0):
		return bad("hysteresis is 0 or more")
	case r.AheadH < 0 || r.AheadH > maxAhead || r.AheadH > 0 && !limit:
		return bad("ahead_h is from 0 to 240, and only for rules above and below")
	case r.Title.Zh == "" || r.Title.En == "":
		return bad("it needs a title in Chinese and in English")
	case max(len(r.Title.Zh), len(r.Title.En), len(r.Advice.Zh), len(r.Advice.En)) > maxText:
		return bad("a text is longer than 1000 bytes")
	case len(r.Steps) == 0 || len(r.Steps) > len(Severities()):
		return bad("it needs one to four steps")
	}
	seen := map[Severity]bool{}
	for _, s := range r.Steps {
		if why := r.wrong(s); why != "" {
			return bad(why)
		}
		if seen[s.Severity] {
			return bad("a severity has two steps")
		}
		seen[s.Severity] = true
	}
	return nil
}

// wrong says what is wrong with a step; empty for nothing.
func (r Rule) wrong(s Step) string {
	switch {
	case s.Severity.rank() < 0:
		return "severity is blue, yellow, orange or red"
	case s.Value != nil && (math.IsNaN(*s.Value) || math.IsInf(*s.Value, 0) || math.Abs(*s.Value) > 1e6):
		return "a value is out of bounds"
	case s.Value != nil && s.Threshold != "":
		return "a step has a threshold or a value, not both"
	case (r.Kind == Above || r.Kind == Below) && s.Value == nil && s.Threshold == "":
		return "a step needs a threshold or a value"
	case r.Kind == Rise && (s.Value == nil || *s.Value <= 0):
		return "a step of a rise needs a value above 0, per hour"
	case r.Kind == Data && (s.Threshold != "" || s.Value != nil && *s.Value <= 0):
		return "a step of data has hours without a reading as its value, or none"
	case s.Value != nil && r.Property == "level" && r.Kind != Rise && (s.Datum == "" || s.Datum == "unknown"):
		return "a level needs a datum"
	case s.Datum != "" && (r.Property != "level" || r.Kind == Rise || s.Value == nil):
		return "only the value of a level has a datum"
	}
	return ""
}

// clip shortens a text of a sender that is told back.
func clip(s string) string {
	if r := []rune(s); len(r) > 100 {
		return string(r[:100]) + "…"
	}
	return s
}
