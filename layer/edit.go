package layer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"basin/access"
	"basin/fault"
	"basin/geo"
)

// Operation is what an edit does with a feature.
type Operation string

// The operations.
const (
	OpCreate  Operation = "create"
	OpReplace Operation = "replace" // all of it, but what says where it comes from
	OpUpdate  Operation = "update"  // what the patch says, as in RFC 7396
	OpDelete  Operation = "delete"
	OpRestore Operation = "restore" // as it was before a change
)

// Edit is what an editor wants.
type Edit struct {
	Operation Operation
	Layer     Layer
	GID       int64        // of the feature; 0 to create one
	Body      []byte       // a feature of GeoJSON, or the patch
	CRS       CRS          // of the geometry in it
	Class     access.Class // the feature's class from now on; as it is, or the layer's for a new one, when empty
	Before    int          // for OpRestore: the change before which it was as wanted
	Match     string       // If-Match of the request: versions in quotes, one of which the feature must have; any when empty
	By        access.Principal
}

// Edited is what came of it.
type Edited struct {
	GID     int64
	Version string // the feature's version now; empty where it was deleted
}

// given are the columns that say where a feature comes from. Basin sets them; an editor may name them only as they are.
var given = []string{"id", "code", "source_index", "dataset"}

// Assigned says whether basin sets a column of a user's layer.
func (c Column) Assigned() bool { return slices.Contains(given, c.Name) }

// GeometryStatuses are the ways in which a geometry of users' own can have come about.
func GeometryStatuses() []string {
	return []string{"surveyed", "derived", "simplified", "schematic", "synthetic", "assumed", "unknown"}
}

// feature is what a body says.
type feature struct {
	Type       string          `json:"type"`
	ID         json.RawMessage `json:"id"`
	Geometry   json.RawMessage `json:"geometry"`
	Properties json.RawMessage `json:"properties"`
}

// draft is a feature that was checked and can be written.
type draft struct {
	values map[string]json.RawMessage // by column; those that are missing are null
	place  []byte                     // EWKB, easting first; nil for none
	placed bool                       // whether the place changes
}

// draft reads the body of an edit. was is the feature before it, nil for a new one.
func (e Edit) draft(was *feature) (draft, error) {
	var f feature
	if err := decodeFeature(e.Body, &f); err != nil {
		return draft{}, err
	}
	if e.Operation == OpUpdate {
		patched, err := patch(*was, f, e.Body)
		if err != nil {
			return draft{}, err
		}
		placed := f.Geometry != nil
		if f = patched; !placed {
			f.Geometry = nil
		}
	} else {
		if f.Type != "Feature" || f.Geometry == nil {
			return draft{}, badBody("it is not a feature of GeoJSON with a geometry, which may be null")
		}
		if e.GID != 0 && f.ID != nil && !Null(f.ID) && string(bytes.Trim(f.ID, `"`)) != strconv.FormatInt(e.GID, 10) {
			return draft{}, badBody("its id is that of another feature")
		}
	}
	d := draft{placed: f.Geometry != nil}
	var err error
	if d.values, err = e.values(f.Properties, was); err != nil {
		return draft{}, err
	}
	if !d.placed || Null(f.Geometry) {
		return d, nil
	}
	g, err := ParsePlace(f.Geometry)
	if err != nil {
		return draft{}, err
	}
	if kind := geo.Kind(g); e.Layer.GeometryType != "mixed" && kind != e.Layer.GeometryType {
		return draft{}, fault.New(fault.Invalid, "wrong-geometry-type", "the layer {layer} holds geometries of the type {type}", "layer", e.Layer.ID,
			"type", e.Layer.GeometryType)
	}
	if e.CRS.Swapped {
		geo.Move(g, func(p geo.Place) geo.Place { return geo.Place{p[1], p[0]} })
	}
	held := true
	geo.Each(g, func(x, y float64) { held = held && e.CRS.holds(x, y) })
	if !held {
		return draft{}, errOutside()
	}
	if d.place, err = geo.EWKB(g, e.CRS.geodetic()); err != nil {
		return draft{}, fault.New(fault.Invalid, "bad-geometry", "the geometry cannot be used: {why}", "why", err.Error())
	}
	return d, nil
}

func errOutside() error {
	return fault.New(fault.Invalid, "geometry-outside", "the geometry reaches beyond its reference system: for degrees that is 180 of longitude and 90 of latitude")
}

func badBody(why string) error {
	return fault.New(fault.Invalid, "bad-feature", "the body cannot be used: {why}", "why", why)
}

// decodeFeature reads one feature and nothing after it.
func decodeFeature(body []byte, f *feature) error {
	if err := json.Unmarshal(body, f); err != nil {
		return badBody(err.Error())
	}
	return nil
}

// ParsePlace is geo.ParseGeoJSON, safe against what its decoder does not foresee.
func ParsePlace(raw []byte) (g geo.Geometry, err error) {
	defer func() {
		if r := recover(); r != nil {
			g, err = nil, fault.New(fault.Invalid, "bad-geometry", "the geometry cannot be used: {why}", "why", fmt.Sprint(r))
		}
	}()
	return geo.ParseGeoJSON(raw) //nolint:wrapcheck // a fault of its kind already
}

// values checks properties against the layer's columns and gives what is to be written. What basin sets stays as it was.
func (e Edit) values(raw json.RawMessage, was *feature) (map[string]json.RawMessage, error) {
	asked, before := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	if raw != nil && json.Unmarshal(raw, &asked) != nil {
		return nil, badBody("its properties are not an object")
	}
	if was != nil {
		if err := json.Unmarshal(was.Properties, &before); err != nil {
			return nil, fmt.Errorf("attributes of %d: %w", e.GID, err)
		}
	}
	out := map[string]json.RawMessage{}
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		column, ok := e.Layer.Column(name)
		switch v := asked[name]; {
		case !ok:
			return nil, fault.New(fault.Invalid, "unknown-column", "the layer {layer} has no property {property}", "layer", e.Layer.ID, "property", clip(name))
		case column.Assigned():
			if was != nil && !Null(v) && !equal(v, before[name]) {
				return nil, fault.New(fault.Invalid, "assigned-property", "the property {property} cannot be changed: basin sets it", "property", name)
			}
		case Null(v):
		case !column.takes(v):
			return nil, fault.New(fault.Invalid, "bad-value", "a value of the column {column} is not of the type {type}", "column", name, "type", column.Type)
		default:
			out[name] = v
		}
	}
	for _, name := range given {
		if v := before[name]; was != nil && !Null(v) {
			out[name] = v
		}
	}
	for name, instead := range map[string]string{"geometry_status": `"unknown"`, "source": `""`} { // these are never null
		if out[name] == nil {
			out[name] = json.RawMessage(instead)
		}
	}
	return out, nil
}

// takes says whether a value that is not null is of the column's type. A time says its zone.
func (c Column) takes(v json.RawMessage) bool {
	var text string
	switch c.Type {
	case TypeString:
		return json.Unmarshal(v, &text) == nil
	case TypeInteger:
		_, err := strconv.ParseInt(string(v), 10, 64)
		return err == nil
	case TypeNumber:
		_, err := strconv.ParseFloat(string(v), 64)
		return err == nil
	case TypeBoolean:
		return string(v) == "true" || string(v) == "false"
	case TypeDate:
		if json.Unmarshal(v, &text) != nil {
			return false
		}
		_, err := time.Parse(time.DateOnly, text)
		return err == nil
	case TypeTime:
		if json.Unmarshal(v, &text) != nil {
			return false
		}
		_, err := time.Parse(time.RFC3339Nano, text)
		return err == nil
	}
	return true
}

// equal says whether two values of JSON are the same.
func equal(a, b json.RawMessage) bool {
	if Null(a) || Null(b) {
		return Null(a) && Null(b)
	}
	x, err1 := decodeAny(a)
	y, err2 := decodeAny(b)
	return err1 == nil && err2 == nil && fmt.Sprintf("%#v", x) == fmt.Sprintf("%#v", y)
}

// decodeAny decodes JSON with its numbers as they stand.
func decodeAny(raw []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err //nolint:wrapcheck // the caller says what it means
}

// patch applies a merge patch (RFC 7396) to a feature.
func patch(was, change feature, body []byte) (feature, error) {
	v, err := decodeAny(body)
	wanted, ok := v.(map[string]any)
	if err != nil || !ok {
		return feature{}, badBody("a patch is an object")
	}
	out := was
	for name, at := range map[string]*json.RawMessage{"geometry": &out.Geometry, "properties": &out.Properties} {
		p, there := wanted[name]
		if !there {
			continue
		}
		old, err := decodeAny(*at)
		if err != nil {
			return feature{}, fmt.Errorf("%s before the patch: %w", name, err)
		}
		if name == "properties" && p == nil {
			p = map[string]any{}
			old = nil
		}
		if *at, err = json.Marshal(merged(old, p)); err != nil {
			return feature{}, fmt.Errorf("%s after the patch: %w", name, err)
		}
	}
	out.Type, out.ID = change.Type, change.ID
	return out, nil
}

// merged is a value after a merge patch. Objects are merged, a null removes, anything else takes the place of what was.
func merged(was, patch any) any {
	p, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	w, ok := was.(map[string]any)
	if !ok {
		w = map[string]any{}
	}
	for name, v := range p {
		if v == nil {
			delete(w, name)
			continue
		}
		w[name] = merged(w[name], v)
	}
	return w
}

// clip is the beginning of what an editor sent.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
