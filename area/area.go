// Package area is the administrative division: provinces, cities, counties, towns, villages, with the codes that were valid when.
package area

import (
	"basin/twin"
)

// Nouns are the tables of administrative areas.
func Nouns() []twin.Noun {
	return []twin.Noun{{Kind: "area", Table: "area.area", Columns: []twin.Column{twin.Text("level").Or("county"), twin.Text("parent_code")}}}
}
