package hydro

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/fault"
	"basin/geo"
	"basin/twin"
)

// observed are the properties that a station of each type has datastreams for.
var observed = map[string][]string{
	"level": {"level"}, "tide": {"level"}, "discharge": {"level", "discharge"}, "rainfall": {"rainfall"}, "gate": {"gate_opening"}, "pump": {"pump_running"},
	"quality": {"chloride", "salinity", "water_temperature"},
}

// thresholdFields are the fields of a station that become thresholds of its level.
var thresholdFields = map[string]string{
	"warning_level_m": "warning", "guaranteed_level_m": "guaranteed", "max_level_m": "record", "min_level_m": "record-low", "control_high_m": "control-high",
	"control_low_m": "control-low", "drought_level_m": "drought", "navigable_low_m": "navigable-low",
}

// equipStations makes the datastreams and thresholds of stations. A level whose datum nobody stated gets the datum unknown: it may be compared with
// the thresholds of its own station, and with nothing else.
func equipStations(ctx context.Context, tx pgx.Tx, rows []twin.Row) error {
	var streams []twin.Datastream
	var thresholds []twin.Threshold
	for _, r := range rows {
		at, ok := geo.At(r.Geometry)
		if !ok {
			return fault.New(fault.Invalid, "place-missing", "station {code} has no place", "code", r.Code)
		}
		datum := r.Fields.Text("datum")
		if datum == "" {
			datum = "unknown"
		}
		interval, err := r.Fields.Integer("interval_s")
		if err != nil {
			return err
		}
		for _, property := range observed[r.Fields.Text("type")] {
			d := twin.Datastream{Thing: r.ID(), Property: property, Class: r.Class, Longitude: at[0], Latitude: at[1]}
			if interval != nil {
				d.Interval = time.Duration(*interval) * time.Second
			}
			if property == "level" {
				d.Datum = datum
			}
			streams = append(streams, d)
			if property != "level" {
				continue
			}
			for field, kind := range thresholdFields {
				value, err := r.Fields.Number(field)
				if err != nil {
					return err
				}
				source := r.Provenance.Source
				if basis := r.Fields.Text("threshold_basis"); basis != "" && (kind == "warning" || kind == "guaranteed") {
					source = basis
				}
				if value != nil {
					thresholds = append(thresholds, twin.Threshold{Datastream: twin.DatastreamCode(r.Code, "level", "", 0), Type: kind, Value: *value, Datum: datum,
						Source: source})
				}
			}
		}
		if err := relateRiver(ctx, tx, r); err != nil {
			return err
		}
		if work := r.Fields.Text("work"); work != "" {
			if err := twin.Relate(ctx, tx, []twin.Relation{{Source: r.ID(), Type: "measures", Target: twin.Referred(work, "work")}}); err != nil {
				return err
			}
		}
	}
	if err := twin.PutDatastreams(ctx, tx, streams); err != nil {
		return err
	}
	return twin.PutThresholds(ctx, tx, thresholds)
}
