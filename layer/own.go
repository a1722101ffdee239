package layer

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"basin/access"
	"basin/fault"
	"basin/geo"
)

// OwnLayer describes a layer that a user loads from a file.
type OwnLayer struct {
	ID           string
	Title        Title
	Columns      []Column // names as in the file
	GeometryType string   // point, line, polygon or mixed; empty means mixed
	Class        access.Class
	Dataset      string // id of the catalogue's dataset; empty for none

	MinZoom, MaxZoom *int     // zoom levels of its tiles; nil for those that it has, from 0 to 16 when it is new
	TileAttributes   []string // columns that its tiles have, named as in the file; nil for those that they have, empty for all
}

// OwnFeature is a feature of such a layer.
type OwnFeature struct {
	Code      string       // what the file calls it, unique in the file; empty means its index
	Index     int          // its place in the file
	Geometry  geo.Geometry // EPSG:4326, longitude first; nil where unknown
	Class     access.Class // empty means internal
	Status    string       // of the geometry: surveyed, derived, …; empty means unknown
	AccuracyM *float64
	Source    string
	Values    map[string]any // by the names of the layer's columns in the file
}

// Changes counts what a load did.
type Changes struct {
	Added, Changed, Same, Removed int
}

// sqlTypes are the types in SQL of the columns of users' tables.
var sqlTypes = map[string]string{TypeString: "text", TypeInteger: "bigint", TypeNumber: "double precision", TypeBoolean: "boolean",
	TypeDate: "date", TypeTime: "timestamp with time zone", TypeJSON: "jsonb"}

// fixed are the columns that every user's table has, and those that every table has anyway.
var fixed = []string{"gid", "id", "code", "source_index", "geometry_status", "accuracy_m", "source", "dataset", "class", "changed", "geom", "geom_3857",
	"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"}

// shown are those of the fixed columns that tiles can have.
var shown = []string{"id", "code", "source_index", "geometry_status", "accuracy_m", "source", "dataset"}

// Limits of a user's layer.
const (
	maxZoom    = 22
	maxColumns = 500
	maxName    = 63 // bytes, of PostgreSQL's names
)

var ownID = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// ColumnName is the name of the column for what the file calls name. Different names have different columns.
func ColumnName(name string) string {
	if slices.Contains(fixed, strings.TrimRight(name, "_")) || strings.TrimRight(name, "_") == "" {
		name += "_"
	}
	if len(name) <= maxName && utf8.ValidString(name) && !strings.ContainsRune(name, 0) {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	cut := strings.ReplaceAll(strings.ToValidUTF8(name, ""), "\x00", "")
	for len(cut) > maxName-17 {
		_, n := utf8.DecodeLastRuneInString(cut)
		cut = cut[:len(cut)-n]
	}
	return cut + "_" + hex.EncodeToString(sum[:8])
}

// Check refuses a layer that cannot be made.
func (o OwnLayer) Check() error {
	if !ownID.MatchString(o.ID) {
		return fault.New(fault.Invalid, "bad-layer-id",
			"{layer} cannot be the id of a layer: small letters, digits and underscores only, beginning with a letter, at most 63", "layer", strconv.Quote(o.ID))
	}
	if o.ID == All {
		return fault.New(fault.Invalid, "reserved-layer-id", "{layer} cannot be the id of a layer: it stands for all of them", "layer", o.ID)
	}
	if len(o.Columns) > maxColumns {
		return fault.New(fault.Invalid, "too-many-columns", "the layer {layer} has more than {limit} columns", "layer", o.ID, "limit", maxColumns)
	}
	for _, z := range []*int{o.MinZoom, o.MaxZoom} {
		if z != nil && (*z < 0 || *z > maxZoom) || o.MinZoom != nil && o.MaxZoom != nil && *o.MinZoom > *o.MaxZoom {
			return fault.New(fault.Invalid, "bad-zoom-range", "the zoom levels of the layer {layer} are not from 0 to {limit}, or end before they begin", "layer", o.ID, "limit", maxZoom)
		}
	}
	for _, name := range o.TileAttributes {
		if !slices.ContainsFunc(o.Columns, func(c Column) bool { return c.Name == name }) && !slices.Contains(shown, name) {
			return fault.New(fault.Invalid, "unknown-tile-attribute", "the layer {layer} has no column {column} for its tiles", "layer", o.ID, "column", name)
		}
	}
	seen := map[string]bool{}
	for _, c := range o.Columns {
		if sqlTypes[c.Type] == "" || seen[c.Name] {
			return fault.New(fault.Invalid, "bad-column", "the column {column} of the layer {layer} is of no known type or named twice", "column", c.Name, "layer", o.ID)
		}
		seen[c.Name] = true
	}
	return nil
}

// tileColumns are the columns of TileAttributes.
func (o OwnLayer) tileColumns() (out []string) {
	if o.TileAttributes == nil {
		return nil
	}
	out = []string{}
	for _, name := range o.TileAttributes {
		if slices.ContainsFunc(o.Columns, func(c Column) bool { return c.Name == name }) {
			name = ColumnName(name)
		}
		out = append(out, name)
	}
	return out
}

// convert makes of a value from a file one that the column holds, ready to be written as JSON.
func (c Column) convert(v any) (any, error) {
	bad := func() (any, error) {
		return nil, fault.New(fault.Invalid, "bad-value", "a value of the column {column} is not of the type {type}", "column", c.Name, "type", c.Type)
	}
	if v == nil {
		return nil, nil //nolint:nilnil // null is a value
	}
	switch c.Type {
	case TypeString:
		switch s := v.(type) {
		case string:
			return strings.ReplaceAll(s, "\x00", ""), nil
		case time.Time:
			return s.Format(time.RFC3339Nano), nil
		}
		b, err := json.Marshal(v)
		if err != nil {
			return bad()
		}
		return string(b), nil
	case TypeInteger, TypeNumber:
		return c.convertNumber(v, bad)
	case TypeBoolean:
		if b, ok := v.(bool); ok {
			return b, nil
		}
		return bad()
	case TypeDate, TypeTime:
		switch s := v.(type) {
		case time.Time:
			return s, nil
		case string:
			if s == "" {
				return nil, nil //nolint:nilnil // null is a value
			}
			return s, nil
		}
		return bad()
	}
	return v, nil
}

// convertNumber is convert for numbers.
func (c Column) convertNumber(v any, bad func() (any, error)) (any, error) {
	if n, ok := v.(json.Number); ok {
		if i, err := n.Int64(); err == nil {
			return i, nil
		}
		f, err := n.Float64()
		if err != nil {
			return bad()
		}
		v = f
	}
	switch n := v.(type) {
	case int:
		return n, nil
	case int32:
		return n, nil
	case int64:
		return n, nil
	case float64:
		if math.IsNaN(n) || math.IsInf(n, 0) {
			return nil, nil //nolint:nilnil // files write what they do not know like this
		}
		if c.Type == TypeNumber {
			return n, nil
		}
		if n == math.Trunc(n) && math.Abs(n) < 1<<63 {
			return int64(n), nil
		}
	}
	return bad()
}
