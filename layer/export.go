package layer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Form says how an exported geometry is written. Eastings come before northings, as readers of files expect whatever the system says, but for GML.
type Form int

// The forms. Coordinates as text have nine decimal places, those in metres four; as WKB they are what is stored.
const (
	AsGeoJSON Form = iota
	AsWKT
	AsWKB
	AsGML         // GML 3.2 in EPSG:4326, latitude first, as that system has it
	AsGMLMercator // GML 3.2 in EPSG:3857
)

// turned is SQL for a geometry whose outer rings run counterclockwise, as GeoJSON wants them.
const turned = "ST_ForcePolygonCCW(l.geom)"

// geometry is the expression in SQL that writes the geometry in that form.
func (f Form) geometry(crs CRS) string {
	placed, digits := crs.placed(turned), strconv.Itoa(crs.digits())
	switch f {
	case AsWKT:
		return "ST_AsText(" + placed + ", " + digits + ")"
	case AsWKB:
		return "ST_AsBinary(" + placed + ", 'NDR')"
	case AsGML:
		return "ST_AsGML(3, " + turned + ", 9, 21, 'gml', 'g.' || l.gid)"
	case AsGMLMercator:
		return "ST_AsGML(3, ST_Transform(" + turned + ", 3857), 4, 5, 'gml', 'g.' || l.gid)"
	case AsGeoJSON:
	}
	return "ST_AsGeoJSON(" + placed + ", " + digits + ", 0)"
}

// geoJSON is the expression in SQL that writes the geometry on a page, in the order of the system's axes.
func (q Query) geoJSON() string {
	if q.SkipGeometry {
		return "NULL::text"
	}
	return "ST_AsGeoJSON(" + q.CRS.fromStored(turned) + ", " + strconv.Itoa(q.CRS.digits()) + ", 0)" // without the system, which a header tells
}

// Show is the layer with the columns that an export of a query has: those that are wanted, and for the nearest how far they are.
func (l Layer) Show(q Query) (Layer, error) {
	l, err := l.only(q.Properties)
	if err != nil || q.Nearest == nil {
		return l, err
	}
	l.Columns = append(slices.Clone(l.Columns), Column{Name: l.distanceName(), Type: TypeNumber, Comment: "Metres along the surface of the Earth."})
	return l, nil
}

// distanceName names the column of distances; no other has that name, in any case of its letters.
func (l Layer) distanceName() string {
	name := "distance_m"
	for slices.ContainsFunc(l.Columns, func(c Column) bool { return strings.EqualFold(c.Name, name) }) {
		name += "_"
	}
	return name
}

// Row is a feature on its way out.
type Row struct {
	GID        int64
	Kind       string // POINT, MULTIPOLYGON and so on; empty where its place is unknown
	Z          bool   // whether its coordinates have heights
	Geometry   []byte // in the form that was asked for; nil where unknown
	Attributes []byte // an object of JSON
	Distance   []byte // of one of the nearest on a page: metres; else nil
}

// GeoJSON appends the row as a feature of GeoJSON. Its geometry must be in that form.
func (r Row) GeoJSON(to []byte) []byte {
	geometry := r.Geometry
	if geometry == nil {
		geometry = []byte("null")
	}
	to = strconv.AppendInt(append(to, `{"type":"Feature","id":`...), r.GID, 10)
	if r.Distance != nil {
		to = append(append(to, `,"distance_m":`...), r.Distance...)
	}
	to = append(append(to, `,"geometry":`...), geometry...)
	return append(append(append(to, `,"properties":`...), r.Attributes...), '}')
}

// Values are the attributes one by one, each as it stands in JSON.
func (r Row) Values() (map[string]json.RawMessage, error) {
	values := map[string]json.RawMessage{}
	if err := json.Unmarshal(r.Attributes, &values); err != nil {
		return nil, fmt.Errorf("attributes of %d: %w", r.GID, err)
	}
	return values, nil
}

// Null says whether a value is null.
func Null(v json.RawMessage) bool { return len(v) == 0 || bytes.Equal(v, []byte("null")) }
