package ingest

import (
	"context"
	_ "embed"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/postgis"
)

//go:embed arrival.sql
var arrivalSQL string

//go:embed arrival_channel.sql
var arrivalChannelSQL string

// Arrivals says how readings arrived.
func Arrivals(ctx context.Context, db *postgis.DB, of ArrivalsOf) (ArrivalList, error) {
	list := ArrivalList{Month: of.From.Format("2006-01"), By: of.By, Zone: of.From.Location().String(), Generated: time.Now().UTC().Truncate(time.Second)}
	sql := arrivalSQL
	switch of.By {
	case "":
		list.By = ByStation
	case ByChannel:
		sql = arrivalChannelSQL
	}
	rows, err := db.Query(ctx, sql, of.From, of.To, of.Thing, string(of.Clearance), list.Zone, of.Vendor)
	if err != nil {
		return list, postgis.Fault(err)
	}
	type row struct {
		Arrival
		Since *time.Time
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByNameLax[row])
	if err != nil {
		return list, postgis.Fault(err)
	}
	list.Arrivals = make([]Arrival, len(found))
	for i, r := range found {
		r.rate()
		list.Arrivals[i] = r.Arrival
		if r.Since != nil && r.Since.After(of.From) {
			list.Since = r.Since
		}
	}
	if of.By == ByVendor {
		list.Arrivals = byVendor(list.Arrivals)
	}
	return list, nil
}
