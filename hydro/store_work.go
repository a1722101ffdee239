package hydro

import (
	"context"

	"github.com/jackc/pgx/v5"

	"basin/geo"
	"basin/postgis"
	"basin/twin"
)

// equipWorks makes the gates, pump units and datastreams of works. Gates come as a list (gates: number, width_m, height_m, sill_m, datum) or as their
// count and common width (openings, opening_width_m, sill_elevation_m); pump units as a list (units: number, capacity_m3s, direction) or as their
// count and total capacity (pump_units, pump_m3s, pump_direction).
func equipWorks(ctx context.Context, tx pgx.Tx, rows []twin.Row) error {
	var streams []twin.Datastream
	for _, r := range rows {
		gates, err := putGates(ctx, tx, r)
		if err != nil {
			return err
		}
		units, err := putUnits(ctx, tx, r)
		if err != nil {
			return err
		}
		streams = append(streams, workStreams(r, gates, units)...)
		if err := relateRiver(ctx, tx, r); err != nil {
			return err
		}
	}
	return twin.PutDatastreams(ctx, tx, streams)
}

// relateRiver records that a thing is on its river.
func relateRiver(ctx context.Context, tx pgx.Tx, r twin.Row) error {
	if code := r.Fields.Text("river"); code != "" {
		return twin.RelateOnly(ctx, tx, []twin.Relation{{Source: r.ID(), Type: "on", Target: twin.Referred(code, "river")}})
	}
	return nil
}

// putGates writes a work's gates and says how many it has.
func putGates(ctx context.Context, tx pgx.Tx, r twin.Row) (int, error) {
	gates := list(r.Fields, "gates")
	if n, err := r.Fields.Integer("openings"); err != nil {
		return 0, err
	} else if n != nil && len(gates) == 0 {
		for i := range min(*n, 200) {
			gates = append(gates, twin.Fields{"number": i + 1, "width_m": r.Fields["opening_width_m"], "sill_m": r.Fields["sill_elevation_m"], "datum": r.Fields["datum"]})
		}
	}
	kept := make([]int, 0, len(gates))
	for i, g := range gates {
		number, err := g.Integer("number")
		if err != nil {
			return 0, err
		}
		if number == nil {
			n := i + 1
			number = &n
		}
		kept = append(kept, *number)
		var sizes [3]*float64
		for k, name := range []string{"width_m", "height_m", "sill_m"} {
			if sizes[k], err = g.Number(name); err != nil {
				return 0, err
			}
		}
		var datum *string
		if sizes[2] != nil {
			if text := g.Text("datum"); text != "" {
				datum = &text
			} else {
				unknown := "unknown"
				datum = &unknown
			}
		}
		if _, err := tx.Exec(ctx, `INSERT INTO hydro.gate (work, number, width_m, height_m, sill_m, datum) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (work, number) DO UPDATE SET width_m = excluded.width_m, height_m = excluded.height_m, sill_m = excluded.sill_m, datum = excluded.datum`,
			r.ID(), *number, sizes[0], sizes[1], sizes[2], datum); err != nil {
			return 0, postgis.Fault(err)
		}
	}
	return len(gates), keepOnly(ctx, tx, "hydro.gate", r.ID(), kept)
}

// keepOnly removes the gates or pump units that a work, given with some, has no more. The table is named in code.
func keepOnly(ctx context.Context, tx pgx.Tx, table, work string, numbers []int) error {
	if len(numbers) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE work = $1 AND NOT number = ANY($2::integer[])`, work, numbers)
	return postgis.Fault(err)
}

// putUnits writes a work's pump units and says how many it has.
func putUnits(ctx context.Context, tx pgx.Tx, r twin.Row) (int, error) {
	units := list(r.Fields, "units")
	n, err := r.Fields.Integer("pump_units")
	if err != nil {
		return 0, err
	}
	total, err := r.Fields.Number("pump_m3s")
	if err != nil {
		return 0, err
	}
	if n != nil && len(units) == 0 {
		for i := range min(*n, 200) {
			u := twin.Fields{"number": i + 1, "direction": r.Fields["pump_direction"]}
			if total != nil {
				u["capacity_m3s"] = *total / float64(*n)
			}
			units = append(units, u)
		}
	}
	kept := make([]int, 0, len(units))
	for i, u := range units {
		number, err := u.Integer("number")
		if err != nil {
			return 0, err
		}
		if number == nil {
			k := i + 1
			number = &k
		}
		kept = append(kept, *number)
		capacity, err := u.Number("capacity_m3s")
		if err != nil {
			return 0, err
		}
		power, err := u.Number("power_kw")
		if err != nil {
			return 0, err
		}
		direction := u.Text("direction")
		if direction == "" {
			direction = "drain"
		}
		if _, err := tx.Exec(ctx, `INSERT INTO hydro.pump_unit (work, number, direction, capacity_m3s, power_kw) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (work, number) DO UPDATE SET direction = excluded.direction, capacity_m3s = excluded.capacity_m3s, power_kw = excluded.power_kw`,
			r.ID(), *number, direction, capacity, power); err != nil {
			return 0, postgis.Fault(err)
		}
	}
	return len(units), keepOnly(ctx, tx, "hydro.pump_unit", r.ID(), kept)
}

// workStreams are the datastreams that a work of its type has: levels on both sides, the opening of each gate, the number of units running.
func workStreams(r twin.Row, gates, units int) []twin.Datastream {
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
	switch r.Fields.Text("type") {
	case "sluice", "tidal-sluice", "sluice-pump", "pump", "lock", "sluice-lock", "gate":
		datum := r.Fields.Text("datum")
		if datum == "" {
			datum = "unknown"
		}
		add("level", "inner", 0, datum)
		add("level", "outer", 0, datum)
	}
	for i := range gates {
		add("gate_opening", "", i+1, "")
	}
	if units > 0 || r.Fields.Text("type") == "pump" || r.Fields.Text("type") == "sluice-pump" {
		add("pump_running", "", 0, "")
	}
	return out
}

// putCrests writes the crest of dikes (crests: chainage_m, crest_m, datum).
func putCrests(ctx context.Context, tx pgx.Tx, rows []twin.Row) error {
	for _, r := range rows {
		for _, c := range list(r.Fields, "crests") {
			along, err := c.Number("chainage_m")
			if err != nil {
				return err
			}
			crest, err := c.Number("crest_m")
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `INSERT INTO hydro.dike_crest (dike, chainage_m, crest_m, datum) VALUES ($1, $2, $3, $4)
				ON CONFLICT (dike, chainage_m) DO UPDATE SET crest_m = excluded.crest_m, datum = excluded.datum`, r.ID(), along, crest, c.Text("datum")); err != nil {
				return postgis.Fault(err)
			}
		}
		if err := relateRiver(ctx, tx, r); err != nil {
			return err
		}
	}
	return nil
}
