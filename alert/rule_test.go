package alert_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/alert"
)

// TestRulesChange: rules are made, changed and removed; a warning of which no rule speaks any more is cleared, and says why.
func TestRulesChange(t *testing.T) {
	b := newBench(t)
	b.exec(`INSERT INTO twin.relation (source, type, target) VALUES ('station:S1', 'on', 'river:R')`)
	five := 2.5
	r := alert.Rule{ID: "river", Kind: alert.Above, Thing: "river:R", Property: "level", Steps: []alert.Step{{Severity: alert.Red, Value: &five, Datum: "wusong"}}, Enabled: true,
		Title: alert.Text{Zh: "河", En: "River"}}
	b.do(func(tx pgx.Tx) error { return alert.AddRule(t.Context(), tx, r, access.Internal) })
	b.play(2.6)
	b.want("river", "raised red") // by a station on it
	r.Enabled = false
	b.do(func(tx pgx.Tx) error { _, err := alert.ChangeRule(t.Context(), tx, r, access.Internal); return err })
	b.look()
	b.want("river", "raised red, cleared red rule-changed")
	b.do(func(tx pgx.Tx) error {
		_, err := alert.RemoveRule(t.Context(), tx, "river", access.Internal)
		return err
	})

	nan := 0.0
	nan /= nan
	for name, spoil := range map[string]func(r *alert.Rule){
		"an id with blanks":          func(r *alert.Rule) { r.ID = "a b" },
		"a kind unknown":             func(r *alert.Rule) { r.Kind = "sideways" },
		"two scopes":                 func(r *alert.Rule) { r.ThingKind = "station" },
		"no scope":                   func(r *alert.Rule) { r.Thing = "" },
		"a thing that is not there":  func(r *alert.Rule) { r.Thing = "river:X" },
		"a thing that is hidden":     func(r *alert.Rule) { r.Thing = "station:S2" },
		"a property unknown":         func(r *alert.Rule) { r.Property = "mood"; r.Steps[0].Datum = "" },
		"no property":                func(r *alert.Rule) { r.Property = "" },
		"a level without a datum":    func(r *alert.Rule) { r.Steps[0].Datum = "" },
		"a datum nobody knows":       func(r *alert.Rule) { r.Steps[0].Datum = "unknown" },
		"a datum that is not there":  func(r *alert.Rule) { r.Steps[0].Datum = "moon" },
		"no number":                  func(r *alert.Rule) { r.Steps[0].Value = &nan },
		"a step of nothing":          func(r *alert.Rule) { r.Steps[0] = alert.Step{Severity: alert.Red} },
		"a severity unknown":         func(r *alert.Rule) { r.Steps[0].Severity = "pink" },
		"a severity twice":           func(r *alert.Rule) { r.Steps = append(r.Steps, r.Steps[0]) },
		"no steps":                   func(r *alert.Rule) { r.Steps = nil },
		"held for ever":              func(r *alert.Rule) { r.HoldS = 1 << 30 },
		"ahead for ever":             func(r *alert.Rule) { r.AheadH = 1 << 20 },
		"no title":                   func(r *alert.Rule) { r.Title.En = "" },
		"a text without end":         func(r *alert.Rule) { r.Advice.Zh = strings.Repeat("x", 1001) },
		"a rise of the rain":         func(r *alert.Rule) { r.Kind, r.Property = alert.Rise, "rainfall"; r.Steps[0].Datum = "" },
		"a rise that is held":        func(r *alert.Rule) { r.Kind, r.HoldS = alert.Rise, 60; r.Steps[0].Datum = "" },
		"a hysteresis below nothing": func(r *alert.Rule) { r.Hysteresis = -1 },
	} {
		bad := r
		bad.Steps = slices.Clone(r.Steps)
		spoil(&bad)
		if err := b.db.Do(t.Context(), func(tx pgx.Tx) error { return alert.AddRule(t.Context(), tx, bad, access.Internal) }); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	for name, err := range map[string]error{
		"taken twice": b.db.Do(t.Context(), func(tx pgx.Tx) error {
			return alert.AddRule(t.Context(), tx, alert.Rule{ID: "data", Kind: alert.Data, ThingKind: "station", Steps: []alert.Step{{Severity: alert.Blue}}, Title: r.Title}, access.Internal)
		}),
		"changed without being there": b.db.Do(t.Context(), func(tx pgx.Tx) error { _, err := alert.ChangeRule(t.Context(), tx, r, access.Internal); return err }),
		"removed without being there": b.db.Do(t.Context(), func(tx pgx.Tx) error {
			_, err := alert.RemoveRule(t.Context(), tx, "river", access.Internal)
			return err
		}),
	} {
		if err == nil {
			t.Error(name)
		}
	}
}
