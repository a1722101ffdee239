// Package area is the administrative division: provinces, cities, counties, towns, villages, with the codes that were valid when.
package area

import (
	"cmp"

	"basin/twin"
)

// Nouns are the tables of administrative areas.
func Nouns() []twin.Noun {
	level := twin.Column{Name: "level", Read: func(f twin.Fields, name string) (any, error) {
		said := cmp.Or(f.Text(name), "county")
		return cmp.Or(others[said], said), nil
	}}
	return []twin.Noun{{Kind: "area", Table: "area.area", Columns: []twin.Column{level, twin.Text("parent_code"), twin.Days("valid")}}}
}

// others are words of other sources for our levels.
var others = map[string]string{"district": "county", "street": "town", "township": "town"}
