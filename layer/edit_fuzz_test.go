package layer

import (
	"encoding/json"
	"testing"

	"basin/access"
)

// FuzzDraft reads bodies of edits, whatever they are: none ends the program, and what is taken names columns of the layer alone, with values of their types.
func FuzzDraft(f *testing.F) {
	l := Layer{ID: "plots", Own: true, GeometryType: "polygon", Columns: []Column{{Name: "id", Type: TypeString}, {Name: "name", Type: TypeString},
		{Name: "n", Type: TypeInteger}, {Name: "size", Type: TypeNumber}, {Name: "open", Type: TypeBoolean}, {Name: "day", Type: TypeDate}, {Name: "seen", Type: TypeTime},
		{Name: "tags", Type: TypeJSON}}}
	for _, body := range []string{
		`{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[120,32],[121,32],[121,33],[120,32]]]},"properties":{"name":"a","n":1,"tags":{"x":[1]}}}`,
		`{"geometry":null,"properties":{"n":null,"tags":{"x":null}}}`, `{"type":"Feature","geometry":{"type":"GeometryCollection","geometries":[]},"properties":null}`,
		`{"geometry":{"coordinates":[]},"properties":3}`, `[]`, `{"properties":{"seen":"2026-07-18T08:00:00+08:00","day":"2026-07-18","open":true,"size":1e999}}`, "null", "{",
	} {
		f.Add([]byte(body), true)
		f.Add([]byte(body), false)
	}
	f.Fuzz(func(t *testing.T, body []byte, patching bool) {
		e := Edit{Operation: OpReplace, Layer: l, GID: 1, Body: body, By: access.Principal{Role: access.Planner}}
		if patching {
			e.Operation = OpUpdate
		}
		was := &feature{Geometry: json.RawMessage("null"), Properties: json.RawMessage(`{"id":"plots:1","name":"was","n":7,"tags":{"x":1,"y":{"z":2}}}`)}
		d, err := e.draft(was)
		if err != nil {
			return
		}
		for name, v := range d.values {
			column, ok := l.Column(name)
			if !ok && name != "geometry_status" && name != "source" {
				t.Errorf("%s is no column", name)
			}
			if ok && !Null(v) && !column.takes(v) {
				t.Errorf("%s takes no %s", name, v)
			}
		}
		if string(d.values["id"]) != `"plots:1"` {
			t.Errorf("the id became %s", d.values["id"])
		}
	})
}
