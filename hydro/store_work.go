package hydro

import (
	"cmp"
	"context"
	"maps"

	"github.com/jackc/pgx/v5"

	"basin/geo"
	"basin/twin"
)

// maxParts bounds the gates and the pump units that a mere count may stand for.
const maxParts = 200

// equipWorks makes the gates, pump units, curves and datastreams of works. Gates come as a list (gates: number, width_m, height_m, sill_m, datum) or as their
// count and common size (openings, opening_width_m, sill_elevation_m); pump units as a list (units: number, capacity_m3s, direction, power_kw) or as
// their count and total capacity (pump_units, pump_m3s, pump_direction); curves as lists (pump_curves, storage_curve).
func equipWorks(ctx context.Context, tx pgx.Tx, rows []twin.Row) error {
	var streams []twin.Datastream
	for _, r := range rows {
		if err := listGates(r.Fields); err != nil {
			return err
		}
		if err := listUnits(r.Fields); err != nil {
			return err
		}
		streams = append(streams, workStreams(r)...)
	}
	steps := twin.Together(gates.Put, units.Put, pumpCurves.Put, storageCurves.Put, relateRivers)
	if err := steps(ctx, tx, rows); err != nil {
		return err
	}
	return twin.PutDatastreams(ctx, tx, streams)
}

// relateRivers records that things are on their rivers.
func relateRivers(ctx context.Context, tx pgx.Tx, rows []twin.Row) error {
	var relations []twin.Relation
	for _, r := range rows {
		if code := r.Fields.Text("river"); code != "" {
			relations = append(relations, twin.Relation{Source: r.ID(), Type: "on", Target: twin.Referred(code, "river")})
		}
	}
	return twin.RelateOnly(ctx, tx, relations)
}

// listGates makes a list of gates of their count, numbers gates that have none, and sees to it that every sill has a datum.
func listGates(f twin.Fields) error {
	n, err := f.Integer("openings")
	if err != nil {
		return err
	}
	if n != nil && f["gates"] == nil {
		same := map[string]any{"width_m": f["opening_width_m"], "sill_m": f["sill_elevation_m"]}
		f["gates"] = repeat(same, min(*n, maxParts))
	}
	for i, g := range twin.Records(f, "gates") {
		if g["number"] == nil {
			g["number"] = i + 1
		}
		if g.Text("sill_m") != "" {
			g["datum"] = cmp.Or(g.Text("datum"), f.Text("datum"), "unknown")
		} else {
			delete(g, "datum")
		}
	}
	return nil
}

// listUnits makes a list of pump units of their count and total capacity, and numbers units that have none.
func listUnits(f twin.Fields) error {
	n, err := f.Integer("pump_units")
	if err != nil {
		return err
	}
	total, err := f.Number("pump_m3s")
	if err != nil {
		return err
	}
	if n != nil && f["units"] == nil {
		same := map[string]any{"direction": f["pump_direction"]}
		if total != nil && *n > 0 {
			same["capacity_m3s"] = *total / float64(*n)
		}
		f["units"] = repeat(same, min(*n, maxParts))
	}
	for i, u := range twin.Records(f, "units") {
		if u["number"] == nil {
			u["number"] = i + 1
		}
	}
	return nil
}

// repeat is a list of n records that say the same.
func repeat(record map[string]any, n int) []any {
	out := make([]any, max(0, n))
	for i := range out {
		one := map[string]any{}
		maps.Copy(one, record)
		out[i] = one
	}
	return out
}

// workStreams are the datastreams that a work of its type has: levels on both sides, the opening of each gate, the number of units running.
func workStreams(r twin.Row) []twin.Datastream {
	at, ok := geo.At(r.Geometry)
	if !ok {
		return nil
	}
	base := twin.Datastream{Thing: r.ID(), Class: r.Class, Longitude: at[0], Latitude: at[1]}
	var out []twin.Datastream
	add := func(property, role string, number int, datum string) {
		d := base
		d.Property, d.Role, d.Number, d.Datum = property, role, number, datum
		out = append(out, d)
	}
	kind := r.Fields.Text("type")
	switch kind {
	case "sluice", "tidal-sluice", "sluice-pump", "pump", "lock", "sluice-lock", "gate":
		add("level", "inner", 0, datumOf(r))
		add("level", "outer", 0, datumOf(r))
	}
	for _, g := range twin.Records(r.Fields, "gates") {
		if n, err := g.Integer("number"); err == nil && n != nil {
			add("gate_opening", "", *n, "")
		}
	}
	if len(twin.Records(r.Fields, "units")) > 0 || kind == "pump" || kind == "sluice-pump" {
		add("pump_running", "", 0, "")
	}
	return out
}
