package twin

import (
	"context"
	_ "embed"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/fault"
	"basin/postgis"
)

// CorrectionMade is a correction of a period as it was made. Table twin.correction.
type CorrectionMade struct {
	ID         string     `json:"id"`
	Datastream string     `json:"datastream"` // code
	Thing      string     `json:"thing"`
	From       time.Time  `json:"from"`
	To         time.Time  `json:"to"`    // not included
	Shift      float64    `json:"shift"` // what was added, in Unit
	Unit       string     `json:"unit"`
	Readings   int64      `json:"readings"` // how many it changed
	Reason     string     `json:"reason"`
	By         string     `json:"by"`      // who made it: a principal's identifier
	ByName     string     `json:"by_name"` // his name, as it was then
	Applied    time.Time  `json:"applied"`
	Undone     *time.Time `json:"undone,omitempty"` // absent while it stands
	UndoneBy   string     `json:"undone_by,omitempty"`
	UndoneName string     `json:"undone_name,omitempty"`
}

// CorrectionsOf asks for corrections. The zero value asks for the first page of all that the public may see.
type CorrectionsOf struct {
	Datastream string    // code; empty for all
	From, To   time.Time // of periods that reach into this time; zero for no bound
	Limit      int       // 0 means 100
	After      string    // what the page before named; empty for the first
}

//go:embed correction_list.sql
var correctionListSQL string

// mark is how a page names its end: when its last correction was made, and its identifier.
var mark = regexp.MustCompile(`^(\S+)_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)

// Corrections lists corrections of periods, the last made first, and says what to ask for the next page after; empty for none.
func Corrections(ctx context.Context, db *postgis.DB, of CorrectionsOf, clearance access.Class) ([]CorrectionMade, string, error) {
	var from, to, applied *time.Time
	var id *string
	if !of.From.IsZero() {
		from = &of.From
	}
	if !of.To.IsZero() {
		to = &of.To
	}
	if of.After != "" {
		m := mark.FindStringSubmatch(of.After)
		if m == nil {
			return nil, "", errBadPage(of.After)
		}
		t, err := time.Parse(time.RFC3339Nano, m[1])
		if err != nil {
			return nil, "", errBadPage(of.After)
		}
		applied, id = &t, &m[2]
	}
	if of.Limit <= 0 {
		of.Limit = 100
	}
	rows, err := db.Query(ctx, correctionListSQL, from, to, of.Datastream, string(clearance), applied, id, of.Limit+1)
	if err != nil {
		return nil, "", postgis.Fault(err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c CorrectionMade, err error) {
		var shift int64
		var scale int
		err = row.Scan(&c.ID, &c.Datastream, &c.Thing, &c.From, &c.To, &shift, &scale, &c.Unit, &c.Readings, &c.Reason, &c.By, &c.ByName, &c.Applied,
			&c.Undone, &c.UndoneBy, &c.UndoneName)
		c.Shift = Unscaled(shift, scale)
		return c, err
	})
	if err != nil || len(out) <= of.Limit {
		return out, "", postgis.Fault(err)
	}
	out = out[:of.Limit]
	last := out[len(out)-1]
	return out, last.Applied.UTC().Format(time.RFC3339Nano) + "_" + last.ID, nil
}

func errBadPage(after string) error {
	return fault.New(fault.Invalid, "bad-page", "{after} names no page: take it from the answer before", "after", clip(strings.ToValidUTF8(after, "�"), 80))
}
