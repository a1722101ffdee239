package layer

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"basin/cql2"
)

// geometry compiles a literal geometry.
func (k *compiler) geometry(x *cql2.Geometry) (term, error) {
	shape, why := clone(x.Shape), ""
	shape.Each(func(p *cql2.Position) {
		if k.crs.Swapped {
			p.X, p.Y = p.Y, p.X
		}
		p.Z, p.HasZ = 0, false
		if why == "" {
			why = k.crs.outside(p.X, p.Y)
		}
	})
	if why != "" {
		return term{}, cql2.Wrong(x.Place, why)
	}
	wkt := shape.WKT()
	k.literals = append(k.literals, literal{wkt, x.Place})
	t := term{kind: aGeometry, sql: k.wkt(wkt), at: x.Place, constant: true}
	if shape.Type == "GeometryCollection" {
		t.mixed = true
	}
	return t, nil
}

// wkt is SQL for a geometry in the filter's system.
func (k *compiler) wkt(wkt string) string {
	return k.crs.toStored(fmt.Sprintf("ST_GeomFromText(%s::text, %d)", k.c.arg(wkt), k.crs.geodetic()))
}

// clone copies a shape.
func clone(s cql2.Shape) cql2.Shape {
	s.Points = slices.Clone(s.Points)
	s.Parts = slices.Clone(s.Parts)
	for i := range s.Parts {
		s.Parts[i] = clone(s.Parts[i])
	}
	return s
}

// outside says why a place, easting first, cannot be in the system; empty where it can.
func (c CRS) outside(x, y float64) string {
	switch {
	case !c.Geographic():
		return ""
	case math.Abs(y) > 90 && c.Swapped:
		return "a latitude is beyond 90: in this system the latitude comes first"
	case math.Abs(y) > 90:
		return "a latitude is beyond 90: the longitude comes first"
	case math.Abs(x) > 180:
		return "a longitude is beyond 180"
	}
	return ""
}

// bbox compiles a box. One whose west is greater than its east crosses the antimeridian: it is two boxes. One without width or height is a line or a point.
func (k *compiler) bbox(x *cql2.BBox) (term, error) {
	b := x.Box()
	if k.crs.Swapped {
		b = [4]float64{b[1], b[0], b[3], b[2]}
	}
	for i := 0; i < 4; i += 2 {
		if why := k.crs.outside(b[i], b[i+1]); why != "" {
			return term{}, cql2.Wrong(x.Place, why)
		}
	}
	if b[1] > b[3] || (b[0] > b[2] && !k.crs.Geographic()) {
		return term{}, cql2.Wrong(x.Place, "the least coordinates of the box are greater than the greatest")
	}
	t := term{kind: aGeometry, at: x.Place, constant: true}
	if b[0] > b[2] {
		west, east := [4]float64{b[0], b[1], 180, b[3]}, [4]float64{-180, b[1], b[2], b[3]}
		t.pieces = []string{k.c.box(k.crs, west), k.c.box(k.crs, east)}
		t.sql = "ST_Union(" + strings.Join(t.pieces, ", ") + ")"
		return t, nil
	}
	t.sql = k.c.box(k.crs, b)
	return t, nil
}

// spatials are the functions of PostGIS behind the spatial operators.
var spatials = map[string]string{"s_intersects": "ST_Intersects", "s_disjoint": "ST_Disjoint", "s_equals": "ST_Equals", "s_touches": "ST_Touches",
	"s_crosses": "ST_Crosses", "s_within": "ST_Within", "s_contains": "ST_Contains", "s_overlaps": "ST_Overlaps"}

// spatial compiles a relation in space.
func (k *compiler) spatial(x *cql2.Op) (term, error) {
	a, err := k.shape(x.Args[0])
	if err != nil {
		return a, err
	}
	b, err := k.shape(x.Args[1])
	if err != nil {
		return b, err
	}
	out := term{kind: aBoolean, at: x.Place, risky: true}
	if (a.mixed || b.mixed) && x.Name != "s_intersects" && x.Name != "s_disjoint" {
		return out, cql2.Wrong(x.Place, "a collection of geometries takes part in s_intersects and s_disjoint only")
	}
	if x.Name == "s_disjoint" { // not ST_Disjoint, which knows no index and no collections
		out.sql = "(NOT ST_Intersects(" + a.sql + ", " + b.sql + "))"
		return out, nil
	}
	out.sql = spatials[x.Name] + "(" + a.sql + ", " + b.sql + ")"
	out.index = indexed(a, b)
	return out, nil
}

// indexed is what an index finds where the layer's geometry meets a constant one: the boxes that meet.
func indexed(a, b term) []string {
	if b.plain {
		a, b = b, a
	}
	if !a.plain || !b.constant {
		return nil
	}
	pieces := b.pieces
	if len(pieces) == 0 {
		pieces = []string{b.sql}
	}
	out := make([]string, len(pieces))
	for i, piece := range pieces {
		out[i] = "l.geom && " + piece
	}
	return out
}

// shape compiles what must be a geometry.
func (k *compiler) shape(x cql2.Expr) (term, error) {
	t, err := k.term(x)
	if err == nil && t.kind != aGeometry {
		err = cql2.Wrong(t.at, "expected a geometry, but this is "+t.String())
	}
	return t, err
}
