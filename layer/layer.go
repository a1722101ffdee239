// Package layer holds the register of layers, ours and users' own, and the questions that are asked of them: features, counts, extents.
// A layer is a relation with the columns gid, id, class, geom, geom_3857 and changed, and whatever else it shows.
package layer

import (
	"slices"

	"basin/access"
	"basin/fault"
)

// Layer is an entry of the register, with the columns that its relation shows.
type Layer struct {
	ID           string
	Title        Title
	Comment      string // what the relation's comment says
	GeometryType string // point, line, polygon or mixed
	MinZoom      int    // first zoom level at which tiles hold it
	MaxZoom      int    // last zoom level for which tiles are made
	Own          bool   // whether a user loaded it
	Class        access.Class
	Attribution  string // source of its dataset; empty where there is none or the reader may not know of it
	Columns      []Column
	Time         *Time // nil for a layer without time

	TileAttributes []string // columns that its tiles have; nil for all that tiles can have

	schema, relation string
}

// InTiles says whether tiles have a column, if they can have it.
func (l Layer) InTiles(column string) bool {
	return l.TileAttributes == nil || slices.Contains(l.TileAttributes, column)
}

// Endings of the names of layers that are made of others and stand in no register: tiles have them.
const (
	StatusSuffix = "_status" // features with their status
	LabelSuffix  = "_label"  // places of labels
)

// All stands for all layers together where one can be named.
const All = "basin"

// Title is a layer's name for people.
type Title struct{ Zh, En string }

// Text is a text for people.
type Text struct {
	Zh string `json:"zh"`
	En string `json:"en"`
}

// Column is an attribute of a layer's features.
type Column struct {
	Name    string
	Type    string // one of Types
	Comment string // empty where nobody wrote one
}

// Types of columns. Those of the type TypeJSON hold lists and objects.
const (
	TypeString  = "string"
	TypeInteger = "integer"
	TypeNumber  = "number"
	TypeBoolean = "boolean"
	TypeDate    = "date"
	TypeTime    = "date-time"
	TypeJSON    = "json"
)

// Time says which columns hold when a feature was there. A row where both are null is there always.
type Time struct {
	From, To   string // columns; the same one for something that happened once
	Exclusive  bool   // whether the day in To is the first on which it is no more
	FromIsDate bool   // whether From holds days rather than instants
	ToIsDate   bool
}

// Column finds a column by its name.
func (l Layer) Column(name string) (Column, bool) {
	i := slices.IndexFunc(l.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return Column{}, false
	}
	return l.Columns[i], true
}

// Queryable says whether features can be asked for by a value of c.
func (c Column) Queryable() bool { return c.Type != TypeJSON }

// temporal finds the columns that hold when a feature was there.
func temporal(columns []Column) *Time {
	l := Layer{Columns: columns}
	for _, t := range []Time{{From: "valid_from", To: "valid_to", Exclusive: true}, {From: "opened", To: "ended"}, {From: "surveyed", To: "surveyed"}} {
		from, ok1 := l.Column(t.From)
		to, ok2 := l.Column(t.To)
		timed := func(c Column) bool { return c.Type == TypeDate || c.Type == TypeTime }
		if ok1 && ok2 && timed(from) && timed(to) {
			t.FromIsDate, t.ToIsDate = from.Type == TypeDate, to.Type == TypeDate
			return &t
		}
	}
	return nil
}

// errUnknown is the answer both where there is no such layer and where the asker may not know of it.
func errUnknown(id string) error {
	return fault.New(fault.NotFound, "unknown-layer", "there is no layer {layer}", "layer", id)
}
