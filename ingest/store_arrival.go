package ingest

import (
	"context"
	_ "embed"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/fault"
	"basin/postgis"
)

// Arrival says how the readings of a station arrived in a month.
type Arrival struct {
	Thing       string   `json:"thing"`
	Station     string   `json:"station"`                // code
	Expected    int64    `json:"expected"`               // readings, by the agreed intervals of its datastreams; 0 where none is agreed
	Arrived     int64    `json:"arrived"`                // of these
	Timely      int64    `json:"timely"`                 // of these, within ten minutes of their time
	Days        int64    `json:"days"`                   // of the month since it was registered, today included
	LineDays    int64    `json:"line_days"`              // of these, on which anything came
	ArrivalRate *float64 `json:"arrival_rate,omitempty"` // 到报率: arrived of expected; absent where nothing was expected
	TimelyRate  *float64 `json:"timely_rate,omitempty"`  // 及时率: timely of arrived; absent where nothing arrived
	LineRate    *float64 `json:"line_rate,omitempty"`    // 畅通率: days with a line of days; absent where there were none
}

// Month reads a month of a zone, for instance 2026-11, and gives its first moment and that of the next month; empty is the present one.
func Month(text string, zone *time.Location) (from, to time.Time, err error) {
	if text == "" {
		text = time.Now().In(zone).Format("2006-01")
	}
	from, err = time.ParseInLocation("2006-01", text, zone)
	if err != nil {
		return from, to, fault.New(fault.Invalid, "bad-month", "{month} is not a month as in 2026-11", "month", clip(text))
	}
	return from, from.AddDate(0, 1, 0), nil
}

// ArrivalsOf asks how readings arrived from one time to another. Days are those of the zone of From.
type ArrivalsOf struct {
	From, To  time.Time
	Thing     string // id or code of a station or work; empty for all
	Clearance access.Class
	Vendor    *string // only what the field stations of this vendor observe; nil for all
}

//go:embed arrival.sql
var arrivalSQL string

// Arrivals says how the readings of each station arrived.
func Arrivals(ctx context.Context, db *postgis.DB, of ArrivalsOf) ([]Arrival, error) {
	rows, err := db.Query(ctx, arrivalSQL, of.From, of.To, of.Thing, string(of.Clearance), of.From.Location().String(), of.Vendor)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByNameLax[Arrival])
	for i, a := range out {
		if a.Days > 0 {
			rate := min(1, float64(a.LineDays)/float64(a.Days))
			out[i].LineRate = &rate
		}
	}
	return out, postgis.Fault(err)
}
