package cql2

import (
	"strconv"
	"strings"
)

// Shape is a geometry: a Point with one position, a LineString or MultiPoint with several; a Polygon whose parts are its rings (LineStrings), a
// MultiLineString, MultiPolygon or GeometryCollection with its parts.
type Shape struct {
	Type   string // as GeoJSON has it
	Points []Position
	Parts  []Shape
}

// Position is a place of a geometry.
type Position struct {
	X, Y, Z float64
	HasZ    bool
}

// shapes are the types of geometries by their words in text.
var shapes = map[string]string{"POINT": "Point", "LINESTRING": "LineString", "POLYGON": "Polygon", "MULTIPOINT": "MultiPoint",
	"MULTILINESTRING": "MultiLineString", "MULTIPOLYGON": "MultiPolygon", "GEOMETRYCOLLECTION": "GeometryCollection"}

// HasZ says whether the positions of the shape have heights.
func (s Shape) HasZ() bool {
	for _, p := range s.Points {
		if p.HasZ {
			return true
		}
	}
	for _, part := range s.Parts {
		if part.HasZ() {
			return true
		}
	}
	return false
}

// Each calls f with every position, which f may change.
func (s Shape) Each(f func(*Position)) {
	for i := range s.Points {
		f(&s.Points[i])
	}
	for _, part := range s.Parts {
		part.Each(f)
	}
}

// WKT is the shape as text. Where one position has a height, those without have 0.
func (s Shape) WKT() string {
	var b strings.Builder
	s.write(&b, s.HasZ())
	return b.String()
}

func (s Shape) write(b *strings.Builder, z bool) {
	b.WriteString(strings.ToUpper(s.Type))
	if z {
		b.WriteString(" Z ")
	}
	if s.Type != "GeometryCollection" {
		s.writeBody(b, z)
		return
	}
	b.WriteByte('(')
	for i, part := range s.Parts {
		if i > 0 {
			b.WriteByte(',')
		}
		part.write(b, z)
	}
	b.WriteByte(')')
}

// writeBody writes what stands in the parentheses, and these.
func (s Shape) writeBody(b *strings.Builder, z bool) {
	b.WriteByte('(')
	for i, p := range s.Points {
		if i > 0 {
			b.WriteByte(',')
		}
		if s.Type == "MultiPoint" {
			b.WriteByte('(')
		}
		b.WriteString(number(p.X) + " " + number(p.Y))
		if z {
			b.WriteString(" " + number(p.Z))
		}
		if s.Type == "MultiPoint" {
			b.WriteByte(')')
		}
	}
	for i, part := range s.Parts {
		if i > 0 {
			b.WriteByte(',')
		}
		part.writeBody(b, z)
	}
	b.WriteByte(')')
}

// coordinates are the coordinates as GeoJSON nests them.
func (s Shape) coordinates() any {
	place := func(p Position) []jsonNumber {
		if p.HasZ {
			return []jsonNumber{jsonNumber(p.X), jsonNumber(p.Y), jsonNumber(p.Z)}
		}
		return []jsonNumber{jsonNumber(p.X), jsonNumber(p.Y)}
	}
	if s.Type == "Point" {
		return place(s.Points[0])
	}
	if s.Parts == nil {
		out := make([][]jsonNumber, len(s.Points))
		for i, p := range s.Points {
			out[i] = place(p)
		}
		return out
	}
	out := make([]any, len(s.Parts))
	for i, part := range s.Parts {
		out[i] = part.coordinates()
	}
	return out
}

// check says what a shape lacks; empty where it lacks nothing.
func (s Shape) check() string {
	switch s.Type {
	case "LineString":
		if len(s.Points) < 2 {
			return "a line has at least two positions"
		}
	case "Polygon":
		for _, ring := range s.Parts {
			n := len(ring.Points)
			if n < 4 {
				return "a ring of a polygon has at least four positions"
			}
			if ring.Points[0] != ring.Points[n-1] {
				return "a ring of a polygon ends where it begins"
			}
		}
	}
	if len(s.Points)+len(s.Parts) == 0 {
		return "the geometry is empty"
	}
	return ""
}

// part is the type of the parts of a shape; empty for one that has positions or any parts.
func part(of string) string {
	return map[string]string{"Polygon": "LineString", "MultiLineString": "LineString", "MultiPolygon": "Polygon"}[of]
}

// number writes a number as both forms of the language have it.
func number(x float64) string {
	if x == 0 {
		return "0" // never -0
	}
	if a := max(x, -x); a >= 1e21 || a < 1e-6 {
		return strconv.FormatFloat(x, 'E', -1, 64)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// jsonNumber is a number that JSON holds as number writes it.
type jsonNumber float64

// MarshalJSON writes the number.
func (n jsonNumber) MarshalJSON() ([]byte, error) { return []byte(number(float64(n))), nil }
