package hydro

import (
	"cmp"
	"context"
	"fmt"
	"slices"
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

// equipStations makes the datastreams and thresholds of stations, and ties them to their rivers and to the works that they measure.
func equipStations(ctx context.Context, tx pgx.Tx, rows []twin.Row) error {
	var streams []twin.Datastream
	var thresholds []twin.Threshold
	for _, r := range rows {
		own, err := stationStreams(r)
		if err != nil {
			return err
		}
		streams = append(streams, own...)
		limits, err := stationThresholds(r)
		if err != nil {
			return err
		}
		thresholds = append(thresholds, limits...)
		if work := r.Fields.Text("work"); work != "" {
			if err := twin.Relate(ctx, tx, []twin.Relation{{Source: r.ID(), Type: "measures", Target: twin.Referred(work, "work")}}); err != nil {
				return err
			}
		}
	}
	if err := relateRivers(ctx, tx, rows); err != nil {
		return err
	}
	if err := twin.PutDatastreams(ctx, tx, streams); err != nil {
		return err
	}
	return twin.PutThresholds(ctx, tx, thresholds)
}

// datumOf is the datum of a station's levels. One that nobody stated is unknown: such a level may be compared with the thresholds of its own station,
// and with nothing else.
func datumOf(r twin.Row) string { return cmp.Or(r.Fields.Text("datum"), "unknown") }

// stationStreams are the datastreams of a station of its type. Fields interval_s, stale_after_s, plausible_min, plausible_max and plausible_rate_per_h, in
// the unit of the property, apply to the first of them.
func stationStreams(r twin.Row) ([]twin.Datastream, error) {
	at, ok := geo.At(r.Geometry)
	if !ok {
		return nil, fault.New(fault.Invalid, "place-missing", "station {code} has no place", "code", r.Code)
	}
	var seconds [2]time.Duration
	for i, name := range []string{"interval_s", "stale_after_s"} {
		n, err := r.Fields.Integer(name)
		if err != nil {
			return nil, err
		}
		if n != nil {
			seconds[i] = time.Duration(*n) * time.Second
		}
	}
	var bounds [3]*float64
	for i, name := range []string{"plausible_min", "plausible_max", "plausible_rate_per_h"} {
		var err error
		if bounds[i], err = r.Fields.Number(name); err != nil {
			return nil, err
		}
	}
	var out []twin.Datastream
	for i, property := range observed[r.Fields.Text("type")] {
		d := twin.Datastream{Thing: r.ID(), Property: property, Class: r.Class, Interval: seconds[0], Stale: seconds[1], Longitude: at[0], Latitude: at[1]}
		if property == "level" {
			d.Datum = datumOf(r)
		}
		if i == 0 {
			d.Minimum, d.Maximum, d.RatePerH = bounds[0], bounds[1], bounds[2]
		}
		out = append(out, d)
	}
	return out, nil
}

// stationThresholds are the thresholds of a station's level.
func stationThresholds(r twin.Row) ([]twin.Threshold, error) {
	var out []twin.Threshold
	for field, kind := range thresholdFields {
		if !slices.Contains(observed[r.Fields.Text("type")], "level") {
			break
		}
		value, err := r.Fields.Number(field)
		if err != nil {
			return nil, err
		}
		if value == nil {
			continue
		}
		source := r.Provenance.Source
		if kind == "warning" || kind == "guaranteed" {
			source = cmp.Or(r.Fields.Text("threshold_basis"), source)
		}
		out = append(out, twin.Threshold{Datastream: twin.DatastreamCode(r.Code, "level", "", 0), Type: kind, Value: *value, Datum: datumOf(r), Source: source})
	}
	for i, t := range twin.Records(r.Fields, "thresholds") {
		h, err := listedThreshold(r, t)
		if err != nil {
			return nil, fmt.Errorf("thresholds[%d]: %w", i, err)
		}
		out = append(out, h)
	}
	return out, nil
}

// listedThreshold is a threshold from the list of a station: type and value, and where they matter property (level), datum, source, valid_from, valid_to (not
// included), season_from and season_to as month*100+day.
func listedThreshold(r twin.Row, t twin.Fields) (twin.Threshold, error) {
	property := cmp.Or(t.Text("property"), "level")
	h := twin.Threshold{Datastream: twin.DatastreamCode(r.Code, property, "", 0), Type: t.Text("type"), Source: cmp.Or(t.Text("source"), r.Provenance.Source)}
	if property == "level" {
		h.Datum = cmp.Or(t.Text("datum"), datumOf(r))
	}
	value, err := t.Number("value")
	if err != nil {
		return h, err
	}
	if value == nil || h.Type == "" {
		return h, fault.New(fault.Invalid, "field-missing", "{field} is missing", "field", "type or value")
	}
	h.Value = *value
	for name, into := range map[string]*time.Time{"valid_from": &h.From, "valid_to": &h.To} {
		day, err := t.Date(name)
		if err != nil {
			return h, err
		}
		if day != nil {
			*into = *day
		}
	}
	for name, into := range map[string]*int{"season_from": &h.SeasonFrom, "season_to": &h.SeasonTo} {
		n, err := t.Integer(name)
		if err != nil {
			return h, err
		}
		if n != nil {
			*into = *n
		}
	}
	return h, nil
}
