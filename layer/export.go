package layer

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Form says how an exported geometry is written.
type Form int

// The forms. Coordinates as text have nine decimal places; as WKB they are what is stored.
const (
	AsGeoJSON Form = iota
	AsWKT
	AsWKB
	AsGML         // GML 3.2 in EPSG:4326, latitude first, as that system has it
	AsGMLMercator // GML 3.2 in EPSG:3857
)

// geometry is the expression in SQL that writes the geometry in that form. Outer rings of polygons run counterclockwise, as GeoJSON wants them.
func (f Form) geometry() string {
	const turned = "ST_ForcePolygonCCW(l.geom)"
	switch f {
	case AsWKT:
		return "ST_AsText(" + turned + ", 9)"
	case AsWKB:
		return "ST_AsBinary(" + turned + ", 'NDR')"
	case AsGML:
		return "ST_AsGML(3, " + turned + ", 9, 21, 'gml', 'g.' || l.gid)"
	case AsGMLMercator:
		return "ST_AsGML(3, ST_Transform(" + turned + ", 3857), 4, 5, 'gml', 'g.' || l.gid)"
	case AsGeoJSON:
	}
	return "ST_AsGeoJSON(" + turned + ", 9)"
}

// Row is a feature on its way out.
type Row struct {
	GID        int64
	Kind       string // POINT, MULTIPOLYGON and so on; empty where its place is unknown
	Z          bool   // whether its coordinates have heights
	Geometry   []byte // in the form that was asked for; nil where unknown
	Attributes []byte // an object of JSON
}

// GeoJSON appends the row as a feature of GeoJSON. Its geometry must be in that form.
func (r Row) GeoJSON(to []byte) []byte {
	geometry := r.Geometry
	if geometry == nil {
		geometry = []byte("null")
	}
	return fmt.Appendf(to, `{"type":"Feature","id":%d,"geometry":%s,"properties":%s}`, r.GID, geometry, r.Attributes)
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
