// Package city is what stands in the city: buildings and other city objects, with their levels of detail.
package city

import (
	"basin/twin"
)

// Nouns are the tables of the city: buildings and their parts, and everything else.
func Nouns() []twin.Noun {
	columns := []twin.Column{twin.Text("type").Or("Building"), twin.Integer("cim_level"), twin.Number("base_m"), twin.Number("height_m"), twin.Text("height_status"),
		twin.Text("datum"), twin.Integer("storeys_above"), twin.Integer("storeys_below"), twin.Integer("occupancy"), twin.Text("use"), twin.Integer("built_year")}
	return []twin.Noun{
		{Kind: "building", Table: "city.object", Columns: columns, After: putModels},
		{Kind: "cityobject", Table: "city.object", Columns: columns, After: putModels},
	}
}

// Kind is the layer that a CityJSON type belongs to.
func Kind(cityType string) string {
	switch cityType {
	case "Building", "BuildingPart":
		return "building"
	}
	return "cityobject"
}
