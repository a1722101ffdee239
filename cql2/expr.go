// Package cql2 reads and writes filters in the Common Query Language of OGC (CQL2, OGC 21-065r2), as text and as JSON. It knows neither layers nor SQL; what
// names mean, and whether types fit, is for whoever asks.
package cql2

import (
	"fmt"
	"time"

	"basin/fault"
)

// Expr is a part of a filter: *Op, *Call, *Property, *Bool, *Number, *Text, *Date, *Timestamp, *Interval, *Geometry, *BBox or *Array.
type Expr interface {
	// Where is where it stands in what was given.
	Where() Place
}

// Place is where something stands: a line and a column (of characters, from 1) in text, or a pointer as in RFC 6901 into JSON.
type Place struct {
	Line, Column int
	Pointer      string
}

// Where is the place itself.
func (p Place) Where() Place { return p }

// String is the place for people.
func (p Place) String() string {
	switch {
	case p.Line > 0:
		return fmt.Sprintf("line %d, column %d", p.Line, p.Column)
	case p.Pointer == "":
		return "the whole"
	}
	return p.Pointer
}

// Wrong is the fault that a filter is wrong at that place.
func Wrong(at Place, why string) error {
	return fault.New(fault.Invalid, "bad-filter", "the filter is wrong at {place}: {why}", "place", at.String(), "why", why)
}

// Op is an operator of the standard with its operands, by its name in JSON: and, or, not, =, <>, <, >, <=, >=, like, between, in (whose second operand is
// an *Array), isNull, casei, accenti, s_…, t_…, a_…, +, -, *, /, ^, % or div. It has as many operands as the standard says.
type Op struct {
	Name string
	Args []Expr
	Place
}

// Call is a function that the standard does not define, by its name as it was written.
type Call struct {
	Name string
	Args []Expr
	Place
}

// Property is the name of a property.
type Property struct {
	Name string
	Place
}

// Bool is true or false.
type Bool struct {
	Value bool
	Place
}

// Number is a finite number. Where it is Exact it is the whole number Integer.
type Number struct {
	Value   float64
	Integer int64
	Exact   bool
	Place
}

// Text is a text. It holds no zero byte.
type Text struct {
	Value string
	Place
}

// Date is a day.
type Date struct {
	Day time.Time // its beginning in UTC
	Place
}

// Timestamp is an instant.
type Timestamp struct {
	At time.Time // in UTC
	Place
}

// Interval is a time from one instant to another, both included. A side that is nil is open.
type Interval struct {
	From, To Expr // *Date, *Timestamp, *Property, *Call or nil
	Place
}

// Array is a list.
type Array struct {
	Items []Expr
	Place
}

// Geometry is a geometry as it was written. Whether it is valid has not been looked at.
type Geometry struct {
	Shape Shape
	Place
}

// BBox is a box: the least coordinates, then the greatest, two or three each. The least first coordinate may be greater than the greatest: such a box
// crosses the antimeridian.
type BBox struct {
	Bounds []float64
	Place
}

// Box is the box without heights.
func (b *BBox) Box() [4]float64 {
	n := len(b.Bounds) / 2
	return [4]float64{b.Bounds[0], b.Bounds[1], b.Bounds[n], b.Bounds[n+1]}
}

// Limits bound what is read.
type Limits struct {
	Bytes    int // of text or JSON
	Depth    int // of nesting
	Nodes    int // parts of the expression
	Vertices int // of all literal geometries together
}

// Default are the limits of Parse and ParseJSON.
func Default() Limits { return Limits{Bytes: 64 << 10, Depth: 100, Nodes: 10_000, Vertices: 100_000} }

// budget is what is left of the limits while something is read.
type budget struct {
	limits          Limits
	depth           int
	nodes, vertices int
}

// tooLong refuses what is longer than the limit.
func (b *budget) tooLong(n int) error {
	if n > b.limits.Bytes {
		return fault.New(fault.Invalid, "filter-too-large", "the filter has more than {limit} bytes", "limit", b.limits.Bytes)
	}
	return nil
}

// enter counts a level of nesting, which leave ends.
func (b *budget) enter(at Place) error {
	if b.depth++; b.depth > b.limits.Depth {
		return Wrong(at, fmt.Sprintf("it is nested more than %d levels deep", b.limits.Depth))
	}
	return nil
}

func (b *budget) leave() { b.depth-- }

// node counts a part.
func (b *budget) node(at Place) error {
	if b.nodes++; b.nodes > b.limits.Nodes {
		return Wrong(at, fmt.Sprintf("it has more than %d parts", b.limits.Nodes))
	}
	return nil
}

// vertex counts a vertex of a geometry.
func (b *budget) vertex(at Place) error {
	if b.vertices++; b.vertices > b.limits.Vertices {
		return Wrong(at, fmt.Sprintf("its geometries have more than %d vertices", b.limits.Vertices))
	}
	return nil
}

// moment reads a day or an instant as the standard writes them; an instant may also have an offset from UTC.
func moment(s string, at Place) (Expr, bool) {
	if day, err := time.Parse(time.DateOnly, s); err == nil {
		return &Date{Day: day, Place: at}, true
	}
	if instant, err := time.Parse(time.RFC3339Nano, s); err == nil {
		if instant = instant.UTC(); instant.Year() >= 0 && instant.Year() <= 9999 {
			return &Timestamp{At: instant, Place: at}, true
		}
	}
	return nil, false
}
