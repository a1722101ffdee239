// Package twin holds what is and what is observed: the register of things, their datastreams and thresholds, readings with
// their corrections, rollups, and the state of any thing at any time.
package twin

import (
	"basin/access"
	"basin/geo"
)

// Thing is an entry of the register: what every noun shares, whatever its kind. Table twin.thing.
type Thing struct {
	Kind       string // area, river, reach, node, section, work, dike, station, building, cityobject, road, segment, bridge
	Code       string // unique within its kind
	Name       Name
	Geometry   geo.Geometry // EPSG:4326, longitude first; nil where unknown; heights are dropped, a noun's own table keeps them
	Class      access.Class // empty means internal
	Area       string       // code of the administrative area it lies in
	Provenance Provenance
	Properties map[string]any // what the source said beyond the columns of the noun
}

// Name is a thing's name in the languages and times that have one.
type Name struct {
	Zh, En, Pinyin string
	Former         []string
}

// Provenance says where a thing comes from and how far its place may be trusted. It travels from the file to the map.
type Provenance struct {
	Status    string   // surveyed, derived, simplified, schematic, synthetic, assumed, unknown; empty means unknown
	AccuracyM *float64 // horizontal accuracy in metres; nil where nobody stated one
	Source    string   // in the words of whoever supplied it
	Dataset   string   // id of the catalogue's dataset; empty for none
}

// ID is the thing's identifier: kind and code joined by a colon.
func (t Thing) ID() string { return ID(t.Kind, t.Code) }

// ID makes the identifier of the thing of that kind and code.
func ID(kind, code string) string { return kind + ":" + code }

// Relation says how two things belong together, read from source to target. Table twin.relation.
type Relation struct {
	Source string // id of the thing that has the relation
	Type   string // on, part_of, from_node, to_node, inner_node, outer_node, measures, in, crosses
	Target string // id of the thing it points at
}

// Changes counts what a load did. Loading the same thing twice leaves it Same.
type Changes struct {
	Added, Changed, Same int
}

// Plus adds the counts of two loads.
func (c Changes) Plus(d Changes) Changes {
	return Changes{Added: c.Added + d.Added, Changed: c.Changed + d.Changed, Same: c.Same + d.Same}
}
