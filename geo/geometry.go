// Package geo is geometry without a database: coordinate systems, H3 cells, distances and places along lines. Coordinates are
// longitude and latitude in degrees, WGS 84 or CGCS2000 (they differ by centimetres), unless a name says otherwise.
package geo

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"

	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/ewkb"
	"github.com/twpayne/go-geom/encoding/geojson"

	"basin/fault"
)

// Geometry is any geometry, with or without heights.
type Geometry = geom.T

// Place is a longitude and a latitude, or an x and a y.
type Place [2]float64

// Point makes a point.
func Point(p Place) Geometry { return geom.NewPointFlat(geom.XY, []float64{p[0], p[1]}) }

// Line makes a line.
func Line(places []Place) Geometry { return geom.NewLineStringFlat(geom.XY, flat(places)) }

// Polygon makes a polygon from its rings, the outer one first; each ring is closed by its first place.
func Polygon(rings ...[]Place) Geometry {
	var coords []float64
	var ends []int
	for _, ring := range rings {
		coords = append(coords, flat(ring)...)
		if n := len(ring); n > 0 && ring[0] != ring[n-1] {
			coords = append(coords, ring[0][0], ring[0][1])
		}
		ends = append(ends, len(coords))
	}
	return geom.NewPolygonFlat(geom.XY, coords, ends)
}

// MultiPolygon joins polygons.
func MultiPolygon(polygons []Geometry) (Geometry, error) {
	m := geom.NewMultiPolygon(geom.XY)
	for _, p := range polygons {
		polygon, ok := p.(*geom.Polygon)
		if !ok {
			return nil, fmt.Errorf("%T is not a polygon", p)
		}
		if err := m.Push(polygon); err != nil {
			return nil, fmt.Errorf("join polygons: %w", err)
		}
	}
	return m, nil
}

// Surface makes a multi-polygon with heights: polygons of rings of x, y, z. A polygon whose outer ring has fewer than three places becomes an empty one, so
// that the others keep their numbers; holes as poor as that are left out.
func Surface(polygons [][][][3]float64) Geometry {
	var coords []float64
	var ends [][]int
	for _, rings := range polygons {
		var polygonEnds []int
		for i, ring := range rings {
			if n := len(ring); n > 1 && ring[0] == ring[n-1] {
				ring = ring[:n-1]
			}
			if len(ring) < 3 {
				if i == 0 {
					break
				}
				continue
			}
			for _, v := range ring {
				coords = append(coords, v[0], v[1], v[2])
			}
			coords = append(coords, ring[0][0], ring[0][1], ring[0][2])
			polygonEnds = append(polygonEnds, len(coords))
		}
		ends = append(ends, polygonEnds)
	}
	return geom.NewMultiPolygonFlat(geom.XYZ, coords, ends)
}

func flat(places []Place) []float64 {
	out := make([]float64, 0, 2*len(places))
	for _, p := range places {
		out = append(out, p[0], p[1])
	}
	return out
}

// EWKB is g as PostGIS reads it, in the reference system of that number.
func EWKB(g Geometry, srid int) ([]byte, error) {
	g, err := geom.SetSRID(g, srid)
	if err != nil {
		return nil, fmt.Errorf("set SRID: %w", err)
	}
	var b bytes.Buffer
	if err := ewkb.Write(&b, binary.LittleEndian, g); err != nil {
		return nil, fmt.Errorf("write EWKB: %w", err)
	}
	return b.Bytes(), nil
}

// maxDepth bounds nested geometry collections.
const maxDepth = 8

// ParseGeoJSON reads a GeoJSON geometry; null is nil. Numbers must be finite; what they mean is for the caller to know.
func ParseGeoJSON(raw []byte) (Geometry, error) {
	if len(bytes.TrimSpace(raw)) == 0 || bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		return nil, nil
	}
	if depth(raw) > maxDepth*4 {
		return nil, fault.New(fault.Invalid, "bad-geometry", "the geometry cannot be used: {why}", "why", "it is nested too deeply")
	}
	var shape struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(raw, &shape); err != nil {
		return nil, fault.New(fault.Invalid, "bad-geometry", "the geometry is not GeoJSON: {why}", "why", err.Error())
	}
	var g geom.T
	if err := geojson.Unmarshal(raw, &g); err != nil {
		return nil, fault.New(fault.Invalid, "bad-geometry", "the geometry is not GeoJSON: {why}", "why", err.Error())
	}
	if err := Check(g); err != nil {
		return nil, err
	}
	return g, nil
}

// depth is how deeply brackets nest.
func depth(raw []byte) int {
	deepest, now := 0, 0
	for _, b := range raw {
		switch b {
		case '[', '{':
			now++
			deepest = max(deepest, now)
		case ']', '}':
			now--
		}
	}
	return deepest
}

// Check refuses geometries that nothing can be done with: not finite, lines of one place, rings of fewer than four.
func Check(g Geometry) error {
	bad := func(why string) error {
		return fault.New(fault.Invalid, "bad-geometry", "the geometry cannot be used: {why}", "why", why)
	}
	if c, ok := g.(*geom.GeometryCollection); ok {
		for _, part := range c.Geoms() {
			if err := Check(part); err != nil {
				return err
			}
		}
		return nil
	}
	stride := g.Stride()
	for i, x := range g.FlatCoords() {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			if i%stride < 2 {
				return bad("a coordinate is not a number")
			}
		}
	}
	if len(g.FlatCoords()) == 0 {
		return bad("it is empty")
	}
	switch g := g.(type) {
	case *geom.LineString:
		if g.NumCoords() < 2 {
			return bad("a line has fewer than two places")
		}
	case *geom.MultiLineString:
		for i := range g.NumLineStrings() {
			if g.LineString(i).NumCoords() < 2 {
				return bad("a line has fewer than two places")
			}
		}
	case *geom.Polygon:
		return checkRings(g, bad)
	case *geom.MultiPolygon:
		for i := range g.NumPolygons() {
			if err := checkRings(g.Polygon(i), bad); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkRings(p *geom.Polygon, bad func(string) error) error {
	if p.NumLinearRings() == 0 {
		return bad("a polygon has no ring")
	}
	for i := range p.NumLinearRings() {
		ring := p.LinearRing(i)
		n := ring.NumCoords()
		if n < 4 {
			return bad("a ring has fewer than four places")
		}
		if a, b := ring.Coord(0), ring.Coord(n-1); a[0] != b[0] || a[1] != b[1] {
			return bad("a ring is not closed")
		}
	}
	return nil
}

// CheckDegrees refuses geometries outside the range of longitude and latitude.
func CheckDegrees(g Geometry) error {
	ok := true
	Each(g, func(x, y float64) {
		ok = ok && x >= -180 && x <= 180 && y >= -90 && y <= 90
	})
	if !ok {
		return fault.New(fault.Invalid, "not-degrees", "the coordinates are not longitude and latitude in degrees: name their coordinate system with --crs")
	}
	return nil
}

// Each calls fn with each place of g.
func Each(g Geometry, fn func(x, y float64)) {
	if c, ok := g.(*geom.GeometryCollection); ok {
		for _, part := range c.Geoms() {
			Each(part, fn)
		}
		return
	}
	stride, coords := g.Stride(), g.FlatCoords()
	for i := 0; i+1 < len(coords); i += stride {
		fn(coords[i], coords[i+1])
	}
}

// Move replaces each place of g, in place, by what fn makes of it.
func Move(g Geometry, fn func(Place) Place) {
	if c, ok := g.(*geom.GeometryCollection); ok {
		for _, part := range c.Geoms() {
			Move(part, fn)
		}
		return
	}
	stride, coords := g.Stride(), g.FlatCoords()
	for i := 0; i+1 < len(coords); i += stride {
		p := fn(Place{coords[i], coords[i+1]})
		coords[i], coords[i+1] = p[0], p[1]
	}
}

// Lines returns the lines of g as places; nothing for points and polygons.
func Lines(g Geometry) [][]Place {
	switch g := g.(type) {
	case *geom.LineString:
		return [][]Place{places(g.FlatCoords(), g.Stride())}
	case *geom.MultiLineString:
		out := make([][]Place, g.NumLineStrings())
		for i := range out {
			l := g.LineString(i)
			out[i] = places(l.FlatCoords(), l.Stride())
		}
		return out
	}
	return nil
}

// Heights returns the heights of a point or line, place by place; nil when g has none.
func Heights(g Geometry) []float64 {
	if g == nil || g.Layout().ZIndex() < 0 {
		return nil
	}
	var out []float64
	for i := g.Layout().ZIndex(); i < len(g.FlatCoords()); i += g.Stride() {
		out = append(out, g.FlatCoords()[i])
	}
	return out
}

// Outline returns the outer ring of a polygon, or of the first polygon of several; nil for anything else.
func Outline(g Geometry) []Place {
	switch g := g.(type) {
	case *geom.Polygon:
		r := g.LinearRing(0)
		return places(r.FlatCoords(), r.Stride())
	case *geom.MultiPolygon:
		if g.NumPolygons() > 0 {
			return Outline(g.Polygon(0))
		}
	}
	return nil
}

func places(coords []float64, stride int) []Place {
	out := make([]Place, 0, len(coords)/stride)
	for i := 0; i+1 < len(coords); i += stride {
		out = append(out, Place{coords[i], coords[i+1]})
	}
	return out
}

// Kind is what sort of geometry g is: point, line, polygon or mixed.
func Kind(g Geometry) string {
	switch g.(type) {
	case *geom.Point, *geom.MultiPoint:
		return "point"
	case *geom.LineString, *geom.MultiLineString:
		return "line"
	case *geom.Polygon, *geom.MultiPolygon:
		return "polygon"
	}
	return "mixed"
}

// At is a place that stands for g: the point itself, the middle of a line, the mean of an outline.
func At(g Geometry) (Place, bool) {
	if g == nil {
		return Place{}, false
	}
	if lines := Lines(g); len(lines) > 0 && len(lines[0]) > 1 {
		return Along(lines[0], Length(lines[0])/2), true
	}
	points := Outline(g)
	if len(points) > 1 {
		points = points[1:] // a ring ends where it begins
	} else {
		Each(g, func(x, y float64) { points = append(points, Place{x, y}) })
	}
	if len(points) == 0 {
		return Place{}, false
	}
	var sum Place
	for _, p := range points {
		sum[0], sum[1] = sum[0]+p[0], sum[1]+p[1]
	}
	return Place{sum[0] / float64(len(points)), sum[1] / float64(len(points))}, true
}

// Contains says whether a polygon or several hold a place; their edges are in doubt.
func Contains(g Geometry, at Place) bool {
	switch g := g.(type) {
	case *geom.Polygon:
		inside := false
		for i := range g.NumLinearRings() {
			r := g.LinearRing(i)
			if ringHolds(places(r.FlatCoords(), r.Stride()), at) {
				inside = !inside
			}
		}
		return inside
	case *geom.MultiPolygon:
		for i := range g.NumPolygons() {
			if Contains(g.Polygon(i), at) {
				return true
			}
		}
	}
	return false
}

// ringHolds counts crossings of a ray to the east.
func ringHolds(ring []Place, at Place) bool {
	inside := false
	for i, j := 0, len(ring)-1; i < len(ring); j, i = i, i+1 {
		a, b := ring[i], ring[j]
		if (a[1] > at[1]) != (b[1] > at[1]) && at[0] < (b[0]-a[0])*(at[1]-a[1])/(b[1]-a[1])+a[0] {
			inside = !inside
		}
	}
	return inside
}

// Bounds is the box around g: west, south, east, north.
func Bounds(g Geometry) [4]float64 {
	b := [4]float64{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	Each(g, func(x, y float64) {
		b = [4]float64{math.Min(b[0], x), math.Min(b[1], y), math.Max(b[2], x), math.Max(b[3], y)}
	})
	return b
}

// MultiLine joins lines.
func MultiLine(lines [][]Place) Geometry {
	var coords []float64
	var ends []int
	for _, line := range lines {
		coords = append(coords, flat(line)...)
		ends = append(ends, len(coords))
	}
	return geom.NewMultiLineStringFlat(geom.XY, coords, ends)
}
