// Package hydro is the water: rivers, their reaches and nodes, cross-sections, works, dikes and stations, and the status that follows from readings.
package hydro

import (
	"basin/twin"
)

// Nouns are the tables of the water. Their columns are filled from fields of the same names.
func Nouns() []twin.Noun {
	return []twin.Noun{
		{Kind: "river", Table: "hydro.river", Columns: []twin.Column{twin.Text("rank"), twin.Text("boundary"), twin.Number("attested_length_km")}},
		{Kind: "node", Table: "hydro.node", Columns: []twin.Column{twin.Text("type").Or("junction"), twin.Number("elevation_m"), twin.Text("datum")}},
		{Kind: "reach", Table: "hydro.reach", Columns: []twin.Column{twin.Refer("river", "river"), twin.Refer("from_node", "node"), twin.Refer("to_node", "node"),
			twin.Number("from_chainage_m"), twin.Number("to_chainage_m"), twin.Text("flow_direction")}, After: relateReaches},
		{Kind: "section", Table: "hydro.section", Columns: []twin.Column{twin.Refer("river", "river"), twin.Refer("reach", "reach"),
			twin.Number("chainage_m").Derived(), twin.Text("datum"), twin.Date("surveyed")}, After: putSectionPoints},
		{Kind: "work", Table: "hydro.work", Columns: []twin.Column{twin.Text("type").Or("other"), twin.Refer("river", "river"), twin.Number("chainage_m").Derived(),
			twin.Text("side"), twin.Bool("key_works"), twin.Refer("inner_node", "node"), twin.Refer("outer_node", "node"), twin.Number("net_width_m"),
			twin.Number("design_drain_m3s"), twin.Number("design_intake_m3s"), twin.Number("max_drain_m3s"), twin.Integer("built_year"),
			twin.Number("flood_return_years"), twin.Number("drain_return_years")}, After: equipWorks},
		{Kind: "dike", Table: "hydro.dike", Columns: []twin.Column{twin.Refer("river", "river"), twin.Number("return_years")}, After: twin.Together(crests.Put, relateRivers)},
		{Kind: "station", Table: "hydro.station", Columns: []twin.Column{twin.Text("type").Or("other"), twin.Refer("river", "river"), twin.Refer("reach", "reach"),
			twin.Number("chainage_m").Derived()}, After: equipStations},
	}
}

// Parts of the water: gates and pump units of works, curves of pump units and of storage, crests of dikes.
var (
	gates = twin.Part{Field: "gates", Table: "hydro.gate", Owner: "work", Key: []string{"number"}, Whole: true, Columns: []twin.Column{twin.Integer("number"), twin.Number("width_m"),
		twin.Number("height_m"), twin.Number("sill_m"), twin.Text("datum")}}
	units = twin.Part{Field: "units", Table: "hydro.pump_unit", Owner: "work", Key: []string{"number"}, Whole: true, Columns: []twin.Column{twin.Integer("number"),
		twin.Text("direction").Or("drain"), twin.Number("capacity_m3s"), twin.Number("power_kw")}}
	pumpCurves = twin.Part{Field: "pump_curves", Table: "hydro.pump_curve", Owner: "work", Key: []string{"number", "head_m"}, Whole: true, Columns: []twin.Column{twin.Integer("number"),
		twin.Number("head_m"), twin.Number("discharge_m3s")}}
	storageCurves = twin.Part{Field: "storage_curve", Table: "hydro.storage_curve", Owner: "work", Key: []string{"datum", "level_m"}, Whole: true, Columns: []twin.Column{twin.Text("datum"),
		twin.Number("level_m"), twin.Number("area_m2"), twin.Number("volume_m3")}}
	crests = twin.Part{Field: "crests", Table: "hydro.dike_crest", Owner: "dike", Key: []string{"chainage_m"}, Whole: true, Columns: []twin.Column{twin.Number("chainage_m"),
		twin.Number("crest_m"), twin.Text("datum")}}
)
