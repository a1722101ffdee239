package city_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"basin/city"
	"basin/geo"
	"basin/source"
	"basin/twin"
)

// TestMeasure: heights come from the file's own statement first, then from the model; a flat footprint tells none.
func TestMeasure(t *testing.T) {
	box := &source.CityObject{Type: "Building", Models: []source.Model{{LOD: "1", Type: "Solid", Polygons: [][][][3]float64{
		{{{0, 0, 2}, {1, 0, 2}, {1, 1, 2}}}, {{{0, 0, 12.5}, {1, 0, 12.5}, {1, 1, 12.5}}}}}}}
	flat := &source.CityObject{Type: "Building", Models: []source.Model{{LOD: "0", Type: "MultiSurface", Polygons: [][][][3]float64{{{{0, 0, 3}, {1, 0, 3}, {1, 1, 3}}}}}}}
	for name, c := range map[string]struct {
		fields twin.Fields
		object *source.CityObject
		want   twin.Fields
	}{
		"model":           {twin.Fields{}, box, twin.Fields{"type": "Building", "base_m": 2.0, "height_m": 10.5, "height_status": "measured"}},
		"stated measured": {twin.Fields{"measured_height": 9.0}, box, twin.Fields{"type": "Building", "measured_height": 9.0, "base_m": 2.0, "height_m": 9.0, "height_status": "measured"}},
		"flat":            {twin.Fields{}, flat, twin.Fields{"type": "Building", "base_m": 3.0}},
		"nothing":         {twin.Fields{}, &source.CityObject{Type: "Building"}, twin.Fields{"type": "Building"}},
	} {
		city.Measure(c.fields, c.object)
		if diff := cmp.Diff(c.want, c.fields); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestComplete: a height that is only assumed says so.
func TestComplete(t *testing.T) {
	for name, c := range map[string]struct{ give, want twin.Fields }{
		"stated":  {twin.Fields{"height_m": "7.5"}, twin.Fields{"height_m": "7.5", "height_status": "stated"}},
		"storeys": {twin.Fields{"storeys_above": "4"}, twin.Fields{"storeys_above": "4", "height_m": 12.0, "height_status": "assumed"}},
		"unknown": {twin.Fields{}, twin.Fields{}},
	} {
		city.Complete(c.give)
		if diff := cmp.Diff(c.want, c.give); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestSynthesize: the same seed makes the same buildings, each closed, with a height that its storeys explain.
func TestSynthesize(t *testing.T) {
	roads := [][]geo.Place{{{120.5, 32}, {120.6, 32.05}}}
	buildings, ponds := city.Synthesize(3, 200, roads, twin.Thing{})
	again, _ := city.Synthesize(3, 200, roads, twin.Thing{})
	if len(buildings) != 200 || len(ponds) != 4 || buildings[7].Fields.Text("height_m") != again[7].Fields.Text("height_m") {
		t.Fatalf("%d buildings, %d ponds", len(buildings), len(ponds))
	}
	for _, b := range buildings {
		if err := geo.Check(b.Geometry); err != nil {
			t.Errorf("%s: %v", b.Code, err)
		}
		storeys, err := b.Fields.Integer("storeys_above")
		height, err2 := b.Fields.Number("height_m")
		if err != nil || err2 != nil || *height < float64(*storeys)*2.5 || *height > float64(*storeys)*4.5 {
			t.Errorf("%s: %v storeys, %v m", b.Code, b.Fields["storeys_above"], b.Fields["height_m"])
		}
	}
}
